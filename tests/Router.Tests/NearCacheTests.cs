using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Tests;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

public sealed class NearCacheTests
{
    [Fact]
    public async Task A_hot_path_is_answered_without_a_leaf_and_tells_its_age()
    {
        var cluster = await HotAsync();
        var calls = cluster.Transport.Of(Opcode.Get).Count();
        cluster.Advance(20);
        using (var first = await cluster.Client.GetAsync("/hot"))
        {
            Assert.Equal("value", Encoding.UTF8.GetString(first.Value.Span));
            Assert.InRange(first.Age, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(calls, cluster.Transport.Of(Opcode.Get).Count());
        cluster.Advance(31);
        using var second = await cluster.Client.GetAsync("/hot");
        Assert.Equal(TimeSpan.Zero, second.Age);
        Assert.Equal(calls + 1, cluster.Transport.Of(Opcode.Get).Count());
        var counters = await HotPathTests.StatsAsync(cluster);
        Assert.True(counters["hedgerow_router_near_hits_total"] > 0);
        Assert.True(counters["hedgerow_router_near_kept_total"] > 0);
        Assert.InRange(counters["hedgerow_router_near_bytes"], 1, 1 << 20);
    }

    [Fact]
    public async Task What_another_router_writes_shows_within_the_bound_and_what_this_one_writes_at_once()
    {
        var cluster = await HotAsync();
        var beside = new HedgerowClient(
            new RequestRouter(
                cluster.Topologies, cluster.Transport, new RouterOptions { Seed = 1 }, cluster.Time,
                Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance),
            cluster.Options, cluster.Time);
        cluster.Advance(1);
        Assert.True((await beside.SetAsync("/hot", "theirs"u8.ToArray())).Succeeded);
        Assert.Equal("value", await ValueAsync(cluster));
        cluster.Advance(51);
        Assert.Equal("theirs", await ValueAsync(cluster));
        Assert.True((await cluster.Client.SetAsync("/hot", "ours"u8.ToArray())).Succeeded);
        Assert.Equal("ours", await ValueAsync(cluster));
        await cluster.Client.DeleteAsync("/hot");
        using var gone = await cluster.Client.GetAsync("/hot");
        Assert.False(gone.Found);
    }

    [Fact]
    public async Task An_answer_that_was_under_way_during_a_write_is_not_kept()
    {
        var cluster = await HotAsync();
        cluster.Advance(60);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, call => call.Header.Opcode == Opcode.Get ? Behaviour.After(5) : null);
        var old = cluster.Client.GetAsync("/hot").AsTask();
        Assert.True((await cluster.Client.SetAsync("/hot", "new"u8.ToArray())).Succeeded);
        cluster.Advance(6);
        (await old).Dispose();
        var calls = cluster.Transport.Of(Opcode.Get).Count();
        var read = cluster.Client.GetAsync("/hot").AsTask();
        Assert.Equal(calls + 1, cluster.Transport.Of(Opcode.Get).Count());
        cluster.Advance(6);
        using var entry = await read;
        Assert.Equal("new", Encoding.UTF8.GetString(entry.Value.Span));
    }

    [Fact]
    public async Task A_read_that_all_who_waited_gave_up_leaves_nothing_behind()
    {
        var cluster = await HotAsync();
        cluster.Advance(60);
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.Never);
        using var cancel = new CancellationTokenSource();
        var read = cluster.Get("/hot", cancel: cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        cluster.Heal();
        Assert.Equal("value", await ValueAsync(cluster));
        Assert.Equal("value", await ValueAsync(cluster));
    }

    [Fact]
    public async Task Reads_that_ask_for_a_version_or_the_owner_go_to_a_leaf()
    {
        var cluster = await HotAsync();
        var calls = cluster.Transport.Of(Opcode.Get).Count();
        (await cluster.Get("/hot", versionMin: 1)).Dispose();
        (await cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Get, Flags = FrameFlags.FromOwner },
            Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/hot"u8 }), default)).Dispose();
        Assert.Equal(calls + 2, cluster.Transport.Of(Opcode.Get).Count());
    }

    [Fact]
    public async Task It_is_off_by_default()
    {
        var cluster = await HotAsync(o => o.NearCache = new NearCacheOptions());
        var calls = cluster.Transport.Of(Opcode.Get).Count();
        Assert.Equal("value", await ValueAsync(cluster));
        Assert.Equal(calls + 1, cluster.Transport.Of(Opcode.Get).Count());
    }

    [Fact]
    public async Task It_works_without_flights_too()
    {
        var cluster = await HotAsync(o => o.SingleFlight = SingleFlight.Off);
        var calls = cluster.Transport.Of(Opcode.Get).Count();
        Assert.Equal("value", await ValueAsync(cluster));
        Assert.Equal(calls, cluster.Transport.Of(Opcode.Get).Count());
    }

    [Fact]
    public void Its_bytes_are_bounded_and_what_is_too_large_is_not_kept()
    {
        var bench = new Bench(bytes: 8_192);
        Assert.False(bench.Keep("/large", new string('x', 1_000)));
        for (var i = 0; i < 2_000; i++)
        {
            Assert.True(bench.Keep($"/{i}", new string('x', i % 700)));
            Assert.InRange(bench.Cache.Bytes, 1, 8_192);
            Assert.Equal(new string('x', i % 700), bench.Get($"/{i}"));
        }

        for (var i = 0; i < 5_000; i++) Assert.True(bench.Keep("/same", new string('x', i % 700)));
        Assert.InRange(bench.Cache.Bytes, 1, 8_192);
    }

    [Fact]
    public void An_entry_is_not_given_out_past_its_own_expiry()
    {
        var bench = new Bench(bytes: 8_192);
        Assert.True(bench.Keep("/a", "x", lifeMs: 10));
        bench.Time.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Equal("x", bench.Get("/a"));
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(bench.Get("/a"));
    }

    [Fact]
    public void No_answer_is_given_out_older_than_the_bound_counted_from_when_it_was_asked_for()
    {
        var bench = new Bench(bytes: 8_192);
        var sentAt = bench.Clock.Now;
        bench.Time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.True(bench.Keep("/a", "x", sentAt: sentAt));
        bench.Time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal("x", bench.Get("/a"));
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(bench.Get("/a"));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var bench = new Bench(bytes: 8_192);
        Assert.True(bench.Keep("/a", "x"));
        var hash = PathHash.OfPath("/a"u8);
        var good = 0;
        for (var i = 0; i < 100; i++) good += bench.Cache.TryGet("/a"u8, hash, bench.Clock.Now, out _) ? 1 : 0;
        var before = AllocatedBytes.Start();
        for (var i = 0; i < 1_000; i++) good += bench.Cache.TryGet("/a"u8, hash, bench.Clock.Now, out _) ? 1 : 0;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_100, good);
    }

