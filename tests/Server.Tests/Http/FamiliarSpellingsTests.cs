using System.Text.Json;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Tests.Cli;

namespace Hedgerow.Server.Tests.Http;

/// <summary>What people who know OpenSearch type without looking it up, over a node of several shards.</summary>
public sealed class FamiliarSpellingsTests : IClassFixture<ApiFixture>
{
    private const string Fields = """
        "fields":[{"name":"title","type":"text"},{"name":"body","type":"text"},{"name":"price","type":"number"}]
        """;

    private readonly ApiFixture _api;

    public FamiliarSpellingsTests(ApiFixture api)
    {
        _api = api;
    }

    [Theory]
    [InlineData("""{"match_none":{}}""", "")]
    [InlineData("""{"bool":{"should":[{"match_none":{}},{"match":{"title":"oak"}}]}}""", "2")]
    [InlineData("""{"bool":{"must_not":{"match_none":{}},"filter":{"match":{"title":"rose"}}}}""", "1")]
    [InlineData("""{"ids":{"values":["1","3","nope",""]}}""", "1 3")]
    [InlineData("""{"ids":{"values":[2]}}""", "2")]
    [InlineData("""{"ids":{"values":[]}}""", "")]
    [InlineData("""{"bool":{"must":{"ids":{"values":["1","2"]}},"must_not":{"ids":{"values":["2"]}}}}""", "1")]
    [InlineData("""{"query_string":{"query":"oak","default_field":"title"}}""", "2")]
    [InlineData("""{"query_string":{"query":"oak","default_field":"*"}}""", "2 3")]
    [InlineData(
        """{"function_score":{"query":{"match":{"title":"oak"}},"random_score":{"seed":7,"field":"_seq_no"}}}""", "2")]
    public async Task A_query_finds(string query, string found)
    {
        foreach (var (collection, prefix) in await CollectionsAsync())
        {
            var answer = await _api.JsonAsync(
                HttpMethod.Post, $"/v1/collections/{collection}/search", $$"""{"query":{{query}},"sort":"_path"}""");
            var hits = answer.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("path").GetString()!);
            Assert.Equal(found, string.Join(' ', hits.Select(path => path[prefix.Length..])));
        }
    }

    [Theory]
    [InlineData(
        """{"query":{"query_string":{"query":"oak","default_field":"title","fields":["body"]}}}""",
        "query.query_string has 'fields' and 'default_field'; one is allowed.")]
    [InlineData(
        """{"query":{"fuzzy":{"title":{"value":"oka","fuzziness":3}}}}""",
        "query.fuzzy.title.fuzziness is 3; allowed are 0, 1, 2 and AUTO.")]
    [InlineData("""{"query":{"ids":{"value":["1"]}}}""", "query.ids has 'value'; known there are values, boost.")]
    [InlineData(
        """{"query":{"function_score":{"random_score":{"field":"price"}}}}""",
        "random_score.field is 'price'; allowed are _path, _id, _seq_no")]
    [InlineData(
        """{"sort":["price"],"search_after":["x"]}""",
        "search_after has 'x' for the sort key 'price', which orders by values of another kind")]
    [InlineData(
        """{"sort":["title"],"search_after":[1.5]}""", "title")]
    public async Task What_is_wrong_is_said(string body, string told)
    {
        var (collection, _) = (await CollectionsAsync())[0];
        var message = await _api.ErrorAsync(
            400, "bad_query", HttpMethod.Post, $"/v1/collections/{collection}/search", body);
        Assert.Contains(told, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_orders_by_fields()
    {
        var (collection, _) = (await CollectionsAsync())[0];
        Assert.Equal("3 2 1", await OrderAsync(collection, "price:desc"));
        Assert.Equal("1 2 3", await OrderAsync(collection, "price,_path"));
        using var terminal = new TestTerminal();
        string[] wrong = ["search", collection, "oak", "--sort", "price:up", "--server", _api.Node.Native];
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(wrong));
        Assert.Contains("price:up", terminal.Error, StringComparison.Ordinal);
    }

    private async Task<string> OrderAsync(string collection, string sort)
    {
        using var terminal = new TestTerminal();
        var code = await terminal.RunAsync(
            "search", collection, "oak rose", "--sort", sort, "--json", "--server", _api.Node.Native);
        Assert.True(code == ExitCodes.Ok, terminal.Error);
        using var json = JsonDocument.Parse(terminal.Output);
        return string.Join(' ', json.RootElement.GetProperty("hits").EnumerateArray()
            .Select(hit => hit.GetProperty("path").GetString()!.Split('/')[^1]));
    }

    private async Task<(string Name, string Prefix)[]> CollectionsAsync()
    {
        (string Name, string Prefix)[] all = [("plants", "/plants/"), ("herbs", "herb:")];
        foreach (var (name, prefix) in all)
        {
            await _api.JsonAsync(
                HttpMethod.Put, $"/v1/collections/{name}", $$"""{"pathPrefix":"{{prefix}}",{{Fields}}}""");
            await _api.JsonAsync(
                HttpMethod.Post, $"/v1/collections/{name}/bulk?refresh=true",
                """
                {"id":"1","title":"a rose","body":"thorn","price":1}
                {"id":"2","title":"an oak","body":"acorn","price":2}
                {"id":"3","title":"an elm","body":"not an oak","price":3}
                """);
        }

        return all;
    }
}
