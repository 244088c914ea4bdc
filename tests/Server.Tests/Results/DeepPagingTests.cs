using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Tests.Results;

/// <summary>Pages behind each other over a whole cluster, through a point in time, while it is written to.</summary>
public sealed class DeepPagingTests
{
    private const int Documents = 100_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_one_of_100000_documents_comes_once_while_a_writer_changes_them_and_merges_run()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 3);
        await ResultCluster.FillAsync(cluster, Enumerable.Range(0, Documents));
        var point = await OpenAsync(cluster);
        var request = Request(new MatchAllQuery()) with
        {
            Sort = [new SortKey("price", true)], PointInTime = point.Id, Size = 1_000,
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var merged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = WriteAsync(cluster, merged, stop.Token);
        var seen = new List<string>(Documents);
        for (IReadOnlyList<SearchHit> page = [new() { Path = "", Score = 0, Version = 0 }]; page.Count > 0;)
        {
            page = (await cluster.Client.SearchAsync(request, Cancel)).Hits;
            seen.AddRange(page.Select(hit => hit.Path));
            if (page.Count > 0) request = request with { After = SearchAfter.Of(page[^1]) };
            if (seen.Count == Documents / 2) await merged.Task.WaitAsync(Cancel);
        }

        await stop.CancelAsync();
        await writing;
        Assert.Equal(Documents, seen.Count);
        seen.Sort(StringComparer.Ordinal);
        await cluster.Client.ClosePointInTimeAsync(point, Cancel);
        Assert.Equal(Enumerable.Range(0, Documents).Select(ResultCluster.PathOf), seen);
        Assert.All(cluster.LeafIds, id =>
            Assert.Equal(0, cluster.Leaf(id)!.Stats().Counters["hedgerow_leaf_snapshots_held"]));
    }

    [Theory]
    [InlineData("title:oak OR title:hedge", "")]
    [InlineData("title:oak^3 OR title:rose OR title:ash", "_score")]
    [InlineData("*:*", "colour")]
    [InlineData("title:plum", "made,-price")]
    [InlineData("-title:oak", "-sold,stock,colour")]
    public async Task Pages_are_the_same_on_one_and_on_seven_shards(string text, string sort)
    {
        await using var one = await ResultCluster.StartAsync(shards: 1);
        await using var seven = await ResultCluster.StartAsync(shards: 7);
        foreach (var cluster in new[] { one, seven }) await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 900));
        SortKey[] keys =
        [
            .. sort.Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(key => new SortKey(key.TrimStart('-'), key[0] is '-' or '_')),
        ];
        var request = Request(text == "*:*" ? new MatchAllQuery() : new QueryStringQuery(text, [], false)) with
        {
            Sort = keys, Size = 10_000,
        };
        var whole = ResultCluster.Show((await one.Client.SearchAsync(request, Cancel)).Hits);
        Assert.Equal(whole, ResultCluster.Show((await seven.Client.SearchAsync(request, Cancel)).Hits));
        foreach (var cluster in new[] { one, seven })
        {
            var point = await OpenAsync(cluster);
            await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 1_200), seed: 1);
            var hits = await PagedAsync(cluster, request with { PointInTime = point.Id, Size = 97 });
            Assert.Equal(whole, ResultCluster.Show(hits));
            Assert.Equal(cluster.Topology.Shards.Count, await cluster.Client.ClosePointInTimeAsync(point, Cancel));
        }
    }

    [Fact]
    public async Task A_point_in_time_can_be_followed_by_any_router_and_says_when_its_leaf_is_gone()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 4, replicas: 2);
        await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 100));
        // Taken down now: the leaf comes back without it, and may be the one that is asked.
        var declared = await cluster.Client.GetCollectionAsync(ResultCluster.Collection, Cancel);
        var request = Request(new MatchAllQuery()) with { Sort = [new SortKey(SortKey.Path, false)] };
        var point = await OpenAsync(cluster);
        var first = await cluster.Client.SearchAsync(request with { PointInTime = point.Id }, Cancel);

        Assert.True(PointInTimeId.TryRead(point.Id, out var rows));
        Assert.Equal([0, 1, 2, 3], rows.Select(row => (int)row.Shard).Order());
        var leaf = rows[0].Leaf;
        await cluster.KillLeafAsync(leaf);
        var next = request with { PointInTime = point.Id, After = SearchAfter.Of(first.Hits[^1]) };
        var down = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.SearchAsync(next, Cancel).AsTask());
        Assert.Equal(StatusCode.Unavailable, down.Status);
        Assert.Contains($"on {leaf} alone", down.Message, StringComparison.Ordinal);

        await cluster.RestartLeafAsync(leaf, Cancel);
        await cluster.Client.PutCollectionAsync(declared!.Schema, Cancel);
        await AgainAsync(cluster, next, StatusCode.PointInTimeGone, "Open another");
        var other = next with { PointInTime = PointInTimeId.Write([rows[0]]) };
        await AgainAsync(cluster, other, StatusCode.PointInTimeGone, "4 now");
        await AgainAsync(cluster, next with { PointInTime = "cut" }, StatusCode.BadRequest, "cut off");
    }

    [Fact]
    public async Task A_missing_shard_is_an_error_under_a_point_in_time_and_never_a_hole()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 2, replicas: 2);
        await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 50));
        var point = await OpenAsync(cluster);
        Assert.True(PointInTimeId.TryRead(point.Id, out var rows));
        await cluster.KillLeafAsync(rows[1].Leaf);
        var request = Request(new MatchAllQuery()) with { PointInTime = point.Id, AllowPartial = true };
        await Assert.ThrowsAsync<HedgerowException>(() => cluster.Client.SearchAsync(request, Cancel).AsTask());
    }

    /// <summary>The leaf is back, but a router may avoid it for a while: asks until it is asked.</summary>
    private static async Task AgainAsync(LocalCluster cluster, SearchRequest request, StatusCode status, string says)
    {
        while (true)
        {
            var refused = await Assert.ThrowsAsync<HedgerowException>(
                () => cluster.Client.SearchAsync(request, Cancel).AsTask());
            if (refused.Status == StatusCode.Unavailable) continue;
            Assert.Equal(status, refused.Status);
            Assert.Contains(says, refused.Message, StringComparison.Ordinal);
            return;
        }
    }

    /// <summary>One that outlives the test on any machine.</summary>
    private static ValueTask<PointInTime> OpenAsync(LocalCluster cluster) =>
        cluster.Client.OpenPointInTimeAsync(ResultCluster.Collection, TimeSpan.FromHours(1), Cancel);

    private static SearchRequest Request(QueryNode query) => new()
    {
        Collection = ResultCluster.Collection, Query = query, WithSource = false,
    };

    private static async Task<List<SearchHit>> PagedAsync(LocalCluster cluster, SearchRequest request)
    {
        var hits = new List<SearchHit>();
        while (true)
        {
            var page = (await cluster.Client.SearchAsync(request, Cancel)).Hits;
            hits.AddRange(page);
            if (page.Count < request.Size) return hits;
            request = request with { After = SearchAfter.Of(page[^1]) };
        }
    }

    /// <summary>Changes every price over and over, and says when a leaf has merged since it began.</summary>
    private static async Task WriteAsync(LocalCluster cluster, TaskCompletionSource merged, CancellationToken stop)
    {
        var before = Merges(cluster);
        for (var seed = 1; !stop.IsCancellationRequested; seed++)
        {
            await ResultCluster.FillAsync(cluster, Enumerable.Range(seed * 1_000 % Documents, 1_000), seed);
            if (Merges(cluster) > before) merged.TrySetResult();
        }
    }

    private static long Merges(LocalCluster cluster) => cluster.LeafIds.Sum(
        id => cluster.Leaf(id)!.Stats().Counters["hedgerow_leaf_index_merges_total"]);
}