    private static async Task<Cluster> HotAsync(Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(configure: o =>
        {
            o.Hot = new HotOptions { Rate = 50 };
            o.NearCache = new NearCacheOptions { Bytes = 1 << 20 };
            configure?.Invoke(o);
        });
        Assert.True((await cluster.Client.SetAsync("/hot", "value"u8.ToArray())).Succeeded);
        for (var i = 0; i < 1_000; i++) (await cluster.Get("/hot")).Dispose();
        return cluster;
    }

    private static async Task<string> ValueAsync(Cluster cluster)
    {
        using var entry = await cluster.Client.GetAsync("/hot");
        return Encoding.UTF8.GetString(entry.Value.Span);
    }

    private sealed class Bench
    {
        private readonly WriteStamps _stamps = new();

        public Bench(long bytes)
        {
            Clock = new RouterClock(Time);
            Cache = new NearCache(new NearCacheOptions { Bytes = bytes }, Clock, _stamps);
        }

        public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

        public RouterClock Clock { get; }

        public NearCache Cache { get; }

        public bool Keep(string path, string value, long lifeMs = 0, long? sentAt = null)
        {
            var bytes = Encoding.UTF8.GetBytes(path);
            var hash = PathHash.OfPath(bytes);
            var body = new byte[EntryBody.PrefixLength + value.Length];
            EntryBody.WritePrefix(body, 0, lifeMs == 0 ? 0 : Time.GetUtcNow().ToUnixTimeMilliseconds() + lifeMs);
            Encoding.UTF8.GetBytes(value, body.AsSpan(EntryBody.PrefixLength));
            using var reply = Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, body);
            return Cache.Keep(bytes, hash, reply, sentAt ?? Clock.Now, _stamps.Of(hash));
        }

        public string? Get(string path)
        {
            var bytes = Encoding.UTF8.GetBytes(path);
            if (!Cache.TryGet(bytes, PathHash.OfPath(bytes), Clock.Now, out var reply)) return null;
            Assert.True(EntryBody.TryRead(reply.Body.Span, out var entry));
            return Encoding.UTF8.GetString(entry.Value);
        }
    }
}
