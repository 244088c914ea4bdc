using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.Tests.Results;

/// <summary>What goes with ranks of several queries that are joined.</summary>
public sealed class JoinedRanksTests
{
    private static readonly SearchRequest Request = new()
    {
        Collection = ResultCluster.Collection,
        Query = new TermQuery("title", "oak"),
        Rank = new RankFusion([new PrefixQuery("title", "ha")]),
        WithSource = false,
        WithVersion = false,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fragments_show_what_each_of_the_queries_finds()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 3);
        await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 200));
        var marked = Request with { Highlighting = [new HighlightField("title") { Fragments = 0 }] };
        var reply = await cluster.Client.SearchAsync(marked, Cancel);
        Assert.Equal(10, reply.Hits.Count);
        Assert.All(reply.Hits, hit => Assert.Contains(
            "<em>", Assert.Single(Assert.Single(hit.Highlights).Fragments), StringComparison.Ordinal));
        var other = Request with { Highlighting = [new HighlightField("title") { Query = new MatchAllQuery() }] };
        Assert.All((await cluster.Client.SearchAsync(other, Cancel)).Hits, hit => Assert.Empty(hit.Highlights));
    }

    [Fact]
    public async Task Groups_are_refused()
    {
        await using var cluster = await ResultCluster.StartAsync(shards: 2);
        var grouped = Request with { Collapse = new Collapse("colour") };
        var refused = await Assert.ThrowsAsync<HedgerowException>(
            () => cluster.Client.SearchAsync(grouped, Cancel).AsTask());
        Assert.Contains("collapse is for one order of hits", refused.Message, StringComparison.Ordinal);
    }
}
