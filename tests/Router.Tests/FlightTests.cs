using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Tests;

namespace Hedgerow.Router.Tests;

public sealed class FlightTests
{
    [Fact]
    public async Task Reads_of_one_path_at_the_same_time_are_one_request_and_all_get_its_answer()
    {
        var cluster = await OneSlowAsync(ms: 5);
        var reads = Enumerable.Range(0, 50).Select(_ => cluster.Get("/a").AsTask()).ToList();
        var other = cluster.Get("/b").AsTask();
        cluster.Advance(5);
        foreach (var read in reads)
        {
            using var reply = await read;
            Assert.Equal("value", ValueOf(reply));
        }

        (await other).Dispose();
        Assert.Equal(2, cluster.Transport.Of(Opcode.Get).Count());
        var counters = await HotPathTests.StatsAsync(cluster);
        Assert.Equal(2, counters["hedgerow_router_flights_total"]);
        Assert.Equal(49, counters["hedgerow_router_flights_joined_total"]);
    }

    [Fact]
    public async Task Each_waits_by_its_own_deadline()
    {
        var cluster = await OneSlowAsync(ms: 30);
        var patient = Read(cluster, "/a", micros: 100_000);
        var hasty = Read(cluster, "/a", micros: 10_000);
        cluster.Advance(11);
        using (var late = await hasty) Assert.Equal(StatusCode.DeadlineExceeded, late.Status);
        Assert.False(patient.IsCompleted);
        cluster.Advance(20);
        using var reply = await patient;
        Assert.Equal("value", ValueOf(reply));
        Assert.Single(cluster.Transport.Of(Opcode.Get));
    }

    [Fact]
    public async Task The_first_ones_deadline_does_not_end_the_wait_of_others()
    {
        var cluster = await OneSlowAsync(ms: 30);
        var hasty = Read(cluster, "/a", micros: 10_000);
        var patient = Read(cluster, "/a", micros: 100_000);
        cluster.Advance(31);
        using (var late = await hasty) Assert.Equal(StatusCode.DeadlineExceeded, late.Status);
        using var reply = await patient;
        Assert.Equal("value", ValueOf(reply));
        Assert.Single(cluster.Transport.Of(Opcode.Get));
    }

