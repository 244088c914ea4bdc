using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>Leaves that fail: who is avoided, how many at most, and how one comes back.</summary>
public sealed class EjectionTests
{
    private const OperationClass Kind = OperationClass.PointRead;

    public static TheoryData<ReplicaOrder, StatusCode> QuickErrors { get; } = new()
    {
        { ReplicaOrder.Adaptive, StatusCode.Internal },
        { ReplicaOrder.Adaptive, StatusCode.Unavailable },
        { ReplicaOrder.Adaptive, StatusCode.Overloaded },
        { ReplicaOrder.Adaptive, StatusCode.Corrupt },
        { ReplicaOrder.C3, StatusCode.Internal },
        { ReplicaOrder.C3, StatusCode.Overloaded },
        { ReplicaOrder.C3, StatusCode.Corrupt },
        { ReplicaOrder.Prequal, StatusCode.Internal },
        { ReplicaOrder.Prequal, StatusCode.Overloaded },
        { ReplicaOrder.Prequal, StatusCode.Corrupt },
        { ReplicaOrder.Adaptive, StatusCode.DeadlineExceeded },
        { ReplicaOrder.C3, StatusCode.DeadlineExceeded },
        { ReplicaOrder.Prequal, StatusCode.DeadlineExceeded },
    };

    public static TheoryData<ReplicaOrder, StatusCode> QuickRefusals { get; } = new()
    {
        { ReplicaOrder.Adaptive, StatusCode.UnknownOpcode },
        { ReplicaOrder.Adaptive, StatusCode.NoSuchCollection },
        { ReplicaOrder.Adaptive, StatusCode.Unauthorized },
        { ReplicaOrder.C3, StatusCode.UnknownOpcode },
        { ReplicaOrder.Prequal, StatusCode.UnknownOpcode },
    };

