using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>
/// What is left of a policy that is switched off, and the counters that tell of decisions, where the tests of the
/// policy itself do not look at them.
/// </summary>
public sealed class PolicySwitchTests
{
    private const OperationClass Kind = OperationClass.PointRead;

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(5, 0.1)]
    public async Task Without_slow_start_a_leaf_that_is_back_has_all_of_its_share(int seconds, double expected)
    {
        var cluster = new Cluster(configure: o => o.SlowStart = TimeSpan.FromSeconds(seconds));
        var leaf = cluster.Router.Table.Shards[0].Owner;
        for (var i = 0; i < cluster.Options.FailuresToEject; i++)
        {
            leaf.OnSent(Kind);
            leaf.OnFailed(Kind, cluster.Time.GetTimestamp(), 0, isReached: false);
        }

        cluster.Time.Advance(cluster.Options.ProbeDelay);
        (await cluster.Get("/a")).Dispose();
        Assert.True(leaf.IsUp);
        Assert.Equal(expected, leaf.ShareAt(cluster.Time.GetTimestamp()), 0.001);
    }

    [Theory]
    [InlineData(1, 10, 30)]
    [InlineData(2, 0, 4)]
    public async Task With_a_factor_of_one_no_zone_is_preferred(double factor, int least, int most)
    {
        var cluster = new Cluster(
            configure: o => (o.Zone, o.ZoneFactor, o.Hedge.Enabled) = ("west", factor, false));
        var current = cluster.Topologies.Current;
        Assert.True(cluster.Topologies.TryReplace(current with
        {
            Epoch = 2, Leaves = [current.Leaves[0] with { Zone = "east" }, current.Leaves[1] with { Zone = "west" }],
        }));
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(2));
        for (var i = 0; i < 40; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(cluster.Transport.Calls.Count(c => c.Leaf == "leaf-1"), least, most);
    }

    [Fact]
    public async Task Without_spreading_reads_of_a_hot_path_go_where_all_others_go()
    {
        var cluster = new Cluster(replicas: 3, configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hot = new HotOptions { Rate = 50, Spread = false };
        });
        for (var i = 0; i < 400; i++) (await cluster.Get("/hot")).Dispose();
        Assert.Equal(1, Counted(cluster, "hot_paths"));
        Assert.Equal(0, Counted(cluster, "hot_spread_total"));
        Assert.Equal(400, cluster.Transport.Calls.Count(c => c.Leaf == "leaf-1"));
    }

    [Fact]
    public async Task A_request_to_another_zone_is_counted()
    {
        var cluster = new Cluster(replicas: 1, configure: o => o.Zone = "west");
        for (var i = 0; i < 3; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(3, Counted(cluster, "other_zone_total"));
    }

    [Fact]
    public async Task A_read_that_every_replica_has_no_room_for_is_counted()
    {
        var cluster = new Cluster(
            replicas: 1, configure: o => o.Limit = new LimitOptions { InFlightMin = 1, InFlightMax = 1 });
        cluster.Rule("leaf-1", Behaviour.After(10));
        var first = cluster.Get("/a");
        Assert.Equal(StatusCode.Overloaded, (await cluster.Get("/b")).Status);
        Assert.Equal(1, Counted(cluster, "shed_total"));
        (await cluster.Finish(first)).Dispose();
        Assert.Equal(1, Counted(cluster, "shed_total"));
    }

    [Fact]
    public async Task A_retry_that_the_budget_refuses_is_counted()
    {
        var cluster = new Cluster(configure: o =>
        {
            (o.RetryBudget, o.ReplicaOrder, o.EjectEnabled) = (0, ReplicaOrder.Preferred, false);
        });
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Internal));
        const int More = 7;
        for (var i = 0; i < HedgePolicy.RetryBurst + More; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(More, Counted(cluster, "retries_denied_total"));
    }

    [Fact]
    public async Task A_read_that_is_given_up_at_its_deadline_is_counted()
    {
        var cluster = new Cluster(replicas: 1);
        cluster.Rule("leaf-1", Behaviour.Never);
        Assert.Equal(StatusCode.DeadlineExceeded, (await cluster.Finish(cluster.Get("/a"))).Status);
        Assert.Equal(1, Counted(cluster, "deadlines_exceeded_total"));
    }

    private static long Counted(Cluster cluster, string name) =>
        cluster.Router.CountersByName[$"hedgerow_router_{name}"];
}
