using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Tests.Results;

/// <summary>Groups of hits beside groups made of all hits, on one shard and on seven.</summary>
public sealed class CollapseTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_best_of_each_group_comes_whatever_the_shards_the_order_and_the_page()
    {
        await using var one = await ResultCluster.StartAsync(shards: 1);
        await using var seven = await ResultCluster.StartAsync(shards: 7);
        foreach (var cluster in new[] { one, seven })
        {
            await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 600));
            await ResultCluster.FillAsync(cluster, Enumerable.Range(300, 200), seed: 1);
        }

        var random = new Random(7);
        for (var i = 0; i < 40; i++)
        {
            var field = new[] { "colour", "price", "stock", "made" }[random.Next(4)];
            var request = Request(random) with { Size = random.Next(1, 8), From = random.Next(3) };
            var all = (await one.Client.SearchAsync(request with { From = 0, Size = 10_000 }, Cancel)).Hits;
            var collapsed = request with { Collapse = new Collapse(field) };
            var groups = await GroupsAsync(one, all, field);
            var expected = ResultCluster.Show(groups.Skip(request.From).Take(request.Size));
            foreach (var cluster in new[] { one, seven })
            {
                var reply = await cluster.Client.SearchAsync(collapsed, Cancel);
                Assert.Equal(expected, ResultCluster.Show(reply.Hits));
                Assert.Equal(all.Count, reply.Total);
                Assert.All(reply.Hits, hit => Assert.NotNull(hit.Group));
            }
        }
    }

    [Fact]
    public async Task Inner_hits_are_the_best_of_their_group_by_their_own_order()
    {
        await using var one = await ResultCluster.StartAsync(shards: 1);
        await using var seven = await ResultCluster.StartAsync(shards: 7);
        foreach (var cluster in new[] { one, seven }) await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 400));
        var query = new QueryStringQuery("title:oak title:hedge", [], false);
        var request = new SearchRequest
        {
            Collection = ResultCluster.Collection,
            Query = query,
            WithSource = false,
            Size = 10,
            Collapse = new Collapse("colour")
            {
                InnerHits = [new InnerHits("cheap", 3, [new SortKey("price", false)]), new InnerHits("best", 2, [])],
            },
        };
        foreach (var cluster in new[] { one, seven })
        {
            var reply = await cluster.Client.SearchAsync(request, Cancel);
            Assert.Equal(6, reply.Hits.Count); // five colours, and those without one
            foreach (var hit in reply.Hits)
            {
                var within = new BooleanQuery([query], [], [], [FilterOf(hit.Group!.Value)]);
                var plain = request with { Query = within, Collapse = null };
                var cheap = await one.Client.SearchAsync(
                    plain with { Size = 3, Sort = [new SortKey("price", false)] }, Cancel);
                Assert.Equal(["cheap", "best"], hit.InnerHits.Select(inner => inner.Name));
                Assert.Equal(cheap.Total, hit.InnerHits[0].Total);
                Assert.Equal(ResultCluster.Show(cheap.Hits), ResultCluster.Show(hit.InnerHits[0].Hits));
                Assert.Equal((hit.Path, hit.Score), (hit.InnerHits[1].Hits[0].Path, hit.InnerHits[1].Hits[0].Score));
            }
        }
    }

    [Fact]
    public async Task Groups_are_paged_behind_each_other_where_they_are_ordered_by_their_field()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 3);
        await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 300));
        var request = new SearchRequest
        {
            Collection = ResultCluster.Collection,
            Query = new MatchAllQuery(),
            WithSource = false,
            Size = 2,
            Sort = [new SortKey("price", true), new SortKey("stock", false)],
            Collapse = new Collapse("price"),
        };
        var whole = (await cluster.Client.SearchAsync(request with { Size = 100 }, Cancel)).Hits;
        var paged = new List<SearchHit>();
        while (true)
        {
            var page = (await cluster.Client.SearchAsync(request, Cancel)).Hits;
            paged.AddRange(page);
            if (page.Count < request.Size) break;
            request = request with { After = SearchAfter.Of(page[^1]) };
        }

        Assert.Equal(9, whole.Count);
        Assert.Equal(ResultCluster.Show(whole), ResultCluster.Show(paged));
    }

    [Fact]
    public async Task What_cannot_be_grouped_is_refused_with_why()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 2);
        var request = new SearchRequest { Collection = ResultCluster.Collection, Query = new MatchAllQuery() };
        await RefusedAsync(request with { Collapse = new Collapse("title") }, "'title'");
        await RefusedAsync(request with { Collapse = new Collapse("sold") }, "'sold'");
        await RefusedAsync(request with { Collapse = new Collapse("none") }, "'none'");
        var after = new SearchAfter([SortValue.Of(1.0)], null);
        await RefusedAsync(request with { Collapse = new Collapse("price"), After = after }, "'price' first");
        await RefusedAsync(Paged(new SortKey("price", false) { Missing = "1" }), "'price' first");
        await RefusedAsync(Paged(new SortKey("price", false) { Mode = ValueMode.Max }), "'price' first");
        await RefusedAsync(Paged(new SortKey("price", false) { NumericType = SortNumbers.Whole }), "'price' first");
        var many = new Collapse("price") { InnerHits = [new InnerHits("a", 1, [])] };
        await RefusedAsync(request with { Collapse = many, Size = 501 }, "501 groups");
        var text = new Collapse("price") { InnerHits = [new InnerHits("a", 1, [new SortKey("title", false)])] };
        await ResultCluster.FillAsync(cluster, [1]);
        await RefusedAsync(request with { Collapse = text }, "'title'");

        SearchRequest Paged(SortKey key) =>
            request with { Collapse = new Collapse("price"), Sort = [key], After = after };

        async Task RefusedAsync(SearchRequest wrong, string says)
        {
            var refused = await Assert.ThrowsAsync<HedgerowException>(
                () => cluster.Client.SearchAsync(wrong, Cancel).AsTask());
            Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        }
    }

    private static SearchRequest Request(Random random)
    {
        string[] keys = ["price", "stock", "colour", "made", SortKey.Score];
        QueryNode query = random.Next(2) == 0
            ? new MatchAllQuery()
            : new QueryStringQuery("title:oak title:elm title:rose", [], false);
        return new SearchRequest
        {
            Collection = ResultCluster.Collection,
            Query = query,
            WithSource = false,
            Sort =
            [
                .. Enumerable.Range(0, random.Next(3)).Select(_ => new SortKey(
                    keys[random.Next(keys.Length)], random.Next(2) == 0, random.Next(2) == 0)),
            ],
        };
    }

    /// <summary>The first hit of each value, of hits in order.</summary>
    private static async Task<List<SearchHit>> GroupsAsync(
        LocalCluster cluster, IEnumerable<SearchHit> hits, string field)
    {
        var valued = new SearchRequest
        {
            Collection = ResultCluster.Collection,
            Query = new MatchAllQuery(),
            WithSource = false,
            Size = 10_000,
            Sort = [new SortKey(field, false)],
        };
        var values = (await cluster.Client.SearchAsync(valued, Cancel)).Hits
            .ToDictionary(hit => hit.Path, hit => hit.SortValues[0]);
        return [.. hits.DistinctBy(hit => values[hit.Path])];
    }

    private static QueryNode FilterOf(SortValue value) => value.IsMissing
        ? new BooleanQuery([], [], [new ExistsQuery("colour")], [new MatchAllQuery()])
        : new TermQuery("colour", value.Text!);
}
