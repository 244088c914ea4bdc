using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>What must hold whatever the policies are set to.</summary>
public sealed class TailRuleTests
{
    public static TheoryData<Opcode> Writes { get; } =
    [
        .. OpcodeTable.Rows.Where(r => r.Kind != OpcodeKind.Read).Select(r => r.Opcode).Where(CacheCommand.Carries),
    ];

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task No_write_is_ever_hedged(Opcode opcode)
    {
        var cluster = new Cluster(replicas: 3, configure: o =>
        {
            o.Hedge.Budget = 1;
            o.Hedge.DelayMin = o.Hedge.DelayMax = TimeSpan.FromMilliseconds(1);
        });
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster[leaf].Put("/n", "1", 1);
            cluster.Rule(leaf, Behaviour.After(300));
        }

        var command = new CacheCommand { Opcode = opcode, Path = "/n"u8, Value = "1"u8 };
        (await cluster.Finish(cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = opcode }, Cluster.BodyOf(command), default))).Dispose();
        Assert.Equal(0, cluster.Router.Counters.HedgesSent);
        Assert.All(cluster.Transport.Calls, c => Assert.False(c.Header.Flags.HasFlag(FrameFlags.Hedge)));
        // One copy for each replica at most, and the question whether the path is a document's.
        var copies = cluster.Transport.Calls.Where(c => c.Header.Opcode == opcode).CountBy(c => c.Leaf);
        Assert.All(copies, c => Assert.Equal(1, c.Value));
    }

    [Fact]
    public void With_every_replica_slow_the_load_is_one_and_the_budget_at_most() =>
        Gen.Select(Gen.Double[0, 0.3], Gen.Int[2, 5], Gen.Int[20, 400], Gen.Int[0, (int)ReplicaOrder.Random])
            .Sample(
                (budget, replicas, ms, order) =>
                {
                    var cluster = new Cluster(replicas: replicas, configure: o =>
                    {
                        o.Hedge.Budget = budget;
                        o.Hedge.DelayMax = TimeSpan.FromMilliseconds(10);
                        o.ReplicaOrder = (ReplicaOrder)order;
                    });
                    foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.After(ms));
                    var pending = new List<Task<Reply>>();
                    for (var i = 0; i < 300; i++)
                    {
                        pending.Add(cluster.Get($"/{i}").AsTask());
                        cluster.Advance(1);
                    }

                    cluster.Advance(1_000);
                    Assert.All(pending, p => Assert.Equal(StatusCode.NotFound, p.Result.Status));
                    Assert.InRange(cluster.Transport.Calls.Count, 300, 300 + (300 * budget) + 1);
                },
                iter: 12,
                threads: 1);

    [Fact]
    public void With_every_replica_too_slow_for_the_deadline_no_other_is_asked_when_it_has_passed_at_the_leaf() =>
        Gen.Select(Gen.Double[0, 0.3], Gen.Int[2, 5], Gen.Int[20, 400]).Sample(
            (budget, replicas, ms) =>
            {
                var cluster = new Cluster(replicas: replicas, configure: o => o.Hedge.Budget = budget);
                // As a leaf does that drops what is past its time: it says so before the router knows by itself.
                foreach (var leaf in cluster.Transport.Leaves.Keys)
                {
                    cluster.Rule(leaf, call => Behaviour.Fails(
                        StatusCode.DeadlineExceeded, Math.Max(0.5, (call.Header.DeadlineMicros / 1_000.0) - 2)));
                }

                var header = new RequestHeader { Opcode = Opcode.Get, DeadlineMicros = (uint)ms * 1_000 };
                var body = Cluster.BodyOf(new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 });
                var pending = new List<Task<Reply>>();
                for (var i = 0; i < 200; i++)
                {
                    pending.Add(cluster.Router.ExecuteAsync(header, body, default).AsTask());
                    cluster.Advance(1);
                }

                cluster.Advance(500);
                Assert.All(pending, p => Assert.Equal(StatusCode.DeadlineExceeded, p.Result.Status));
                Assert.InRange(cluster.Transport.Calls.Count, 200, 200 + (200 * budget) + 1);
                Assert.Equal(0, cluster.Router.Counters.Retries);
                Assert.Equal(200, cluster.Router.CountersByName["hedgerow_router_deadlines_exceeded_total"]);
            },
            iter: 12,
            threads: 1);

    [Fact]
    public async Task A_leaf_that_says_at_once_that_the_deadline_has_passed_is_not_believed()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.DeadlineExceeded, ms: 3));
        Assert.Equal(StatusCode.NotFound, (await cluster.Finish(cluster.Get("/a"))).Status);
        Assert.Equal(["leaf-1", "leaf-2"], cluster.Transport.Calls.Select(c => c.Leaf));
    }

    [Fact]
    public void With_every_replica_failing_retries_stay_within_their_budget() =>
        Gen.Select(Gen.Double[0, 0.5], Gen.Int[2, 4]).Sample(
            (budget, replicas) =>
            {
                var cluster = new Cluster(replicas: replicas, configure: o => o.RetryBudget = budget);
                foreach (var leaf in cluster.Transport.Leaves.Keys)
                    cluster.Rule(leaf, Behaviour.Fails(StatusCode.Internal));
                const int Reads = 10_000;
                for (var i = 0; i < Reads; i++) cluster.Get("/a").AsTask().Result.Dispose();
                Assert.InRange(
                    cluster.Transport.Calls.Count, Reads, Reads + (Reads * budget) + HedgePolicy.RetryBurst + 1);
            },
            iter: 5,
            threads: 1);

    [Fact]
    public async Task Switched_off_an_error_is_not_asked_again()
    {
        var cluster = new Cluster(configure: o => o.RetryEnabled = false);
        foreach (var leaf in cluster.Transport.Leaves.Keys) cluster.Rule(leaf, Behaviour.Fails(StatusCode.Internal));
        for (var i = 0; i < 20; i++) Assert.Equal(StatusCode.Internal, (await cluster.Get("/a")).Status);
        Assert.Equal(20, cluster.Transport.Calls.Count);
    }

    [Fact]
    public async Task Ten_thousand_requests_to_a_dead_shard_hold_bounded_memory_and_fail_by_their_deadline()
    {
        const int Requests = 10_000;
        var cluster = new Cluster(shards: 3, leaves: 4, configure: o => o.Limit.InFlightMax = 4_000);
        var dead = cluster.Router.Table.Shards[0].Replicas;
        var paths = Enumerable.Range(0, 100).Select(i => $"/{i}").ToLookup(p => cluster.Client.Locate(p).Shard);
        // It was quick before it died, so that its limits know how quick it can be.
        for (var i = 0; i < 40; i++) (await cluster.Get(paths[0].First())).Dispose();
        foreach (var leaf in dead) cluster.Rule(leaf.Endpoint.Id, Behaviour.Never);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var first = Send();
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        // The model's own record of each call is in it.
        Assert.InRange(allocated / Requests, 0, 16 * 1024);
        Assert.All(dead, leaf => Assert.InRange(leaf.InFlight, 0, 4_000));
        // What is beyond the limits failed at once; the rest waits, and other shards are served meanwhile.
        Assert.Equal(Requests - 8_000, first.Count(t => t.IsCompleted && t.Result.Status == StatusCode.Overloaded));
        Assert.Equal(StatusCode.NotFound, (await cluster.Get(paths[2].First())).Status);

        cluster.Advance(1_001);
        Assert.All(first, t => Assert.True(t.IsCompletedSuccessfully));
        Assert.Equal(8_000, first.Count(t => t.Result.Status == StatusCode.DeadlineExceeded));
        Assert.All(dead, leaf => Assert.Equal(0, leaf.InFlight));

        // The limits see it window by window: each flood is refused at once but for half as many, down to the least.
        foreach (var waiting in new[] { 8_000, 4_200, 2_300, 1_300, 800, 500, 300, 200 })
        {
            var next = Send();
            Assert.InRange(next.Count(t => !t.IsCompleted), 1, waiting);
            cluster.Advance(1_001);
            Assert.All(next, t => Assert.True(t.IsCompletedSuccessfully));
        }

        Assert.All(dead, leaf => Assert.InRange(leaf.LimitOf(OperationClass.PointRead), 64, 100));
        Assert.All(dead, leaf => Assert.Equal(0, leaf.InFlight));

        Task<Reply>[] Send() => [.. Enumerable.Range(0, Requests).Select(_ => cluster.Get(paths[0].First()).AsTask())];
    }
}
