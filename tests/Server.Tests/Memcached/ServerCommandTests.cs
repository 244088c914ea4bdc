using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Memcached;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Memcached;

public sealed class ServerCommandTests
{
    [Theory]
    [InlineData(Behind.Leaf)]
    [InlineData(Behind.Frames)]
    public async Task Stats_count_under_memcacheds_names(Behind behind)
    {
        await using var server = await MemcachedUnderTest.StartAsync(behind);
        var connection = server.Connect();
        await connection.SayAsync("set a 0 0 1\r\n1\r\nget a b\r\nincr a 1\r\ndecr b 1\r\ndelete b\r\n");
        await connection.SayAsync("touch a 0\r\nmg a v\r\n");
        await connection.SayAsync("cas a 0 0 1 1\r\nx\r\n");
        var stats = Parse(await connection.SayAsync("stats\r\n"));
        Assert.Equal("3", stats["cmd_get"]);
        Assert.Equal(("2", "1"), (stats["get_hits"], stats["get_misses"]));
        Assert.Equal(("1", "1"), (stats["incr_hits"], stats["decr_misses"]));
        Assert.Equal(("1", "1", "1"), (stats["delete_misses"], stats["touch_hits"], stats["cas_badval"]));
        Assert.Equal(("1", "1"), (stats["curr_items"], stats["curr_connections"]));
        Assert.Equal("1.6.38", stats["version"]);
        Assert.All(
            ["pid", "uptime", "time", "rusage_user", "bytes", "limit_maxbytes", "evictions", "threads", "bytes_read"],
            name => Assert.Contains(name, stats.Keys));
        Assert.Equal("1", Parse(await connection.SayAsync("stats items\r\n"))["items:1:number"]);
        Assert.Equal("1", Parse(await connection.SayAsync("stats slabs\r\n"))["active_slabs"]);
        Assert.Equal("1048576", Parse(await connection.SayAsync("stats settings\r\n"))["item_size_max"]);
        var connections = await connection.SayAsync("stats conns\r\n");
        Assert.Contains("addr tcp:127.0.0.1:50000", connections, StringComparison.Ordinal);
        await connection.SayAsync("set a 0 0 1\r\n1\r\nflush_all\r\nset a 0 0 1\r\n1\r\nflush_all\r\n");
        Assert.Equal("2", Parse(await connection.SayAsync("stats\r\n"))["cmd_flush"]);
        await connection.SayAsync("stats reset\r\n");
        Assert.Equal("0", Parse(await connection.SayAsync("stats\r\n"))["cmd_get"]);
    }

    [Theory]
    [InlineData(Behind.Leaf)]
    [InlineData(Behind.Cluster)]
    [InlineData(Behind.Frames)]
    public async Task A_flush_drops_everything_now_or_when_its_time_has_come(Behind behind)
    {
        await using var server = await MemcachedUnderTest.StartAsync(behind);
        var connection = server.Connect();
        var dialogue = new Dialogue(connection);
        await dialogue.SayAsync("set a 0 0 1|x|set b 0 0 1|y|", "STORED|STORED|");
        await dialogue.SayAsync("flush_all|", "OK|");
        await dialogue.SayAsync("get a b|", "END|");
        await dialogue.SayAsync("add a 0 0 1|x|", "STORED|");
        await dialogue.SayAsync("flush_all 60|", "OK|");
        await dialogue.SayAsync("get a|", "VALUE a 0 1|x|END|");
        server.Clock.Advance(TimeSpan.FromSeconds(59));
        await dialogue.SayAsync("get a|", "VALUE a 0 1|x|END|");
        server.Clock.Advance(TimeSpan.FromSeconds(2));
        for (var answer = ""; answer != "END\r\n"; await Task.Yield()) answer = await connection.SayAsync("get a\r\n");
        await dialogue.SayAsync("flush_all x|", "CLIENT_ERROR invalid exptime argument|");
        await dialogue.SayAsync("set a 0 0 1|x|flush_all noreply|get a|", "STORED|END|");
        await dialogue.SayAsync("flush_all 1 2 3|", "ERROR|");

        // Beyond 30 days it is a moment: the one is long ago, the other decades off.
        await dialogue.SayAsync("set a 0 0 1|x|flush_all 2592001|get a|", "STORED|OK|END|");
        await dialogue.SayAsync("set a 0 0 1|x|flush_all 2147483647|get a|", "STORED|OK|VALUE a 0 1|x|END|");
    }

    [Fact]
    public void A_flush_months_off_happens_once_and_at_its_time_unless_it_is_replaced()
    {
        var clock = new FakeTimeProvider();
        var flushes = new StuckExecutor();
        using var schedule = new FlushSchedule(flushes, clock, NullLogger.Instance);
        schedule.Set(TimeSpan.FromDays(100));
        for (var day = 0; day < 99; day++) clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(flushes.Asked);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal([Opcode.Flush], flushes.Asked);
        Assert.False(schedule.IsSet);
        schedule.Set(TimeSpan.FromDays(10));
        schedule.Set(TimeSpan.FromDays(40));
        for (var day = 0; day < 39; day++) clock.Advance(TimeSpan.FromDays(1));
        Assert.Single(flushes.Asked);
        clock.Advance(TimeSpan.FromDays(100));
        Assert.Equal(2, flushes.Asked.Count);
    }

    [Fact]
    public async Task With_a_token_nothing_but_the_right_set_is_taken()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf, token: "secret");
        var dialogue = new Dialogue(server.Connect());
        await dialogue.SayAsync("get a|", "CLIENT_ERROR unauthenticated|");
        await dialogue.SayAsync("version|", "CLIENT_ERROR unauthenticated|");
        await dialogue.SayAsync("set x 0 0 10|user wrong|", "CLIENT_ERROR authentication failure|");
        await dialogue.SayAsync("set x 0 0 6|secret|", "CLIENT_ERROR bad authentication token format|");
        await dialogue.SayAsync("set x 0 0 11|user secret|", "STORED|");
        await dialogue.SayAsync("get x|", "END|");
    }

    [Fact]
    public async Task Entries_expire_when_their_time_has_come()
    {
        await using var server = await MemcachedUnderTest.StartAsync(Behind.Leaf);
        var dialogue = new Dialogue(server.Connect());
        await dialogue.SayAsync("set a 0 10 1|x|", "STORED|");
        server.Clock.Advance(TimeSpan.FromSeconds(4));
        await dialogue.SayAsync("mg a t|", "HD t6|");
        await dialogue.SayAsync("me a|", "ME a exp=6 la=4 cas=CAS fetch=yes cls=1 size=2|");
        server.Clock.Advance(TimeSpan.FromSeconds(6));
        await dialogue.SayAsync("get a|", "END|");
        var at = server.Clock.GetUtcNow().AddSeconds(100).ToUnixTimeSeconds();
        await dialogue.SayAsync($"set b 0 {at} 1|x|", "STORED|");
        server.Clock.Advance(TimeSpan.FromSeconds(101));
        await dialogue.SayAsync("get b|", "END|");
    }

    private static Dictionary<string, string> Parse(string answer)
    {
        Assert.EndsWith("END\r\n", answer, StringComparison.Ordinal);
        return answer.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).SkipLast(1)
            .Select(line => line.Split(' ', 3)).ToDictionary(words => words[1], words => words[2]);
    }
}
