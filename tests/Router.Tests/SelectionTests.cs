using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class SelectionTests
{
    [Fact]
    public async Task A_slow_replica_is_avoided_while_it_is_slow_and_asked_again_later()
    {
        var cluster = new Cluster(configure: o => o.Hedge.Enabled = false);
        cluster.Rule("leaf-1", Behaviour.After(50));
        cluster.Rule("leaf-2", Behaviour.After(1));
        for (var i = 0; i < 100; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 5);
        cluster.Transport.Calls.Clear();
        cluster.Time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 20; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 5);
    }

    [Fact]
    public async Task Requests_in_flight_spread_over_equal_replicas()
    {
        var cluster = new Cluster(replicas: 4, configure: o => o.Hedge.Enabled = false);
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(10));
        var pending = Enumerable.Range(0, 200).Select(i => cluster.Get($"/{i}").AsTask()).ToArray();
        foreach (var leaf in cluster.Transport.Leaves.Keys) Assert.InRange(Asked(cluster, leaf), 40, 60);
        cluster.Advance(10);
        foreach (var reply in await Task.WhenAll(pending)) reply.Dispose();
    }

    [Fact]
    public async Task A_leaf_that_reports_a_queue_is_asked_less()
    {
        var cluster = new Cluster(configure: o => o.Hedge.Enabled = false);
        cluster.Rule("leaf-1", Behaviour.After(1) with { Report = new ReplyHeader { QueueLength = 50 } });
        cluster.Rule("leaf-2", Behaviour.After(2));
        for (var i = 0; i < 50; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 5);
    }

    [Fact]
    public async Task A_leaf_that_refuses_as_overloaded_does_not_look_fast()
    {
        var cluster = new Cluster(configure: o => o.Hedge.Enabled = false);
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Overloaded));
        cluster.Rule("leaf-2", Behaviour.After(5));
        for (var i = 0; i < 50; i++)
            Assert.Equal(StatusCode.NotFound, (await cluster.Finish(cluster.Get("/a"))).Status);
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 5);
    }

    [Fact]
    public async Task Slow_searches_and_writes_do_not_make_a_leaf_look_slow_to_reads()
    {
        var cluster = new Cluster(configure: o => o.Hedge.Enabled = false);
        cluster.Rule("leaf-1", c => Behaviour.After(c.Header.Opcode == Opcode.Get ? 1 : 80));
        cluster.Rule("leaf-2", c => Behaviour.After(c.Header.Opcode == Opcode.Get ? 2 : 1));
        for (var i = 0; i < 5; i++)
            await cluster.Finish(cluster.Client.SetAsync("/a", new byte[1]));
        cluster.Advance(100);
        for (var i = 0; i < 20; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(cluster.Transport.Of(Opcode.Get).Count(c => c.Leaf == "leaf-1"), 17, 20);
    }

    [Fact]
    public async Task The_preferred_order_is_kept_when_asked_for()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        for (var i = 0; i < 20; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(20, Asked(cluster, "leaf-1"));
    }

    [Fact]
    public async Task A_leaf_that_fails_three_times_is_left_alone_until_its_probe_is_due()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable));
        for (var i = 0; i < 20; i++) Assert.Equal(StatusCode.NotFound, (await cluster.Get("/a")).Status);
        Assert.Equal(3, Asked(cluster, "leaf-1"));

        cluster.Advance(500);
        for (var i = 0; i < 20; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(4, Asked(cluster, "leaf-1"));
        cluster.Advance(500);
        for (var i = 0; i < 20; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(4, Asked(cluster, "leaf-1"));

        cluster.Heal();
        cluster.Advance(500);
        for (var i = 0; i < 20; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(24, Asked(cluster, "leaf-1"));
    }

    [Fact]
    public async Task When_every_replica_is_out_they_are_tried_all_the_same()
    {
        var cluster = new Cluster();
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Fails(StatusCode.Unavailable));
        for (var i = 0; i < 10; i++) (await cluster.Get("/a")).Dispose();
        cluster.Heal();
        Assert.Equal(StatusCode.NotFound, (await cluster.Get("/a")).Status);
    }

    [Fact]
    public async Task The_own_zone_is_preferred_among_equals()
    {
        var cluster = new Cluster(configure: o => (o.Zone, o.Hedge.Enabled) = ("west", false));
        var current = cluster.Topologies.Current;
        Assert.True(cluster.Topologies.TryReplace(current with
        {
            Epoch = 2, Leaves = [current.Leaves[0] with { Zone = "east" }, current.Leaves[1] with { Zone = "west" }],
        }));
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(2));
        for (var i = 0; i < 40; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.InRange(Asked(cluster, "leaf-2"), 36, 40);
    }

    private static int Asked(Cluster cluster, string leaf) => cluster.Transport.Calls.Count(c => c.Leaf == leaf);
}
