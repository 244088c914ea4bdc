using System.Net;
using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Terms whose values another document has.</summary>
public sealed class TermsLookupTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Schema =
        """{"fields":[{"name":"author","type":"keyword"},{"name":"year","type":"integer"}]}""";

    private const string Users = """
        {"id":"2","follows":[{"name":"ann"},{"name":["bob",null]}],"years":[1999,2001],"none":[],"dotted.name":"cid"}
        {"id":"3","list":"ann"}
        """;

    private const string Texts = """
        {"id":"1","author":"ann","year":1999}
        {"id":"2","author":"bob","year":2000}
        {"id":"3","author":"cid","year":2001}
        {"id":"4","author":"dan","year":2002}
        """;

    [Theory]
    [InlineData("author", "2", "follows.name", "1 2")]
    [InlineData("year", "2", "years", "1 3")]
    [InlineData("author", "2", "none", "")]
    [InlineData("author", "2", "dotted.name", "3")]
    [InlineData("author", "3", "list", "1")]
    public async Task Documents_with_a_value_of_a_member_are_found(string field, string id, string path, string found)
    {
        await FillAsync();
        var lookup = Lookup(field, id, path);
        Assert.Equal(found, await FoundAsync(lookup));
        Assert.Equal(found, await FoundAsync($$$$$$"""{"bool": {"filter": [{{{{{{lookup}}}}}}]}}"""));
    }

    [Theory]
    [InlineData("9", "list", "'/users/9', which does not exist")]
    [InlineData("3", "lists", "'/users/3', which has no member 'lists'")]
    [InlineData("2", "follows", "'/users/2', which has no member 'follows' of texts")]
    public async Task What_is_missing_is_told(string id, string path, string told)
    {
        await FillAsync();
        var body = "{\"query\": " + Lookup("author", id, path) + "}";
        Assert.Contains(
            told, await api.ErrorAsync(400, "bad_query", HttpMethod.Post, "/v1/collections/texts/search", body),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Documents_to_look_up_in_have_their_limit_and_aggregations_have_none()
    {
        await FillAsync();
        var many = Enumerable.Range(0, 17).Select(
            i => Lookup("author", $"{i}", "list"));
        var body = $$$$$$"""{"query": {"bool": {"should": [{{{{{{string.Join(',', many)}}}}}}]}}}""";
        Assert.Contains(
            "17 documents; at most 16 are allowed",
            await api.ErrorAsync(400, "bad_query", HttpMethod.Post, "/v1/collections/texts/search", body),
            StringComparison.Ordinal);
        const string within = """
            {"size": 0, "aggs": {"a": {"filter": {"terms": {"author": {"index": "users", "id": "3", "path": "list"}}}}}}
            """;
        Assert.Contains(
            "which a router does for the query of a search",
            await api.ErrorAsync(400, "bad_query", HttpMethod.Post, "/v1/collections/texts/search", within),
            StringComparison.Ordinal);
    }

    private static string Lookup(string field, string id, string path) => JsonSerializer.Serialize(
        new { terms = new Dictionary<string, object> { [field] = new { index = "users", id, path } } });

    private async Task FillAsync()
    {
        const string users = """{"fields":[{"name":"list","type":"keyword"}]}""";
        await api.JsonAsync(HttpMethod.Put, "/v1/collections/users", users);
        await api.JsonAsync(HttpMethod.Put, "/v1/collections/texts", Schema);
        foreach (var (name, lines) in new[] { ("users", Users), ("texts", Texts) })
        {
            var stored = await api.JsonAsync(HttpMethod.Post, $"/v1/collections/{name}/bulk", lines);
            Assert.Equal(0, stored.GetProperty("failed").GetInt64());
            await api.JsonAsync(HttpMethod.Post, $"/v1/collections/{name}/refresh", expected: HttpStatusCode.OK);
        }
    }

    private async Task<string> FoundAsync(string query)
    {
        var answer = await api.JsonAsync(
            HttpMethod.Post, "/v1/collections/texts/search", $$$$$$"""{"query": {{{{{{query}}}}}}, "sort": "_path"}""");
        return string.Join(' ', answer.GetProperty("hits").EnumerateArray().Select(
            hit => hit.GetProperty("path").GetString()!["/texts/".Length..]));
    }
}