    [Fact]
    public async Task One_that_is_cancelled_leaves_the_others_alone_and_the_last_stops_the_work()
    {
        var cluster = await OneSlowAsync(ms: 30);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var a = cluster.Get("/a", cancel: first.Token).AsTask();
        var b = cluster.Get("/a", cancel: second.Token).AsTask();
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a);
        var call = cluster.Transport.Of(Opcode.Get).Single();
        Assert.False(call.WasCancelled);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b);
        Assert.True(call.WasCancelled);
        var again = cluster.Get("/a").AsTask();
        cluster.Advance(31);
        using var reply = await again;
        Assert.Equal("value", ValueOf(reply));
    }

    [Fact]
    public async Task The_last_deadline_stops_the_work_too()
    {
        var cluster = await OneSlowAsync(ms: 500);
        var read = Read(cluster, "/a", micros: 10_000);
        cluster.Advance(12);
        using var reply = await read;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.True(cluster.Transport.Of(Opcode.Get).Single().WasCancelled);
    }

    [Fact]
    public async Task A_read_after_a_write_does_not_join_one_from_before_it()
    {
        var cluster = await OneSlowAsync(ms: 20);
        var before = cluster.Get("/a").AsTask();
        Assert.True((await cluster.Client.SetAsync("/a", "new"u8.ToArray())).Succeeded);
        var after = cluster.Get("/a").AsTask();
        Assert.Equal(2, cluster.Transport.Of(Opcode.Get).Count());
        var joins = cluster.Get("/a").AsTask();
        Assert.Equal(2, cluster.Transport.Of(Opcode.Get).Count());
        cluster.Advance(20);
        (await before).Dispose();
        using var seen = await after;
        Assert.Equal("new", ValueOf(seen));
        using var joined = await joins;
        Assert.Equal("new", ValueOf(joined));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("flush")]
    [InlineData("add")]
    [InlineData("bulk")]
    public async Task Every_kind_of_write_keeps_later_reads_from_joining(string kind)
    {
        var cluster = await OneSlowAsync(ms: 20);
        if (kind == "bulk") await WriteTests.Declare(cluster);
        var before = cluster.Get("/wiki/01").AsTask();
        var header = new RequestHeader { Opcode = kind == "flush" ? Opcode.Flush : Opcode.Bulk };
        switch (kind)
        {
            case "delete":
                await cluster.Client.DeleteAsync("/wiki/01");
                break;
            case "add":
                await cluster.Client.AddAsync("/wiki/01", "x"u8.ToArray());
                break;
            case "flush":
                await cluster.Finish(cluster.Router.ExecuteAsync(header, default, default));
                break;
            default:
                var documents = new[] { new BulkDocument("/wiki/01", 0, "{}"u8.ToArray()) };
                var body = new System.Buffers.ArrayBufferWriter<byte>();
                BulkCodec.Write(body, new BulkRequest { Collection = "wiki", Documents = documents });
                (await cluster.Finish(cluster.Router.ExecuteAsync(header, body.WrittenMemory, default))).Dispose();
                break;
        }

        var reads = cluster.Transport.Of(Opcode.Get).Count();
        var after = cluster.Get("/wiki/01").AsTask();
        Assert.Equal(reads + 1, cluster.Transport.Of(Opcode.Get).Count());
        cluster.Advance(1_100);
        (await before).Dispose();
        (await after).Dispose();
    }

    [Fact]
    public async Task Reads_that_ask_for_a_version_or_the_owner_are_sent_for_themselves()
    {
        var cluster = await OneSlowAsync(ms: 5);
        var plain = cluster.Get("/a").AsTask();
        var atLeast = cluster.Get("/a", versionMin: 1).AsTask();
        var owner = cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Get, Flags = FrameFlags.FromOwner },
            Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 }), default).AsTask();
        var head = cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Head },
            Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Head, Path = "/a"u8 }), default).AsTask();
        Assert.Equal(4, cluster.Transport.Calls.Count(call => call.Header.Opcode is Opcode.Get or Opcode.Head));
        cluster.Advance(5);
        foreach (var read in new[] { plain, atLeast, owner, head }) (await read).Dispose();
    }

    [Fact]
    public async Task A_flight_that_fails_tells_all_who_wait()
    {
        var cluster = await OneSlowAsync(ms: 5);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, Behaviour.Fails(StatusCode.Corrupt, ms: 5));
        var reads = Enumerable.Range(0, 5).Select(_ => cluster.Get("/a").AsTask()).ToList();
        cluster.Advance(50);
        foreach (var read in reads)
        {
            using var reply = await read;
            Assert.Equal(StatusCode.Corrupt, reply.Status);
            Assert.Contains("says Corrupt", Cluster.TextOf(reply), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_with_time_left_when_the_flights_own_is_up_begins_another()
    {
        var cluster = await OneSlowAsync(ms: 5);
        var isSilent = true;
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, _ => isSilent ? Behaviour.Never : Behaviour.After(5));
        var first = cluster.Get("/a").AsTask();
        cluster.Advance(500);
        var second = cluster.Get("/a").AsTask();
        isSilent = false;
        cluster.Advance(502);
        using (var late = await first) Assert.Equal(StatusCode.DeadlineExceeded, late.Status);
        cluster.Advance(10);
        using var reply = await second;
        Assert.Equal("value", ValueOf(reply));
    }

    [Fact]
    public async Task Only_hot_paths_are_shared_unless_all_are_asked_for()
    {
        var cluster = await OneSlowAsync(ms: 5, o =>
        {
            o.SingleFlight = SingleFlight.Hot;
            o.Hot = new HotOptions { Rate = 100 };
        });
        await ReadTogetherAsync(cluster, "/a", 10);
        Assert.Equal(10, cluster.Transport.Of(Opcode.Get).Count());
        for (var i = 0; i < 40; i++) await ReadTogetherAsync(cluster, "/a", 10);
        cluster.Transport.Calls.Clear();
        await ReadTogetherAsync(cluster, "/a", 10);
        await ReadTogetherAsync(cluster, "/b", 10);
        Assert.Equal(11, cluster.Transport.Of(Opcode.Get).Count());
    }

    [Fact]
    public async Task Switched_off_each_read_is_sent()
    {
        var cluster = await OneSlowAsync(ms: 5, o =>
        {
            o.SingleFlight = SingleFlight.Off;
            o.Hot = new HotOptions { Rate = 10 };
        });
        for (var i = 0; i < 40; i++) await ReadTogetherAsync(cluster, "/a", 10);
        Assert.Equal(400, cluster.Transport.Of(Opcode.Get).Count());
    }

    [Fact]
    public async Task Past_its_most_waiters_a_flight_is_full_and_the_next_is_begun()
    {
        var cluster = await OneSlowAsync(ms: 5);
        var reads = Enumerable.Range(0, Flights.WaitersMax + 1).Select(_ => cluster.Get("/a").AsTask()).ToList();
        Assert.Equal(2, cluster.Transport.Of(Opcode.Get).Count());
        cluster.Advance(5);
        foreach (var read in reads) (await read).Dispose();
    }

    [Fact]
    public async Task A_flight_that_was_given_up_does_not_stop_the_one_that_uses_it_again()
    {
        var cluster = await OneSlowAsync(ms: 5);
        for (var i = 0; i < 50; i++)
        {
            using var cancel = new CancellationTokenSource();
            var given = cluster.Get("/a", cancel: cancel.Token).AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            var hasty = Read(cluster, "/a", micros: 2_000);
            var read = cluster.Get("/a").AsTask();
            cluster.Advance(5);
            (await hasty).Dispose();
            using var reply = await read;
            Assert.Equal("value", ValueOf(reply));
        }
    }

    [Fact]
    public void A_read_that_shares_with_nobody_costs_one_object()
    {
        var transport = new ParkingTransport();
        var options = new RouterOptions
        {
            SingleFlight = SingleFlight.All,
            Hedge = new HedgeOptions { Enabled = false },
            Timeout = TimeSpan.FromHours(1),
        };
        var router = new RequestRouter(
            new StaticTopology(Cluster.TopologyOf(1, 1, 2, 2)), transport, options, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 });
        var good = 0;
        Run(2_000);
        var before = AllocatedBytes.Start();
        Run(1_000);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(3_000, good);
        // A debug build makes a class of each async method's state.
        Assert.InRange(bytes, 0, 1_000 * (AllocationTests.IsOptimized ? 250 : 800));

        void Run(int reads)
        {
            for (var i = 0; i < reads; i++)
            {
                var pending = router.ExecuteAsync(new RequestHeader { Opcode = Opcode.Get }, body, default);
                transport.AnswerLast();
                good += pending.GetAwaiter().GetResult().Status == StatusCode.NotFound ? 1 : 0;
            }
        }
    }

    private static async Task<Cluster> OneSlowAsync(double ms, Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(configure: o =>
        {
            o.SingleFlight = SingleFlight.All;
            o.Hedge.Enabled = false;
            configure?.Invoke(o);
        });
        Assert.True((await cluster.Client.SetAsync("/a", "value"u8.ToArray())).Succeeded);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(
                leaf, call => call.Header.Opcode is Opcode.Get or Opcode.Head ? Behaviour.After(ms) : null);
        }

        cluster.Transport.Calls.Clear();
        return cluster;
    }

    private static async Task ReadTogetherAsync(Cluster cluster, string path, int reads)
    {
        var pending = Enumerable.Range(0, reads).Select(_ => cluster.Get(path).AsTask()).ToList();
        cluster.Advance(5);
        foreach (var read in pending) (await read).Dispose();
    }

    private static Task<Reply> Read(Cluster cluster, string path, uint micros) => cluster.Router.ExecuteAsync(
        new RequestHeader { Opcode = Opcode.Get, DeadlineMicros = micros },
        Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = Encoding.UTF8.GetBytes(path) }),
        default).AsTask();

    private static string ValueOf(in Reply reply) =>
        EntryBody.TryRead(reply.Body.Span, out var entry) ? Encoding.UTF8.GetString(entry.Value) : $"{reply.Status}";
}
