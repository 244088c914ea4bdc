using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>A leaf that answers well and far slower than its peers is avoided, probed, and taken back.</summary>
public sealed class SlowLeafTests
{
    private const OperationClass Kind = OperationClass.PointRead;

    [Fact]
    public async Task A_leaf_ten_times_slower_than_its_peers_is_avoided_within_a_second_but_for_probes()
    {
        // By chance, so that its latency alone does not keep reads away.
        var cluster = ClusterOf(replicas: 3);
        Slow(cluster, ("leaf-1", 10), ("leaf-2", 1), ("leaf-3", 1));
        await AskAsync(cluster, ms: 1_000);
        Assert.False(cluster.Router.Table.Shards[0].Replicas[0].IsUp);
        Assert.Equal(1, CounterOf(cluster, "hedgerow_router_ejections_slow_total"));
        cluster.Transport.Calls.Clear();
        await AskAsync(cluster, ms: 3_000);
        // Probes at 0.5, 1.5, 3.5 s.
        Assert.InRange(cluster.Transport.Calls.Count(c => c.Leaf == "leaf-1"), 1, 4);
        Assert.False(cluster.Router.Table.Shards[0].Replicas[0].IsUp);
    }

    [Fact]
    public async Task It_is_back_when_probes_in_a_row_are_quick()
    {
        var cluster = ClusterOf(replicas: 3);
        Slow(cluster, ("leaf-1", 10), ("leaf-2", 1), ("leaf-3", 1));
        await AskAsync(cluster, ms: 1_000);
        var leaf = cluster.Router.Table.Shards[0].Replicas[0];
        Assert.False(leaf.IsUp);
        // Every other of its answers is quick: that is not enough.
        var count = 0;
        cluster.Rule("leaf-1", _ => Behaviour.After(++count % 2 == 0 ? 10 : 1));
        await AskAsync(cluster, ms: 4_000);
        Assert.False(leaf.IsUp);
        cluster.Rule("leaf-1", Behaviour.After(1));
        await AskAsync(cluster, ms: 12_000);
        Assert.True(leaf.IsUp);
        Assert.Equal(1, CounterOf(cluster, "hedgerow_router_readmissions_total"));
    }

    [Fact]
    public async Task A_leaf_that_is_slow_because_all_are_is_not_avoided()
    {
        var cluster = ClusterOf(replicas: 3);
        Slow(cluster, ("leaf-1", 1), ("leaf-2", 1), ("leaf-3", 1));
        await AskAsync(cluster, ms: 600);
        Slow(cluster, ("leaf-1", 30), ("leaf-2", 25), ("leaf-3", 20));
        await AskAsync(cluster, ms: 2_000);
        Assert.All(cluster.Router.Table.Shards[0].Replicas, leaf => Assert.True(leaf.IsUp));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    public async Task No_more_than_a_share_is_avoided_however_many_are_slow(int replicas, int most)
    {
        var cluster = ClusterOf(replicas);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
            cluster.Rule(leaf, Behaviour.After(leaf == "leaf-1" ? 1 : 20));
        await AskAsync(cluster, ms: 2_000);
        Assert.Equal(most, cluster.Router.Table.Shards[0].Replicas.Count(leaf => !leaf.IsUp));
    }

    [Fact]
    public async Task Two_kinds_of_requests_that_fall_unevenly_make_no_leaf_slow()
    {
        var cluster = ClusterOf(replicas: 2);
        // A little more, and a little less, than half of each one's are dear.
        var (first, second) = (0, 0);
        cluster.Rule("leaf-1", _ => Behaviour.After(++first % 20 < 11 ? 20 : 1));
        cluster.Rule("leaf-2", _ => Behaviour.After(++second % 20 < 9 ? 20 : 1));
        await AskAsync(cluster, ms: 3_000);
        Assert.All(cluster.Router.Table.Shards[0].Replicas, leaf => Assert.True(leaf.IsUp));
    }

    [Fact]
    public async Task Differences_below_what_counts_avoid_nobody()
    {
        var cluster = ClusterOf(replicas: 2, configure: o => o.SlowMin = TimeSpan.FromMilliseconds(30));
        Slow(cluster, ("leaf-1", 20), ("leaf-2", 1));
        await AskAsync(cluster, ms: 2_000);
        Assert.True(cluster.Router.Table.Shards[0].Owner.IsUp);
    }

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(false, 4.0)]
    public async Task Off_means_off(bool ejection, double factor)
    {
        var cluster = ClusterOf(
            replicas: 2, configure: o => (o.EjectEnabled, o.SlowFactor) = (ejection, factor));
        Slow(cluster, ("leaf-1", 20), ("leaf-2", 1));
        await AskAsync(cluster, ms: 2_000);
        Assert.True(cluster.Router.Table.Shards[0].Owner.IsUp);
    }

