using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>The shards of one search tell which of them is late, and when all are.</summary>
public sealed class ScatterPaceTests
{
    [Fact]
    public async Task The_last_shard_is_hedged_soon_after_the_others_though_all_were_slow_of_late()
    {
        var cluster = await ClusterAsync();
        // Moments in which all are slow are more than the budget's share: by the quantile alone, 40 ms are usual.
        await LearnAsync(cluster);
        var before = Hedges(cluster);
        Late(cluster, all: 2, last: 500);
        var search = cluster.Client.SearchAsync(Query).AsTask();
        cluster.Advance(15);
        Assert.True(search.IsCompleted, "the last shard was waited for");
        Assert.Equal(3, (await search).Total);
        Assert.Equal(1, Hedges(cluster) - before);
    }

    [Fact]
    public async Task When_all_shards_are_slow_no_copy_is_sent()
    {
        var cluster = await ClusterAsync();
        await LearnAsync(cluster);
        var before = Hedges(cluster);
        Late(cluster, all: 45, last: 45);
        var search = cluster.Client.SearchAsync(Query).AsTask();
        cluster.Advance(46);
        Assert.Equal(3, (await search).Total);
        Assert.Equal(before, Hedges(cluster));
    }

    [Fact]
    public async Task Shards_that_never_answer_are_hedged_at_the_longest_delay()
    {
        var cluster = await ClusterAsync();
        await LearnAsync(cluster);
        var before = Hedges(cluster);
        Late(cluster, all: 500, last: 500);
        var search = cluster.Client.SearchAsync(Query).AsTask();
        cluster.Advance(60);
        Assert.Equal(4, Hedges(cluster) - before);
        await cluster.Finish(new ValueTask<SearchReply>(search));
    }

    [Fact]
    public async Task Off_means_off()
    {
        var cluster = await ClusterAsync(o => o.Hedge.Paced = false);
        await LearnAsync(cluster);
        Late(cluster, all: 2, last: 500);
        var search = cluster.Client.SearchAsync(Query).AsTask();
        cluster.Advance(15);
        Assert.False(search.IsCompleted);
        await cluster.Finish(new ValueTask<SearchReply>(search));
    }

    [Fact]
    public async Task A_shard_that_is_being_asked_is_not_late_though_another_was_asked_by_the_same_call()
    {
        var cluster = await ClusterAsync();
        await LearnAsync(cluster);
        var before = Hedges(cluster);
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(leaf, call =>
            {
                // The first shard's call is over when the third is asked, which takes it from the pool; and the second
                // shard's answer, which is told to every call that ever entered, comes while the third is being asked.
                if (call.Header.Shard is 1 or 2) cluster.Advance(4);
                return Behaviour.After(3);
            });
        }

        var search = cluster.Client.SearchAsync(Query);
        Assert.Equal(3, (await cluster.Finish(search, stepMs: 0.5)).Total);
        Assert.Equal(before, Hedges(cluster));
    }

    private static SearchRequest Query => GatherTests.Query("fish") with { Size = 0 };

    // First replicas alone: of four shards, each on leaves of its own order.
    private static void Late(Cluster cluster, double all, double last)
    {
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            cluster.Rule(leaf, call => call.Header.Flags.HasFlag(FrameFlags.Hedge)
                ? Behaviour.After(1)
                : Behaviour.After(call.Header.Shard == 3 ? last : all));
        }
    }

    /// <summary>Nine searches in ten are quick, in the tenth all shards are slow.</summary>
    private static async Task LearnAsync(Cluster cluster)
    {
        for (var i = 0; i < 150; i++)
        {
            var ms = i % 10 == 0 ? 40 : 2;
            Late(cluster, ms, ms + 1);
            await cluster.Finish(cluster.Client.SearchAsync(Query), stepMs: 0.5);
        }
    }

    private static async Task<Cluster> ClusterAsync(Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(4, 3, o =>
        {
            o.ReplicaOrder = ReplicaOrder.Preferred;
            // Tokens are not what is looked at here.
            o.Hedge.Budget = 0.05;
            configure?.Invoke(o);
        });
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 3; i++)
            Assert.True((await cluster.Client.SetAsync($"/wiki/{i}", "{\"text\": \"fish\"}"u8.ToArray())).Succeeded);
        return cluster;
    }

    private static long Hedges(Cluster cluster) => cluster.Router.CountersByName["hedgerow_router_hedges_sent_total"];
}
