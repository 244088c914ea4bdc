using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

public sealed class HedgingTests
{
    [Fact]
    public async Task A_second_copy_goes_to_another_replica_after_the_delay_and_wins()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster["leaf-2"].Put("/a", "here", 5);
        cluster.Rule("leaf-1", Behaviour.Never);
        var pending = cluster.Get("/a");
        // No samples yet: the longest delay.
        cluster.Advance(49);
        Assert.Single(cluster.Transport.Calls);
        cluster.Advance(1);
        using var reply = await pending;
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(["leaf-1", "leaf-2"], cluster.Transport.Calls.Select(c => c.Leaf));
        Assert.Equal(FrameFlags.Hedge, cluster.Transport.Calls[1].Header.Flags);
        Assert.True(cluster.Transport.Calls[0].WasCancelled);
        Assert.Equal(new RouterCounters(1, 1, 1, 0, 0, 0), cluster.Router.Counters);
    }

    [Fact]
    public async Task The_first_copy_may_still_win_and_the_second_is_cancelled()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster.Rule("leaf-1", Behaviour.After(60));
        cluster.Rule("leaf-2", Behaviour.Never);
        var pending = cluster.Get("/a");
        cluster.Advance(60);
        Assert.Equal(StatusCode.NotFound, (await pending).Status);
        Assert.True(cluster.Transport.Calls[1].WasCancelled);
        Assert.Equal(new RouterCounters(1, 1, 0, 1, 0, 0), cluster.Router.Counters);
    }

    [Fact]
    public async Task The_delay_is_the_quantile_that_the_budget_allows()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        await cluster.WarmUp(reads: 200, ms: 4);
        cluster.Advance(100);
        cluster.Rule("leaf-1", Behaviour.Never);
        var pending = cluster.Get("/a");
        cluster.Advance(3.5);
        Assert.Single(cluster.Transport.Calls);
        cluster.Advance(2);
        Assert.Equal(2, cluster.Transport.Calls.Count);
        (await pending).Dispose();
    }

    [Fact]
    public async Task The_delay_keeps_within_its_bounds()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hedge.DelayMin = TimeSpan.FromMilliseconds(10);
        });
        await cluster.WarmUp(reads: 200, ms: 1);
        cluster.Advance(100);
        cluster.Rule("leaf-1", Behaviour.Never);
        var pending = cluster.Get("/a");
        cluster.Advance(9);
        Assert.Single(cluster.Transport.Calls);
        cluster.Advance(1);
        (await pending).Dispose();
        Assert.Equal(2, cluster.Transport.Calls.Count);
    }

    [Fact]
    public async Task Off_means_off()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hedge.Enabled = false;
        });
        cluster.Rule("leaf-1", Behaviour.After(900));
        (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.Single(cluster.Transport.Calls);
    }

    [Fact]
    public async Task Extra_requests_stay_within_the_budget_when_one_replica_stalls()
    {
        var cluster = new Cluster();
        await cluster.WarmUp(reads: 200, ms: 1);
        var random = new Random(7);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" })
            cluster.Rule(leaf, _ => Behaviour.After(random.Next(100) == 0 ? 100 : 1));
        for (var i = 0; i < 2_000; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        var sent = cluster.Router.Counters.HedgesSent;
        // All that was ever earned, and the one token that a bucket begins with.
        Assert.InRange(sent, 5, (0.02 * cluster.Router.Counters.Requests) + 1);
        Assert.True(cluster.Router.Counters.HedgesWon > sent / 2);
    }

    [Fact]
    public async Task When_everything_is_slow_hedging_vanishes_instead_of_doubling_the_load()
    {
        var cluster = new Cluster();
        await cluster.WarmUp(reads: 200, ms: 1);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.After(200));
        for (var i = 0; i < 300; i++) (await cluster.Finish(cluster.Get("/a"), stepMs: 10)).Dispose();
        Assert.InRange(cluster.Router.Counters.HedgesSent, 0, (0.02 * cluster.Router.Counters.Requests) + 1);
        Assert.True(cluster.Router.Counters.HedgesDenied > 200);
    }

    [Fact]
    public async Task A_copy_that_the_budget_refused_is_asked_for_again_when_the_read_has_waited_as_long_again()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hedge.Budget = 0.4;
        });
        cluster.Rule("leaf-1", Behaviour.Never);
        var first = cluster.Get("/a");
        cluster.Advance(50);
        (await cluster.Finish(first)).Dispose();
        var second = cluster.Get("/a");
        cluster.Advance(50);
        Assert.Equal(new RouterCounters(2, 1, 1, 0, 1, 0), cluster.Router.Counters);
        // The third earns what the second needs, and may not have it: the second waits for longer.
        cluster.Advance(10);
        var third = cluster.Get("/a");
        cluster.Advance(40);
        Assert.Equal(StatusCode.NotFound, (await cluster.Finish(second)).Status);
        Assert.Equal(new RouterCounters(3, 2, 2, 0, 1, 0), cluster.Router.Counters);
        (await cluster.Finish(third, stepMs: 10)).Dispose();
    }

    [Theory]
    [InlineData(Opcode.Set)]
    [InlineData(Opcode.Delete)]
    [InlineData(Opcode.Add)]
    [InlineData(Opcode.Append)]
    [InlineData(Opcode.Increment)]
    public async Task A_write_is_never_hedged(Opcode opcode)
    {
        var cluster = new Cluster(configure: o => o.Hedge.Budget = 1);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" })
        {
            cluster[leaf].Put("/n", "1", 1);
            cluster.Rule(leaf, Behaviour.After(500));
        }

        var command = new CacheCommand { Opcode = opcode, Path = "/n"u8, Value = "1"u8 };
        (await cluster.Finish(cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = opcode }, Cluster.BodyOf(command), default))).Dispose();
        Assert.Equal(0, cluster.Router.Counters.HedgesSent);
        Assert.True(cluster.Transport.Of(opcode).Count() <= 2);
        Assert.All(cluster.Transport.Calls, c => Assert.False(c.Header.Flags.HasFlag(FrameFlags.Hedge)));
    }

    [Fact]
    public async Task A_failed_replica_is_answered_by_the_next_at_once()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster["leaf-2"].Put("/a", "here", 5);
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable));
        using var reply = await cluster.Get("/a");
        Assert.Equal(StatusCode.Ok, reply.Status);
        Assert.Equal(1, cluster.Router.Counters.Retries);
    }

    [Fact]
    public async Task When_all_replicas_fail_the_error_names_them_and_the_last_reason()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Fails(StatusCode.Unavailable));
        using var reply = await cluster.Get("/a");
        Assert.Equal(StatusCode.Unavailable, reply.Status);
        Assert.Equal(
            "No replica of shard 0 (leaf-1, leaf-2) can be reached; leaf-2 said last: leaf-2 says Unavailable.",
            Cluster.TextOf(reply));
    }

    [Fact]
    public async Task Retries_have_a_budget_of_their_own()
    {
        var cluster = new Cluster(configure: o =>
        {
            o.RetryBudget = 0;
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.FailuresToEject = 1_000;
        });
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Overloaded));
        for (var i = 0; i < 3_000; i++) (await cluster.Get("/a")).Dispose();
        Assert.Equal((long)HedgePolicy.RetryBurst, cluster.Router.Counters.Retries);
    }

    [Fact]
    public async Task A_hedge_waits_out_the_failure_of_the_first_copy()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster.Rule("leaf-1", Behaviour.Fails(StatusCode.Unavailable, ms: 70));
        cluster.Rule("leaf-2", Behaviour.After(40));
        var pending = cluster.Get("/a");
        cluster.Advance(75);
        Assert.False(pending.IsCompleted);
        cluster.Advance(20);
        Assert.Equal(StatusCode.NotFound, (await pending).Status);
        Assert.Equal(2, cluster.Transport.Calls.Count);
    }

    [Fact]
    public async Task The_router_itself_answers_when_the_deadline_passes()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Never);
        var command = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 };
        var pending = cluster.Router.ExecuteAsync(
            new RequestHeader { Opcode = Opcode.Get, DeadlineMicros = 80_000 }, Cluster.BodyOf(command), default);
        cluster.Advance(79);
        Assert.False(pending.IsCompleted);
        cluster.Advance(1);
        using var reply = await pending;
        Assert.Equal(StatusCode.DeadlineExceeded, reply.Status);
        Assert.Equal(
            "The deadline passed; shard 0 was asked of leaf-1 and leaf-2, without an answer.", Cluster.TextOf(reply));
        Assert.All(cluster.Transport.Calls, c => Assert.True(c.WasCancelled));
        Assert.Equal([80_000u, 30_000u], cluster.Transport.Calls.Select(c => c.Header.DeadlineMicros));
    }

    [Fact]
    public async Task A_caller_that_gives_up_cancels_the_work_on_the_leaves()
    {
        var cluster = new Cluster();
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Never);
        using var cancel = new CancellationTokenSource();
        var pending = cluster.Get("/a", cancel: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await pending);
        Assert.All(cluster.Transport.Calls, c => Assert.True(c.WasCancelled));
    }

    [Fact]
    public async Task A_read_that_names_a_version_passes_over_a_replica_without_it()
    {
        var cluster = new Cluster(configure: o => o.ReplicaOrder = ReplicaOrder.Preferred);
        cluster["leaf-1"].Put("/a", "old", 5);
        cluster["leaf-2"].Put("/a", "new", 9);
        using (var reply = await cluster.Get("/a", versionMin: 9)) Assert.Equal(9ul, reply.Header.Version);
        using var none = await cluster.Get("/a", versionMin: 10);
        Assert.Equal(StatusCode.Unavailable, none.Status);
        Assert.Equal("No replica of shard 0 that can be reached has version 10 yet.", Cluster.TextOf(none));
    }
}