    [Fact]
    public void Reads_that_another_replica_answered_sooner_count_as_slower_than_any()
    {
        var cluster = ClusterOf(replicas: 2);
        var replicas = cluster.Router.Table.Shards[0].Replicas;
        var group = cluster.Router.Table.Shards[0].Group;
        var now = cluster.Time.GetTimestamp();
        var ticks = cluster.Time.TimestampFrequency / 1_000;
        for (var i = 0; i < 30; i++)
        {
            replicas[0].OnAbandoned(Kind, now, ticks, isLost: true);
            replicas[1].OnAnswered(Kind, now, ticks, default);
        }

        group.Slow.Look(replicas, Kind, now);
        Assert.Equal([false, true], replicas.Select(leaf => leaf.IsUp));
    }

    [Fact]
    public async Task A_slow_leaf_still_gets_every_write()
    {
        var cluster = ClusterOf(replicas: 3);
        Slow(cluster, ("leaf-1", 10), ("leaf-2", 1), ("leaf-3", 1));
        await AskAsync(cluster, ms: 1_000);
        Assert.False(cluster.Router.Table.Shards[0].Owner.IsUp);
        cluster.Heal();
        Assert.True((await cluster.Finish(cluster.Client.SetAsync("/a", "new"u8.ToArray()))).Succeeded);
        Assert.All(cluster.Transport.Leaves.Values, leaf => Assert.Equal("new", leaf.ValueOf("/a")));
        // The owner decides, slow as it is.
        Assert.True((await cluster.Finish(cluster.Client.AddAsync("/b", "new"u8.ToArray()))).Succeeded);
        Assert.All(cluster.Transport.Leaves.Values, leaf => Assert.Equal("new", leaf.ValueOf("/b")));
    }

    [Fact]
    public void A_slow_leaf_that_fails_is_worse_than_slow()
    {
        var cluster = ClusterOf(replicas: 2);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        var now = cluster.Time.GetTimestamp();
        leaf.OnSlow(Kind, now, boundMicros: 1_000);
        Assert.True(leaf.TakesWrites(now));
        for (var i = 0; i < 3; i++) leaf.OnFailed(Kind, now, 0, isReached: false);
        Assert.False(leaf.TakesWrites(now));
        Assert.False(leaf.IsSoftlyOut);
    }

