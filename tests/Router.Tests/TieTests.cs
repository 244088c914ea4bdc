using CsCheck;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Router.Tests;

/// <summary>Searches queued at two leaves at once: one does the work, the other is told in time.</summary>
public sealed class TieTests
{
    private static readonly SearchRequest Count = GatherTests.Query("fish") with { Size = 0 };

    [Fact]
    public async Task Who_begins_first_has_the_other_cancelled_in_its_queue()
    {
        var cluster = await ClusterAsync();
        cluster.Rule("leaf-1", Behaviour.Queued(30, workMs: 5));
        cluster.Rule("leaf-2", Behaviour.Queued(4, workMs: 5));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(1);
        Assert.Equal(["leaf-1", "leaf-2"], Calls(cluster).Select(c => c.Leaf));
        cluster.Advance(4);
        Assert.True(Calls(cluster)[0].WasCancelled);
        Assert.False(Calls(cluster)[0].HasBegun);
        Assert.False(search.IsCompleted);
        cluster.Advance(5);
        Assert.Equal(3, (await search).Total);
        Assert.False(Calls(cluster)[1].WasCancelled);
        Assert.Equal((1, 1, 0), Ties(cluster));
    }

    [Fact]
    public async Task The_copies_carry_one_id_and_say_which_they_are()
    {
        var cluster = await ClusterAsync();
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Queued(10, workMs: 1));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(20);
        await search;
        var headers = Calls(cluster).Select(c => c.Header).ToArray();
        Assert.Equal([FrameFlags.Tied, FrameFlags.Tied | FrameFlags.Hedge], headers.Select(h => h.Flags));
        Assert.Equal(headers[0].PathHash + 1, headers[1].PathHash);
        Assert.Equal(0ul, headers[0].PathHash & 1);
    }

    [Fact]
    public async Task The_other_shards_of_a_search_do_not_count_the_time_in_the_queue_as_work()
    {
        var cluster = await ClusterAsync(replicas: 3, shards: 4);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            // The last shard's twin begins after 8 ms, and works for 46: what a second copy waits for is 50.
            cluster.Rule(leaf, call => call.Header.Shard < 3 ? Behaviour.After(20)
                : call.Header.Flags.HasFlag(FrameFlags.Hedge) ? Behaviour.Queued(7, workMs: 46)
                : Behaviour.Queued(300, workMs: 5));
        }

        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(60);
        await search;
        Assert.Equal(2, Calls(cluster).Count(call => call.Header.Shard == 3));
    }

    [Fact]
    public async Task A_search_that_begins_at_once_has_no_twin()
    {
        var cluster = await ClusterAsync();
        cluster.Rule("leaf-1", Behaviour.Queued(0.5, workMs: 20));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(21);
        await search;
        Assert.Single(Calls(cluster));
        Assert.Equal((0, 0, 0), Ties(cluster));
    }

    [Fact]
    public async Task When_both_begin_at_the_same_moment_the_first_heard_of_wins_and_the_work_is_counted()
    {
        var cluster = await ClusterAsync();
        cluster.Rule("leaf-1", Behaviour.Queued(5, workMs: 10));
        cluster.Rule("leaf-2", Behaviour.Queued(4, workMs: 10));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(2);
        // As if both pieces of news were on the way when the first came in.
        var calls = Calls(cluster);
        cluster.Transport.Begun!(calls[0].Header.PathHash);
        cluster.Transport.Begun!(calls[1].Header.PathHash);
        Assert.Equal([false, true], calls.Select(c => c.WasCancelled));
        cluster.Advance(20);
        await search;
        Assert.Equal((1, 1, 1), Ties(cluster));
    }

    [Fact]
    public async Task A_twin_that_is_refused_leaves_the_first_copy_as_it_was()
    {
        var cluster = await ClusterAsync(replicas: 3);
        cluster.Rule("leaf-1", Behaviour.Queued(200, workMs: 5));
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Overloaded, ms: 1));
        cluster.Rule("leaf-3", Behaviour.Queued(1, workMs: 1));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(49);
        Assert.Equal(["leaf-1", "leaf-2"], Calls(cluster).Select(c => c.Leaf));
        Assert.False(search.IsCompleted);
        await cluster.Finish(new ValueTask<SearchReply>(search));
    }

    [Fact]
    public async Task A_winner_that_fails_after_all_is_asked_again_of_the_loser()
    {
        var cluster = await ClusterAsync();
        cluster.Rule("leaf-1", Behaviour.Queued(30, workMs: 5));
        cluster.Rule("leaf-2", Behaviour.Queued(4, workMs: 5) with { Status = StatusCode.Internal });
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(10);
        cluster.Heal();
        Assert.Equal(3, (await cluster.Finish(new ValueTask<SearchReply>(search))).Total);
        Assert.Equal(["leaf-1", "leaf-2", "leaf-1"], Calls(cluster).Select(c => c.Leaf));
    }

    [Fact]
    public async Task What_is_sent_while_the_loser_is_cancelled_is_not_cancelled_with_it()
    {
        var cluster = await ClusterAsync(replicas: 3);
        cluster.Rule("leaf-1", Behaviour.Queued(200, workMs: 5));
        cluster.Rule("leaf-2", Behaviour.Fails(StatusCode.Internal, ms: 4));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(1);
        var calls = Calls(cluster);
        Assert.Equal(["leaf-1", "leaf-2"], calls.Select(c => c.Leaf));
        // The winner fails in the very moment in which the loser is told, so that another leaf is asked.
        calls[0].OnCancel = () =>
        {
            cluster.Rule("leaf-1", Behaviour.After(3));
            cluster.Rule("leaf-3", Behaviour.After(3));
            cluster.Advance(10);
        };
        cluster.Transport.Begun!(calls[1].Header.PathHash);
        Assert.True(calls[0].WasCancelled);
        Assert.Equal(3, Calls(cluster).Length);
        Assert.False(Calls(cluster)[2].WasCancelled);
        Assert.Equal(3, (await cluster.Finish(new ValueTask<SearchReply>(search))).Total);
    }

    [Fact]
    public async Task News_that_the_loser_began_after_all_are_counted_though_the_search_is_over()
    {
        var cluster = await ClusterAsync(configure: o => o.Hedge.Budget = 0);
        cluster.Rule("leaf-1", Behaviour.Queued(30, workMs: 5));
        cluster.Rule("leaf-2", Behaviour.Queued(4, workMs: 5));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(12);
        await search;
        var loser = Calls(cluster)[0];
        Assert.True(loser.WasCancelled);
        Assert.Equal((1, 1, 0), Ties(cluster));
        cluster.Transport.Begun!(loser.Header.PathHash);
        cluster.Transport.Begun!(loser.Header.PathHash);
        Assert.Equal((1, 1, 1), Ties(cluster));
        // The token is owed: there is none for a twin any more.
        search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(40);
        await search;
        Assert.Equal((1, 1, 1), Ties(cluster));
    }

    [Fact]
    public async Task News_that_find_another_read_in_the_place_of_theirs_are_none_of_its_and_are_counted()
    {
        var time = new FakeTimeProvider();
        var transport = new ModelTransport(time);
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) transport.Rules[leaf] = _ => Behaviour.Never;
        using var counters = new CounterSet();
        var options = new RouterOptions { Hedge = new HedgeOptions { Tied = true, Budget = 0 } };
        var services = new CallServices(transport, options, time, counters);
        var table = new RoutingTable(Cluster.TopologyOf(1, 1, 2, 2), services, before: null);
        using var cancel = new CancellationTokenSource();
        var read = services.Reads.Rent();
        var running = read.RunAsync(
            table.Shards[0], OperationClass.Search, new RequestHeader { Opcode = Opcode.Search }, default, 0,
            time.GetTimestamp() + time.TimestampFrequency, cancel.Token).AsTask();
        // As if the object had been of a read whose loser was cancelled, and is used again since it was looked up.
        var before = services.Ties.Add(read);
        services.Ties.Return(before, OperationClass.Search);
        Assert.False(read.TryTell(before));
        services.Ties.OnBegun(before);
        Assert.Equal(1, counters[RouterCounter.TiesWasted]);
        // The token that it began with, and the one that was given back, which is owed again.
        Assert.True(services.Policy.TrySpendHedge(OperationClass.Search));
        Assert.False(services.Policy.TrySpendHedge(OperationClass.Search));
        Assert.True(read.TryTell(transport.Calls.Single().Header.PathHash));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Point_reads_do_not_wait_in_queues_and_are_not_tied()
    {
        var cluster = await ClusterAsync();
        cluster.Rule("leaf-1", Behaviour.After(20));
        var read = cluster.Get("/a");
        cluster.Advance(20);
        (await read).Dispose();
        Assert.Single(Calls(cluster));
        Assert.Equal(FrameFlags.None, Calls(cluster)[0].Header.Flags);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Off_means_off(bool hedging, bool tied)
    {
        var cluster = await ClusterAsync(configure: o => (o.Hedge.Enabled, o.Hedge.Tied) = (hedging, tied));
        foreach (var leaf in new[] { "leaf-1", "leaf-2" }) cluster.Rule(leaf, Behaviour.Queued(10, workMs: 1));
        var search = cluster.Client.SearchAsync(Count).AsTask();
        cluster.Advance(11);
        await search;
        Assert.Equal(FrameFlags.None, Assert.Single(Calls(cluster)).Header.Flags);
    }

    [Fact]
    public void However_slow_all_are_the_work_that_begins_is_one_and_the_budget_at_most() =>
        Gen.Select(Gen.Int[1, 60].Array[40, 80], Gen.Double[0.01, 0.3]).Sample(
            (queues, budget) =>
            {
                var cluster = ClusterAsync(replicas: 3, configure: o => (o.Hedge.Tied, o.Hedge.Budget) = (true, budget))
                    .GetAwaiter().GetResult();
                var next = 0;
                foreach (var leaf in cluster.Transport.Leaves.Keys)
                    cluster.Rule(leaf, _ => Behaviour.Queued(queues[next++ % queues.Length], workMs: 30));
                foreach (var _ in queues)
                {
                    var search = cluster.Client.SearchAsync(Count).AsTask();
                    for (var ms = 0; ms < 500 && !search.IsCompleted; ms++) cluster.Advance(1);
                    Assert.True(search.IsCompletedSuccessfully);
                }

                // The bucket began with a token.
                Assert.InRange(
                    Calls(cluster).Count(c => c.HasBegun || !c.Header.Flags.HasFlag(FrameFlags.Tied)), queues.Length,
                    queues.Length + (queues.Length * budget) + 1);
            },
            iter: 10,
            threads: 1);

    private static async Task<Cluster> ClusterAsync(
        int replicas = 2, Action<RouterOptions>? configure = null, int shards = 1)
    {
        var cluster = new Cluster(shards, replicas, o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            o.Hedge.Tied = true;
            configure?.Invoke(o);
        });
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 3; i++)
            Assert.True((await cluster.Client.SetAsync($"/wiki/{i}", "{\"text\": \"fish\"}"u8.ToArray())).Succeeded);
        cluster.Transport.Calls.Clear();
        return cluster;
    }

    private static SeenCall[] Calls(Cluster cluster) =>
        [.. cluster.Transport.Calls.Where(c => c.Header.Opcode is Opcode.Search or Opcode.Get)];

    private static (long Sent, long Cancelled, long Wasted) Ties(Cluster cluster)
    {
        var counters = cluster.Router.CountersByName;
        return (
            counters["hedgerow_router_ties_sent_total"], counters["hedgerow_router_ties_cancelled_total"],
            counters["hedgerow_router_ties_wasted_total"]);
    }
}
