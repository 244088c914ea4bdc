using Hedgerow.Server.FrontEnds.Resp;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>What INFO says of commands.</summary>
public sealed class CommandStatisticsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CommandStatistics _statistics = new();
    private readonly RespCommand _get = RespTable.Find("get"u8)!;

    [Fact]
    public void Every_sixteenth_call_is_timed_and_stands_for_the_others()
    {
        for (var i = 0; i < 33; i++) Run(_statistics.Of(0), micros: 5 + i);
        var use = _statistics.Of(_get);
        Assert.Equal(new CommandUse(33, 0, 0, 3, (5 + 21 + 37) * 1_000), use);
        Assert.Equal(21, use.MicrosPerCall);
        Assert.Equal([5_000u, 21_000u, 37_000u], _statistics.TimesOf(_get));
    }

    [Fact]
    public void Loops_are_summed_up_and_a_reset_begins_anew()
    {
        Run(_statistics.Of(0), 10);
        Run(_statistics.Of(1), 30);
        _statistics.Of(1).Fail(_get);
        _statistics.Of(0).Reject(_get);
        Assert.Equal(new CommandUse(2, 1, 1, 2, 40_000), _statistics.Of(_get));
        _statistics.Reset();
        Assert.Equal(default, _statistics.Of(_get));
        Assert.Empty(_statistics.TimesOf(_get));
        for (var i = 0; i < 16; i++) Run(_statistics.Of(0), 50);
        Assert.Equal([50_000u], _statistics.TimesOf(_get));
        Assert.Equal(16, _statistics.Total);
    }

    [Fact]
    public void The_times_kept_are_the_latest_and_bounded()
    {
        var loop = _statistics.Of(0);
        for (var i = 0; i < 2_000 * CommandCounters.TimedEvery; i++) Run(loop, i / CommandCounters.TimedEvery);
        var times = _statistics.TimesOf(_get);
        Assert.Equal(CommandCounters.TimesKept, times.Count);
        Assert.Equal((2_000u - CommandCounters.TimesKept) * 1_000, times[0]);
        Assert.Equal(1_999_000u, times[^1]);
    }

    [Fact]
    public async Task Info_tells_calls_failures_refusals_and_times()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        connection.Say("SET k v\r\nINCR k\r\nINCR k k\r\nGET k\r\nHGET k f\r\nMULTI\r\nGET k\r\nEXEC\r\nEXEC");
        var counts = connection.Say("INFO commandstats");
        Assert.Matches(@"cmdstat_set:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0", counts);
        Assert.Matches(@"cmdstat_incr:calls=1,usec=\d+,usec_per_call=.*,rejected_calls=1,failed_calls=1", counts);
        Assert.Matches(@"cmdstat_hget:calls=1,.*,rejected_calls=0,failed_calls=1", counts);
        Assert.Matches(@"cmdstat_exec:calls=2,.*,rejected_calls=0,failed_calls=1", counts);
        var times = connection.Say("INFO latencystats");
        Assert.Matches(@"latency_percentiles_usec_set:p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}\r\n", times);
        Assert.Contains("# Latencystats\r\n", connection.Say("INFO all"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Object_tells_of_use_what_eviction_knows()
    {
        await using var harness = await RespHarness.LeafAsync();
        var connection = harness.Connect();
        connection.Say("SET k v");
        Assert.Equal(":0\r\n", connection.Say("OBJECT FREQ k"));
        Assert.Equal(":0\r\n", connection.Say("OBJECT FREQ k"));
        connection.Say("GET k");
        Assert.Equal(":1\r\n", connection.Say("OBJECT FREQ k"));
        Assert.Equal("$-1\r\n", connection.Say("OBJECT FREQ none"));
        Assert.StartsWith(
            "-ERR An LFU maxmemory policy is selected, idle time not tracked.", connection.Say("OBJECT IDLETIME k"),
            StringComparison.Ordinal);
    }

    private void Run(CommandCounters loop, int micros)
    {
        var startedAt = loop.IsTimed(_get) ? _time.GetTimestamp() : 0;
        loop.Count(_get);
        _time.Advance(TimeSpan.FromMicroseconds(micros));
        if (startedAt != 0) loop.Time(_get, _time, startedAt);
    }
}
