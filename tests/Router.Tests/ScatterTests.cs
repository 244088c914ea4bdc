using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>How long a search waits for which shard, and in which phase.</summary>
public sealed class ScatterTests
{
    private static SearchRequest Fish { get; } = GatherTests.Query("fish");

    [Theory]
    [InlineData(8, 24)]
    [InlineData(1, 10)]
    public async Task With_enough_shards_the_others_get_a_multiple_of_the_slowest_and_a_least_time(
        double slowestMs, double endsMs)
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.Search, Behaviour.After(slowestMs), Behaviour.Never);
        var search = cluster.Client.SearchAsync(Fish with { CoverageMin = 0.75 }).AsTask();
        cluster.Advance(endsMs - 1);
        Assert.False(search.IsCompleted);
        cluster.Advance(2.5);
        var coverage = (await search).Coverage;
        Assert.Equal((4, 3), (coverage.ShardsTotal, coverage.ShardsAnswered));
        Assert.True(cluster.Transport.Of(Opcode.Search).Last(call => call.Leaf == "leaf-3").WasCancelled);
        Assert.Equal(1, (await HotPathTests.StatsAsync(cluster))["hedgerow_router_search_stragglers_total"]);
    }

    [Fact]
    public async Task A_straggler_that_makes_it_in_that_time_is_in_the_answer()
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.Search, Behaviour.After(8), Behaviour.After(20));
        var search = cluster.Client.SearchAsync(Fish with { CoverageMin = 0.5 }).AsTask();
        cluster.Advance(22);
        Assert.True((await search).Coverage.IsWhole);
    }

    [Fact]
    public async Task Each_answer_that_comes_later_gives_the_others_longer()
    {
        var cluster = await FilledAsync();
        foreach (var (leaf, ms) in new[] { ("leaf-1", 5), ("leaf-2", 12), ("leaf-3", 30), ("leaf-4", 80) })
            cluster.Rule(leaf, call => call.Header.Opcode == Opcode.Search ? Behaviour.After(ms) : null);
        var search = cluster.Client.SearchAsync(Fish with { CoverageMin = 0.25 }).AsTask();
        cluster.Advance(90);
        Assert.True((await search).Coverage.IsWhole);
    }

    [Fact]
    public async Task The_routers_own_coverage_counts_where_a_search_says_none()
    {
        var cluster = await FilledAsync(o => o.SearchCoverageMin = 0.5);
        Slow(cluster, Opcode.Search, Behaviour.After(4), Behaviour.Never);
        var search = cluster.Client.SearchAsync(Fish).AsTask();
        cluster.Advance(15);
        Assert.Equal(3, (await search).Coverage.ShardsAnswered);
        var whole = cluster.Client.SearchAsync(Fish with { CoverageMin = 1 }).AsTask();
        cluster.Advance(100);
        Assert.False(whole.IsCompleted);
        cluster.Advance(5_000);
        Assert.Equal(3, (await whole).Coverage.ShardsAnswered);
    }

    [Fact]
    public async Task Where_partial_answers_are_not_allowed_all_shards_are_waited_for()
    {
        var cluster = await FilledAsync(o => o.SearchCoverageMin = 0.5);
        Slow(cluster, Opcode.Search, Behaviour.After(4), Behaviour.After(300));
        var search = cluster.Client.SearchAsync(Fish with { AllowPartial = false, CoverageMin = 0.1 }).AsTask();
        cluster.Advance(200);
        Assert.False(search.IsCompleted);
        cluster.Advance(110);
        Assert.True((await search).Coverage.IsWhole);
    }

    [Fact]
    public async Task A_failed_shard_does_not_count_as_answered()
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.Search, Behaviour.After(4), Behaviour.Fails(StatusCode.Corrupt, ms: 1));
        cluster.Rule("leaf-1", call => call.Header.Opcode == Opcode.Search ? Behaviour.After(100) : null);
        var search = cluster.Client.SearchAsync(Fish with { CoverageMin = 0.75 }).AsTask();
        cluster.Advance(90);
        Assert.False(search.IsCompleted);
        cluster.Advance(15);
        Assert.Equal(3, (await search).Coverage.ShardsAnswered);
    }

    [Fact]
    public async Task The_callers_cancellation_still_ends_all_of_it()
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.Search, Behaviour.After(50), Behaviour.Never);
        using var cancel = new CancellationTokenSource();
        var search = cluster.Client.SearchAsync(Fish with { CoverageMin = 0.5 }, cancel: cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => search);
        Assert.All(cluster.Transport.Of(Opcode.Search).TakeLast(4), call => Assert.True(call.WasCancelled));
    }

    [Fact]
    public async Task A_shard_without_statistics_at_the_end_of_their_part_is_searched_all_the_same()
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.TermStatistics, null, Behaviour.Never);
        var search = cluster.Client.SearchAsync(GatherTests.Query("other")).AsTask();
        // 30 % of 90 % of 5 s.
        cluster.Advance(1_349);
        Assert.False(search.IsCompleted);
        cluster.Advance(3);
        Assert.True((await search).Coverage.IsWhole);
    }

    [Fact]
    public async Task Where_statistics_may_take_all_of_the_time_they_are_waited_for()
    {
        var cluster = await FilledAsync(o => o.SearchStatisticsEnd = 1);
        Slow(cluster, Opcode.TermStatistics, null, Behaviour.After(3_000));
        var search = cluster.Client.SearchAsync(GatherTests.Query("other")).AsTask();
        cluster.Advance(2_999);
        Assert.False(search.IsCompleted);
        cluster.Advance(3);
        Assert.True((await search).Coverage.IsWhole);
    }

    [Fact]
    public async Task The_query_leaves_time_to_ask_for_more_hits_and_only_where_that_may_be_needed()
    {
        var cluster = await FilledAsync();
        Slow(cluster, Opcode.Search, null, Behaviour.Never);
        var search = cluster.Client.SearchAsync(Fish).AsTask();
        // 85 % of 90 % of 5 s.
        cluster.Advance(3_824);
        Assert.False(search.IsCompleted);
        cluster.Advance(3);
        Assert.Equal(3, (await search).Coverage.ShardsAnswered);
        var counting = cluster.Client.SearchAsync(Fish with { Size = 0 }).AsTask();
        cluster.Advance(4_499);
        Assert.False(counting.IsCompleted);
        cluster.Advance(3);
        Assert.Equal(3, (await counting).Coverage.ShardsAnswered);
    }

    [Fact]
    public async Task A_search_is_not_done_again_when_what_it_took_is_more_than_is_left()
    {
        var cluster = await FilledAsync();
        await PutAsync(cluster, 100, "fish fish fish");
        Slow(cluster, Opcode.Search, Behaviour.After(2_000), Behaviour.After(2_000));
        var searches = cluster.Transport.Of(Opcode.Search).Count();
        var search = cluster.Client.SearchAsync(Fish).AsTask();
        cluster.Advance(2_002);
        Assert.True((await search).Coverage.IsWhole);
        Assert.Equal(searches + 4, cluster.Transport.Of(Opcode.Search).Count());
        Assert.Equal(1, (await HotPathTests.StatsAsync(cluster))["hedgerow_router_search_repeats_skipped_total"]);
    }

    [Fact]
    public async Task A_leaf_is_told_the_time_left_without_that_of_the_wire()
    {
        var cluster = new Cluster(replicas: 1);
        cluster.Rule("leaf-1", Behaviour.After(20));
        for (var i = 0; i < 3; i++) (await cluster.Finish(cluster.Get("/a"))).Dispose();
        Assert.Equal(1_000_000u, cluster.Transport.Calls[0].Header.DeadlineMicros);
        Assert.InRange(cluster.Transport.Calls[1].Header.DeadlineMicros, 978_000u, 980_000u);

        var off = new Cluster(replicas: 1, configure: o => o.DeadlineWithoutWire = false);
        off.Rule("leaf-1", Behaviour.After(20));
        for (var i = 0; i < 3; i++) (await off.Finish(off.Get("/a"))).Dispose();
        Assert.All(off.Transport.Calls, call => Assert.Equal(1_000_000u, call.Header.DeadlineMicros));
    }

    [Fact]
    public void The_wire_is_what_the_leaf_did_not_report_and_at_most_a_fourth_of_the_time_left()
    {
        var wire = new WireTime();
        Assert.Equal(1_000u, wire.TakenOff(1_000));
        wire.Add(5_000, new ReplyHeader { QueueMicros = 1_000, ServiceMicros = 3_700 });
        Assert.Equal(9_700u, wire.TakenOff(10_000));
        Assert.Equal(300u, wire.TakenOff(400));
        wire.Add(5_000, new ReplyHeader());
        Assert.InRange(wire.TakenOff(10_000), 9_500u, 9_600u);
        wire.Add(200, new ReplyHeader());
        Assert.Equal(9_800u, wire.TakenOff(10_000));
        wire.Add(200, new ReplyHeader { QueueMicros = uint.MaxValue });
        Assert.Equal(1u, wire.TakenOff(1));
        Assert.Equal(10_000u, wire.TakenOff(10_000));
    }

    /// <summary>One rule for all leaves and another for the third.</summary>
    private static void Slow(Cluster cluster, Opcode opcode, Behaviour? all, Behaviour third)
    {
        foreach (var leaf in cluster.Transport.Leaves.Keys)
        {
            var behaviour = leaf == "leaf-3" ? third : all;
            cluster.Rule(leaf, call => call.Header.Opcode == opcode ? behaviour : null);
        }
    }

    /// <summary>Four shards, each on a leaf of its own, whose statistics of "fish" are known.</summary>
    private static async Task<Cluster> FilledAsync(Action<RouterOptions>? configure = null)
    {
        var cluster = new Cluster(shards: 4, replicas: 1, configure, leaves: 4);
        await WriteTests.Declare(cluster);
        for (var i = 0; i < 60; i++)
            await PutAsync(cluster, i, string.Concat(Enumerable.Repeat("fish other ", 1 + (i % 3))));
        Assert.True((await cluster.Client.SearchAsync(Fish with { CoverageMin = 1 })).Coverage.IsWhole);
        return cluster;
    }

    private static async Task PutAsync(Cluster cluster, int number, string text)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"text": "{{text}}"}""");
        Assert.True((await cluster.Client.SetAsync($"/wiki/{number:00}", json)).Succeeded);
    }
}