    [Fact]
    public async Task A_leaf_that_is_avoided_as_slow_and_taken_back_takes_writes_at_every_moment()
    {
        const int Times = 3_000;
        var cluster = ClusterOf(replicas: 2, configure: o => o.SlowStart = TimeSpan.Zero);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        using var end = new CancellationTokenSource();
        var missed = 0L;
        var writer = Task.Factory.StartNew(
            () =>
            {
                // No probe is due at this time, which a write might take instead.
                while (!end.IsCancellationRequested)
                    if (!leaf.TakesWrites(0)) missed++;
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var time = 0; time < Times; time++)
        {
            leaf.OnSlow(Kind, now: 10 + time, boundMicros: 1_000);
            Assert.False(leaf.IsUp);
            for (var i = 0; i < 3; i++)
            {
                leaf.OnSent(Kind);
                leaf.OnAnswered(Kind, now: 20 + time, elapsedTicks: 1, default);
            }

            Assert.True(leaf.IsUp);
        }

        await end.CancelAsync();
        await writer;
        Assert.Equal(0, missed);
        Assert.Equal(Times, CounterOf(cluster, "hedgerow_router_readmissions_total"));
    }

    [Theory]
    [InlineData(0.99, 0)]
    [InlineData(1.01, 1)]
    public void Where_nothing_of_its_class_comes_for_long_any_class_probes_it_and_brings_it_back(
        double share, int expected)
    {
        var cluster = ClusterOf(replicas: 2);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        leaf.OnSlow(OperationClass.Search, cluster.Time.GetTimestamp(), boundMicros: 1_000);
        // Twice the longest delay between two probes.
        cluster.Time.Advance(2 * share * cluster.Options.ProbeDelayMax);
        for (var i = 0; i < 3; i++)
        {
            Assert.False(leaf.IsUp);
            Assert.Equal(expected == 1, leaf.TryTakeProbe(Kind, cluster.Time.GetTimestamp()));
            leaf.OnSent(Kind);
            leaf.OnAnswered(Kind, cluster.Time.GetTimestamp(), elapsedTicks: 1, default);
            cluster.Time.Advance(cluster.Options.EjectSilence);
        }

        Assert.Equal(expected == 1, leaf.IsUp);
    }

    [Fact]
    public void A_probe_of_its_class_leaves_it_to_that()
    {
        var cluster = ClusterOf(replicas: 2);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        leaf.OnSlow(OperationClass.Search, cluster.Time.GetTimestamp(), boundMicros: 1_000);
        cluster.Time.Advance(1.5 * cluster.Options.ProbeDelayMax);
        Assert.True(leaf.TryTakeProbe(OperationClass.Search, cluster.Time.GetTimestamp()));
        cluster.Time.Advance(1.5 * cluster.Options.ProbeDelayMax);
        Assert.False(leaf.TryTakeProbe(Kind, cluster.Time.GetTimestamp()));
    }

    [Fact]
    public void A_probe_that_another_leaf_answered_sooner_is_none_of_those_in_a_row()
    {
        var cluster = ClusterOf(replicas: 2);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        leaf.OnSlow(Kind, cluster.Time.GetTimestamp(), boundMicros: 1_000);
        for (var i = 0; i < 5; i++)
        {
            Assert.False(leaf.IsUp);
            cluster.Time.Advance(cluster.Options.ProbeDelayMax);
            leaf.OnSent(Kind);
            if (i == 1) leaf.OnAbandoned(Kind, cluster.Time.GetTimestamp(), elapsedTicks: 1, isLost: true);
            else leaf.OnAnswered(Kind, cluster.Time.GetTimestamp(), elapsedTicks: 1, default);
        }

        Assert.True(leaf.IsUp);
    }

    [Fact]
    public void A_leaf_that_has_failed_is_not_taken_for_slow()
    {
        var cluster = ClusterOf(replicas: 2);
        var leaf = cluster.Router.Table.Shards[0].Owner;
        var now = cluster.Time.GetTimestamp();
        for (var i = 0; i < 3; i++) leaf.OnFailed(Kind, now, 0, isReached: false);
        leaf.OnSlow(Kind, now, boundMicros: 1_000);
        Assert.False(leaf.IsUpOrSlow);
        Assert.False(leaf.IsSoftlyOut);
        Assert.Equal(0, CounterOf(cluster, "hedgerow_router_ejections_slow_total"));
    }

    private static Cluster ClusterOf(int replicas, Action<RouterOptions>? configure = null) => new(
        replicas: replicas, configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Random;
            o.Hedge.Enabled = false;
            configure?.Invoke(o);
        });

    private static void Slow(Cluster cluster, params (string Leaf, double Ms)[] leaves)
    {
        foreach (var (leaf, ms) in leaves) cluster.Rule(leaf, Behaviour.After(ms));
    }

    /// <summary>One read each half millisecond, whatever became of those before; all are answered in the end.</summary>
    private static async Task AskAsync(Cluster cluster, int ms)
    {
        var pending = new List<Task<Reply>>();
        for (var i = 0; i < 2 * ms; i++)
        {
            pending.Add(cluster.Get($"/{i}").AsTask());
            cluster.Advance(0.5);
        }

        cluster.Advance(50);
        foreach (var reply in await Task.WhenAll(pending)) reply.Dispose();
    }

    private static long CounterOf(Cluster cluster, string name) => cluster.Router.CountersByName[name];
}
