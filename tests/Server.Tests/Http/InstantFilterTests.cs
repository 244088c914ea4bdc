namespace Hedgerow.Server.Tests.Http;

/// <summary>Filters of what is asked with every letter.</summary>
public sealed class InstantFilterTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Schema = """
        {"fields": [{"name": "title", "type": "text"}, {"name": "day", "type": "date"},
                    {"name": "suggest", "type": "completion"},
                    {"name": "at", "type": "dense_vector", "dims": 2, "similarity": "l2_norm"}]}
        """;

    [Fact]
    public async Task Now_in_a_filter_is_now()
    {
        await FillAsync();
        Assert.Equal(["/typed/new"], await FoundAsync("""{"range": {"day": {"gte": "now-1y"}}}"""));
        Assert.Equal(["/typed/old"], await FoundAsync("""{"range": {"day": {"lt": "now-1y/y"}}}"""));
        Assert.Equal(["House new"], await CompletedAsync("""{"range": {"day": {"gte": "now-1y"}}}"""));
    }

    [Theory]
    [InlineData("""{"match": {"title": {"query": "huose", "fuzziness": 1}}}""")]
    [InlineData("""{"bool": {"must_not": {"match_phrase_prefix": {"title": "house o"}}}}""")]
    [InlineData("""{"more_like_this": {"fields": ["title"], "like": ["house"], "min_term_freq": 1}}""")]
    [InlineData("""{"function_score": {"query": {"match": {"title": "house"}}, "min_score": 0.1}}""")]
    [InlineData("""{"knn": {"at": {"vector": [1, 0], "k": 1}}}""")]
    public async Task What_depends_on_the_whole_collection_is_refused_in_a_filter(string filter)
    {
        await FillAsync();
        foreach (var (target, body) in new[] { ("instant", Typed(filter)), ("suggest", Completed(filter)) })
        {
            var path = $"/v1/collections/typed/{target}";
            var error = await api.ErrorAsync(400, "bad_query", HttpMethod.Post, path, body);
            Assert.Contains("depend on the whole collection", error, StringComparison.Ordinal);
        }
    }

    private static string Typed(string filter) => $$"""{"q": "hou", "fields": ["title"], "filter": {{filter}}}""";

    private static string Completed(string filter) =>
        "{\"c\": {\"prefix\": \"hou\", \"completion\": {\"field\": \"suggest\", \"filter\": " + filter + "}}}";

    private async Task FillAsync()
    {
        await api.JsonAsync(HttpMethod.Put, "/v1/collections/typed", Schema);
        var today = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        string[] lines =
        [
            """{"id":"old","title":"House old","day":"2001-01-01","suggest":"House old","at":[1,0]}""",
            $$"""{"id":"new","title":"House new","day":"{{today}}","suggest":"House new","at":[0,1]}""",
        ];
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/typed/bulk", string.Join('\n', lines));
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/typed/refresh");
    }

    private async Task<string[]> FoundAsync(string filter)
    {
        var answer = await api.JsonAsync(HttpMethod.Post, "/v1/collections/typed/instant", Typed(filter));
        return [.. answer.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("path").GetString()!)];
    }

    private async Task<string[]> CompletedAsync(string filter)
    {
        var answer = await api.JsonAsync(HttpMethod.Post, "/v1/collections/typed/suggest", Completed(filter));
        return
        [
            .. answer.GetProperty("suggest").GetProperty("c")[0].GetProperty("options").EnumerateArray()
                .Select(option => option.GetProperty("text").GetString()!),
        ];
    }
}
