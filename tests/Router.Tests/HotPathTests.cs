using CsCheck;
using Hedgerow.Protocol;
using Hedgerow.Tests;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

public sealed class HotPathTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_path_that_is_read_as_often_as_the_rate_is_hot_and_cools_down_when_it_is_not()
    {
        var bench = new Bench(new HotOptions { Rate = 100 });
        bench.Read(7, 99);
        Assert.False(bench.Paths.IsHot(7));
        bench.Read(7, 1);
        Assert.True(bench.Paths.IsHot(7));
        Assert.Equal(1, bench.Paths.Count);
        // Half of the rate neither makes hot nor cools down.
        for (var second = 0; second < 5; second++)
        {
            bench.Pass(Second);
            bench.Read(7, 50);
            Assert.True(bench.Paths.IsHot(7));
        }

        for (var second = 0; second < 4; second++)
        {
            bench.Pass(Second);
            bench.Read(7, 5);
        }

        Assert.False(bench.Paths.IsHot(7));
        Assert.Equal(0, bench.Paths.Count);
    }

    [Fact]
    public void Reads_of_many_paths_make_none_hot()
    {
        var bench = new Bench(new HotOptions { Rate = 100, Paths = 16 });
        for (ulong hash = 1; hash < 20_000; hash++) bench.Read(hash, 1);
        Assert.Equal(0, bench.Paths.Count);
    }

    [Fact]
    public void A_hot_path_is_found_among_a_million_others_in_the_memory_of_a_few()
    {
        var bench = new Bench(new HotOptions { Rate = 1_000, Paths = 64 });
        var random = new Random(5);
        for (var i = 0; i < 100_000; i++)
            bench.Read(i % 20 == 0 ? 42 : (ulong)random.NextInt64(100, 1_000_000), 1);
        Assert.True(bench.Paths.IsHot(42));
        Assert.Equal(1, bench.Paths.Count);
    }

    [Fact]
    public void Whatever_is_certain_of_a_count_was_really_read() =>
        Gen.Int[1, 12].Array[0, 400].Sample(reads =>
        {
            const int Rate = 20;
            var bench = new Bench(new HotOptions { Rate = Rate, Paths = 4 });
            var model = new Dictionary<ulong, int>();
            foreach (var path in reads)
            {
                var hash = (ulong)path;
                bench.Read(hash, 1);
                model[hash] = model.GetValueOrDefault(hash) + 1;
                foreach (var (known, count) in model) Assert.False(bench.Paths.IsHot(known) && count < Rate);
            }

            // Space-Saving keeps whatever has more than its share of all.
            foreach (var (hash, count) in model)
            {
                if (count - (reads.Length / 4) >= Rate) Assert.True(bench.Paths.IsHot(hash));
            }
        });

    [Fact]
    public void No_more_paths_are_hot_than_are_counted_and_readers_find_nearly_all_of_them()
    {
        var bench = new Bench(new HotOptions { Rate = 10, Paths = 128 });
        var hashes = Enumerable.Range(1, 128).Select(i => PathHash.OfPath(BitConverter.GetBytes(i))).ToArray();
        foreach (var hash in hashes) bench.Read(hash, 10);
        Assert.Equal(128, bench.Paths.Count);
        Assert.InRange(hashes.Count(bench.Paths.IsHot), 124, 128);
    }

    [Fact]
    public void Switched_off_nothing_is_hot()
    {
        var bench = new Bench(new HotOptions { Enabled = false, Rate = 1 });
        var sampler = new ReadSampler(bench.Paths, 1);
        for (var i = 0; i < 1_000; i++) sampler.Note(7, 0);
        Assert.False(bench.Paths.IsHot(7));
        Assert.False(bench.Paths.Spreads);
    }

    [Fact]
    public void Sampled_reads_stand_for_all_of_them_whatever_their_order()
    {
        var bench = new Bench(new HotOptions { Rate = 1_000, Paths = 16 });
        var sampler = new ReadSampler(bench.Paths, 1);
        // Eight paths in turn: a sample of each eighth would see one of them only.
        for (var i = 0; i < 16_000; i++) sampler.Note((ulong)(i % 8) + 1, 0);
        Assert.Equal(8, bench.Paths.Count);
        var few = new Bench(new HotOptions { Rate = 4_000, Paths = 16 });
        sampler = new ReadSampler(few.Paths, 1);
        for (var i = 0; i < 16_000; i++) sampler.Note((ulong)(i % 8) + 1, 0);
        Assert.Equal(0, few.Paths.Count);
    }

    [Fact]
    public void Spread_reads_go_to_the_replica_with_the_fewest_in_flight_and_in_turn_among_equals()
    {
        var bench = new Bench(new HotOptions());
        var replicas = Enumerable.Range(1, 3).Select(bench.Leaf).ToArray();
        var chosen = Enumerable.Range(0, 6).Select(_ => bench.Paths.Spread(replicas)).ToArray();
        Assert.Equal(2, chosen.Count(replica => replica == 0));
        Assert.Equal(2, chosen.Count(replica => replica == 1));
        Assert.Equal(2, chosen.Count(replica => replica == 2));
        replicas[0].OnSent(OperationClass.PointRead);
        replicas[2].OnSent(OperationClass.PointRead);
        Assert.All(Enumerable.Range(0, 6), _ => Assert.Equal(1, bench.Paths.Spread(replicas)));
        for (var i = 0; i < 3; i++)
        {
            replicas[1].OnSent(OperationClass.PointRead);
            replicas[1].OnFailed(OperationClass.PointRead, bench.Clock.Now, 0, isReached: false);
        }

        // It may be due for a probe, which is the selector's to see.
        Assert.False(replicas[1].IsUp);
        Assert.Equal(-1, bench.Paths.Spread(replicas));
    }

    [Fact]
    public void Counting_and_spreading_allocate_nothing()
    {
        var bench = new Bench(new HotOptions { Rate = 100, Paths = 16 });
        var sampler = new ReadSampler(bench.Paths, 1);
        LeafHealth[] replicas = [bench.Leaf(1), bench.Leaf(2)];
        var isSeen = false;
        Run(10_000);
        var before = AllocatedBytes.Start();
        Run(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(isSeen);

        void Run(int reads)
        {
            // Every other read is of one path; the others make counters change hands.
            for (var i = 0; i < reads; i++)
            {
                var hash = i % 2 == 0 ? 7 : (ulong)i + 100;
                sampler.Note(hash, bench.Clock.Now);
                if (bench.Paths.IsHot(hash)) isSeen |= bench.Paths.Spread(replicas) >= 0;
            }
        }
    }

    [Fact]
    public async Task Reads_of_a_hot_path_go_to_all_replicas_though_the_first_is_preferred()
    {
        var cluster = new Cluster(replicas: 3, configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hot = new HotOptions { Rate = 50 };
        });
        for (var i = 0; i < 400; i++) (await cluster.Get("/hot")).Dispose();
        var leaves = cluster.Transport.Of(Opcode.Get).TakeLast(30).GroupBy(call => call.Leaf).ToList();
        Assert.Equal(3, leaves.Count);
        Assert.All(leaves, leaf => Assert.Equal(10, leaf.Count()));
        cluster.Transport.Calls.Clear();
        (await cluster.Get("/cold")).Dispose();
        Assert.Equal("leaf-1", cluster.Transport.Calls.Single().Leaf);
        var counters = await StatsAsync(cluster);
        Assert.Equal(1, counters["hedgerow_router_hot_paths"]);
        Assert.True(counters["hedgerow_router_hot_spread_total"] >= 30);
    }

    internal static async Task<IReadOnlyDictionary<string, long>> StatsAsync(Cluster cluster)
    {
        using var reply = await cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Stats }, default, CancellationToken.None);
        Assert.True(StatsCodec.TryRead(reply.Body, out var stats, out var error), error);
        return stats.Counters;
    }

    private sealed class Bench
    {
        private readonly FakeTimeProvider _time = new();

        public Bench(HotOptions options)
        {
            Clock = new RouterClock(_time);
            Paths = new HotPaths(options, Clock);
        }

        public RouterClock Clock { get; }

        public HotPaths Paths { get; }

        public LeafHealth Leaf(int number) =>
            new(new LeafEndpoint($"leaf-{number}", $"10.0.0.{number}:1"), Clock, new RouterOptions(), new CounterSet());

        public void Read(ulong hash, int reads)
        {
            for (var i = 0; i < reads; i++) Paths.Note(hash, Clock.Now, 1);
        }

        public void Pass(TimeSpan time) => _time.Advance(time);
    }
}
