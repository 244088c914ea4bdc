using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Http;

namespace Hedgerow.Server.Tests.Results;

/// <summary>Highlighting and values over HTTP: what is refused, and the same on any number of shards.</summary>
public sealed class HighlightHttpTests : IClassFixture<ApiFixture>
{
    private readonly ApiFixture _api;

    public HighlightHttpTests(ApiFixture api)
    {
        _api = api;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"highlight":5}""", "highlight is 5")]
    [InlineData("""{"highlight":[5]}""", "highlight is [5]")]
    [InlineData("""{"highlight":{}}""", "no 'fields'")]
    [InlineData("""{"highlight":{"fields":{}}}""", "0 names")]
    [InlineData("""{"highlight":{"fields":[5]}}""", "takes objects")]
    [InlineData("""{"highlight":{"fields":{"title":{"fragment_size":-1}}}}""", "fragment_size is -1")]
    [InlineData("""{"highlight":{"number_of_fragments":101,"fields":{"title":{}}}}""", "number_of_fragments is 101")]
    [InlineData("""{"highlight":{"max_analyzed_offset":2000000,"fields":{"title":{}}}}""", "is 2000000")]
    [InlineData("""{"docvalue_fields":"price"}""", "docvalue_fields is")]
    [InlineData("""{"docvalue_fields":[{"field":5}]}""", "docvalue_fields is")]
    [InlineData("""{"stored_fields":"title"}""", "stored_fields is 'title'")]
    public Task What_is_no_request_is_refused_with_why(string body, string says) =>
        RefusedAsync("bad_request", body, says);

    [Theory]
    [InlineData("""{"highlight":{"fields":{"price":{}}}}""", "text fields are")]
    [InlineData("""{"highlight":{"fields":{"title":{"color":1}}}}""", "'color'; known there are")]
    [InlineData("""{"highlight":{"order":"best","fields":{"title":{}}}}""", "order is 'best'")]
    [InlineData("""{"highlight":{"highlight_query":{"mach":{}},"fields":{"title":{}}}}""", "mach")]
    [InlineData("""{"highlight":{"highlight_query":{"query_string":{"query":"price:x"}},"fields":{"title":{}}}}""", "")]
    [InlineData("""{"docvalue_fields":["title"]}""", "has no values by column")]
    public Task What_does_not_fit_the_schema_is_refused_with_why(string body, string says) =>
        RefusedAsync("bad_query", body, says);

    [Fact]
    public async Task Fields_of_lists_and_objects_are_marked_value_by_value()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/nested", """
            {"fields":[{"name":"notes.text","type":"text"},{"name":"notes.stars","type":"integer"}]}
            """);
        await _api.JsonAsync(HttpMethod.Put, "/v1/entries/nested/1", """
            {"notes":[{"text":"big dog","stars":3},{"text":["small","dog big"],"stars":[1,2]},{"text":"big dog"}]}
            """);
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/nested/refresh");
        var found = await _api.JsonAsync(HttpMethod.Post, "/v1/collections/nested/search", """
            {"query":{"match_phrase":{"notes.text":"big dog"}},"fields":["notes.*"],"_source":false,"version":false,
             "highlight":{"fields":{"notes.*":{}}}}
            """);
        var hit = Assert.Single(found.GetProperty("hits").EnumerateArray());
        Assert.Equal(
            """["<em>big</em> <em>dog</em>","<em>big</em> <em>dog</em>"]""",
            hit.GetProperty("highlight").GetProperty("notes.text").GetRawText());
        Assert.Equal("""{"notes.stars":[3,1,2]}""", hit.GetProperty("fields").GetRawText());
        Assert.False(hit.TryGetProperty("source", out _));
        Assert.False(hit.TryGetProperty("version", out _));
    }

    [Fact]
    public async Task Fragments_values_and_unscored_orders_are_the_same_on_one_and_on_seven_shards()
    {
        await using var one = await ResultCluster.StartAsync(shards: 1);
        await using var seven = await ResultCluster.StartAsync(shards: 7);
        foreach (var cluster in new[] { one, seven }) await ResultCluster.FillAsync(cluster, Enumerable.Range(0, 500));
        var request = new SearchRequest
        {
            Collection = ResultCluster.Collection,
            Query = new QueryStringQuery("title:\"oak hedge\"~2 OR title:ro* OR title:elmm~1", [], false),
            Size = 200,
            WithSource = false,
            WithVersion = false,
            Highlighting = [new HighlightField("t*") { Fragments = 2, FragmentSize = 12 }],
            ValueFields = ["*"],
        };
        var unscored = request with { Sort = [new SortKey("price", true)], TrackScores = false };
        foreach (var wanted in new[] { request, unscored })
        {
            var expected = (await one.Client.SearchAsync(wanted, Cancel)).Hits;
            Assert.Equal(200, expected.Count);
            Assert.Equal(Shown(expected), Shown((await seven.Client.SearchAsync(wanted, Cancel)).Hits));
            Assert.All(expected, hit => Assert.Equal(wanted.TellsScores, hit.Score > 0));
            Assert.All(expected, hit => Assert.Equal(0ul, hit.Version));
        }
    }

    private static IEnumerable<string> Shown(IEnumerable<SearchHit> hits) => hits.Select(hit => string.Join(
        ' ', ResultCluster.Show([hit]), JsonDocument.Parse(hit.Fields).RootElement.GetRawText(),
        string.Join('|', hit.Highlights.SelectMany(highlight => highlight.Fragments))));

    private async Task RefusedAsync(string code, string body, string says)
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/refused", """
            {"fields":[{"name":"title","type":"text"},{"name":"price","type":"number"}]}
            """);
        Assert.Contains(
            says, await _api.ErrorAsync(400, code, HttpMethod.Post, "/v1/collections/refused/search", body),
            StringComparison.Ordinal);
    }
}