    [Theory]
    [MemberData(nameof(QuickErrors))]
    public async Task A_leaf_that_answers_errors_fast_does_not_attract_traffic(ReplicaOrder order, StatusCode error)
    {
        // Without ejection: the choice alone must see to it.
        var cluster = new Cluster(replicas: 3, configure: o =>
        {
            o.ReplicaOrder = order;
            o.EjectEnabled = false;
            o.Hedge.Enabled = false;
        });
        foreach (var leaf in new[] { "leaf-2", "leaf-3" }) cluster.Rule(leaf, Behaviour.After(3));
        var count = 0;
        // Two errors at once, then one good answer, so that it never looks wholly broken.
        cluster.Rule("leaf-1", _ => ++count % 3 == 0 ? Behaviour.After(1) : Behaviour.Fails(error));
        for (var i = 0; i < 300; i++)
            Assert.Equal(StatusCode.NotFound, (await cluster.Finish(cluster.Get("/a"))).Status);
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 30);
    }

    [Theory]
    [MemberData(nameof(QuickRefusals))]
    public async Task A_leaf_that_does_not_know_what_others_know_does_not_attract_traffic(
        ReplicaOrder order, StatusCode error)
    {
        var cluster = new Cluster(
            replicas: 3, configure: o => (o.ReplicaOrder, o.EjectEnabled, o.Hedge.Enabled) = (order, false, false));
        foreach (var leaf in new[] { "leaf-2", "leaf-3" }) cluster.Rule(leaf, Behaviour.After(3));
        cluster.Rule("leaf-1", Behaviour.Fails(error));
        var statuses = new List<StatusCode>();
        for (var i = 0; i < 300; i++) statuses.Add((await cluster.Finish(cluster.Get("/a"))).Status);
        Assert.InRange(Asked(cluster, "leaf-1"), 1, 30);
        Assert.Equal(Asked(cluster, "leaf-1"), statuses.Count(status => status == error));
    }

    [Fact]
    public async Task A_leaf_that_stands_still_behind_hedges_is_avoided_and_taken_back_when_it_answers()
    {
        // By chance, so that its latency alone does not keep reads away.
        var cluster = new Cluster(
            replicas: 3, configure: o => (o.ReplicaOrder, o.Hedge.Budget) = (ReplicaOrder.Random, 1));
        await cluster.WarmUp(reads: 200, ms: 1);
        cluster.Rule("leaf-1", Behaviour.Never);
        var asked = await AskedInAsync(cluster, seconds: 2);
        Assert.False(cluster.Router.Table.Shards[0].Replicas[0].IsUp);
        // What was sent within the silence, and a probe after 0.5 and 1.5 s.
        Assert.InRange(asked, 3, 20);
        cluster.Rule("leaf-1", Behaviour.After(0));
        await AskedInAsync(cluster, seconds: 8);
        Assert.True(cluster.Router.Table.Shards[0].Replicas[0].IsUp);
    }

    [Fact]
    public async Task A_leaf_that_stands_still_for_a_moment_misses_no_write()
    {
        var cluster = new Cluster(
            replicas: 3, configure: o => (o.ReplicaOrder, o.Hedge.Budget) = (ReplicaOrder.Random, 1));
        await cluster.WarmUp(reads: 200, ms: 1);
        Assert.True((await cluster.Finish(cluster.Client.SetAsync("/a", "old"u8.ToArray()))).Succeeded);
        cluster.Rule("leaf-1", Behaviour.Never);
        await AskedInAsync(cluster, seconds: 1);
        Assert.False(cluster.Router.Table.Shards[0].Owner.IsUp);
        // What comes now lies in its socket until it goes on.
        cluster.Rule("leaf-1", Behaviour.After(300));
        Assert.True((await cluster.Finish(cluster.Client.SetAsync("/a", "new"u8.ToArray()))).Succeeded);
        // Its owner decides, when it goes on.
        Assert.True((await cluster.Finish(cluster.Client.AddAsync("/b", "new"u8.ToArray()))).Succeeded);
        Assert.All(cluster.Transport.Leaves.Values, leaf => Assert.Equal("new", leaf.ValueOf("/a")));
        Assert.All(cluster.Transport.Leaves.Values, leaf => Assert.Equal("new", leaf.ValueOf("/b")));
    }

    [Fact]
    public void A_leaf_that_stands_still_and_fails_writes_gets_no_more_of_them()
    {
        var cluster = new Cluster(replicas: 3);
        var health = cluster.Router.Table.Shards[0].Owner;
        for (var i = 0; i < 4; i++)
        {
            cluster.Time.Advance(TimeSpan.FromMilliseconds(30));
            health.OnAbandoned(Kind, cluster.Time.GetTimestamp(), 1_000);
        }

        var now = cluster.Time.GetTimestamp();
        Assert.False(health.IsUp);
        Assert.False(health.IsUpOrSlow);
        for (var i = 0; i < cluster.Options.FailuresToEject; i++)
        {
            Assert.True(health.TakesWrites(now));
            health.OnSent(OperationClass.Addressed);
            health.OnFailed(OperationClass.Addressed, now, 1_000, isReached: true);
        }

        Assert.False(health.TakesWrites(now));
        health.OnSent(Kind);
        health.OnAnswered(Kind, now, default);
        Assert.True(health.IsUp);
    }

    [Theory]
    [InlineData(true, 40)]
    [InlineData(false, 60)]
    public void A_leaf_that_is_heard_between_is_not_avoided_and_one_that_is_not_is(bool isHeard, int silentMs)
    {
        var cluster = new Cluster(replicas: 3);
        var health = cluster.Router.Table.Shards[0].Owner;
        for (var i = 0; i < 10; i++)
        {
            cluster.Time.Advance(TimeSpan.FromMilliseconds(silentMs / 2.0));
            health.OnAbandoned(Kind, cluster.Time.GetTimestamp(), 1_000);
            if (i % 2 == 1 && isHeard) health.OnAnswered(Kind, cluster.Time.GetTimestamp(), default);
            if (!isHeard && i < 2) Assert.True(health.IsUp);
        }

        Assert.Equal(isHeard, health.IsUp);
    }

    [Fact]
    public async Task A_request_that_every_leaf_rejects_makes_none_look_faster()
    {
        var cluster = new Cluster(configure: o => (o.ReplicaOrder, o.Hedge.Enabled) = (ReplicaOrder.Preferred, false));
        cluster.Rule("leaf-1", Behaviour.After(8));
        (await cluster.Finish(cluster.Get("/a"))).Dispose();
        var health = cluster.Router.Table.Shards[0].Owner;
        var before = health.Load(Kind, cluster.Time.GetTimestamp()).LatencyMicros;
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.BadRequest));
        Assert.Equal(StatusCode.BadRequest, (await cluster.Get("/a")).Status);
        Assert.Equal(before, health.Load(Kind, cluster.Time.GetTimestamp()).LatencyMicros, before / 100);
        Assert.True(health.IsUp);
    }

    [Fact]
    public async Task No_more_than_a_share_of_the_replicas_is_avoided_for_their_errors()
    {
        var cluster = new Cluster(replicas: 4, configure: o => o.Hedge.Enabled = false);
        var replicas = cluster.Router.Table.Shards[0].Replicas;
        for (var i = 0; i < 2; i++) Fail(cluster, replicas[i], isReached: true);
        // Two of four may be out.
        await AskAtOnce(200);
        Assert.Equal(["leaf-3", "leaf-4"], cluster.Transport.Calls.Select(c => c.Leaf).Distinct().Order());
        Assert.Equal(0, CounterOf(cluster, "hedgerow_router_ejections_spared_total"));
        // The third is one too many: so all are asked, by the load that they show.
        Fail(cluster, replicas[2], isReached: true);
        await AskAtOnce(200);
        Assert.Equal(4, cluster.Transport.Calls.Select(c => c.Leaf).Distinct().Count());
        Assert.True(CounterOf(cluster, "hedgerow_router_ejections_spared_total") > 0);

        async Task AskAtOnce(int reads)
        {
            cluster.Transport.Calls.Clear();
            foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(1));
            var pending = Enumerable.Range(0, reads).Select(i => cluster.Get($"/{i}").AsTask()).ToArray();
            cluster.Advance(1);
            foreach (var reply in await Task.WhenAll(pending)) reply.Dispose();
        }
    }

    [Fact]
    public async Task Leaves_that_cannot_be_reached_are_avoided_however_many_they_are()
    {
        var cluster = new Cluster(replicas: 4, configure: o => o.Hedge.Enabled = false);
        var replicas = cluster.Router.Table.Shards[0].Replicas;
        for (var i = 0; i < 3; i++) Fail(cluster, replicas[i], isReached: false);
        for (var i = 0; i < 100; i++) Assert.Equal(StatusCode.NotFound, (await cluster.Get("/a")).Status);
        Assert.Equal(100, Asked(cluster, "leaf-4"));
        Assert.Equal(100, cluster.Transport.Calls.Count);
        Assert.Equal(3, CounterOf(cluster, "hedgerow_router_ejections_total"));
    }

    [Fact]
    public async Task A_leaf_that_is_back_gets_its_share_little_by_little()
    {
        var cluster = new Cluster(configure: o => o.Hedge.Enabled = false);
        var replicas = cluster.Router.Table.Shards[0].Replicas;
        Fail(cluster, replicas[0], isReached: false);
        Assert.False(replicas[0].IsUp);
        cluster.Time.Advance(TimeSpan.FromMilliseconds(600));
        (await cluster.Get("/a")).Dispose();
        Assert.Equal("leaf-1", cluster.Transport.Calls[^1].Leaf);
        Assert.True(replicas[0].IsUp);
        Assert.Equal(
            (1L, 1L),
            (CounterOf(cluster, "hedgerow_router_probes_total"),
                CounterOf(cluster, "hedgerow_router_readmissions_total")));

        // What it was remembered for has faded before the counts begin; so equal leaves are compared.
        Assert.InRange(ShareOf(), 0.0, 0.12);
        cluster.Time.Advance(TimeSpan.FromMilliseconds(2_500));
        Assert.InRange(ShareOf(), 0.15, 0.40);
        cluster.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.InRange(ShareOf(), 0.42, 0.58);

        double ShareOf()
        {
            var chosen = 0;
            var selector = SelectorOf(cluster);
            for (var i = 0; i < 2_000; i++)
                if (selector.Choose(replicas, 0, Kind, cluster.Time.GetTimestamp()) == 0) chosen++;
            return chosen / 2_000.0;
        }
    }

    [Fact]
    public async Task Switched_off_no_leaf_is_avoided()
    {
        var cluster = new Cluster(configure: o => (o.EjectEnabled, o.ReplicaOrder) = (false, ReplicaOrder.Preferred));
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable));
        for (var i = 0; i < 50; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal(50, Asked(cluster, "leaf-1"));
    }

    /// <summary>A read each two milliseconds; how often the first leaf was asked.</summary>
    private static async Task<int> AskedInAsync(Cluster cluster, int seconds)
    {
        cluster.Transport.Calls.Clear();
        for (var i = 0; i < seconds * 500; i++)
        {
            (await cluster.Finish(cluster.Get("/a"))).Dispose();
            cluster.Advance(2);
        }

        return Asked(cluster, "leaf-1");
    }

    private static void Fail(Cluster cluster, LeafHealth leaf, bool isReached)
    {
        for (var i = 0; i < cluster.Options.FailuresToEject; i++)
        {
            leaf.OnSent(Kind);
            leaf.OnFailed(Kind, cluster.Time.GetTimestamp(), 0, isReached);
        }
    }

    private static ReplicaSelector SelectorOf(Cluster cluster)
    {
        var random = new SplitMix(3);
        return new ReplicaSelector(new RandomChoice(random), cluster.Options, random, new CounterSet());
    }

    private static long CounterOf(Cluster cluster, string name) => cluster.Router.CountersByName[name];

    private static int Asked(Cluster cluster, string leaf) => cluster.Transport.Calls.Count(c => c.Leaf == leaf);
}
