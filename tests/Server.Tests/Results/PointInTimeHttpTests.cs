using System.Text.Json;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Tests.Cli;
using Hedgerow.Server.Tests.Http;

namespace Hedgerow.Server.Tests.Results;

/// <summary>search_after and points in time over HTTP, as OpenSearch's clients send them, and from the CLI.</summary>
public sealed class PointInTimeHttpTests : IClassFixture<ApiFixture>
{
    private readonly ApiFixture _api;

    public PointInTimeHttpTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task Pages_follow_each_other_by_the_sort_of_the_last_hit()
    {
        await FillAsync("paged");
        var opened = await _api.JsonAsync(HttpMethod.Post, "/v1/collections/paged/pit?keep_alive=2m");
        Assert.Equal("2m", opened.GetProperty("keepAlive").GetString());
        var id = opened.GetProperty("id").GetString();
        await PutAsync("paged", 3, price: 9);
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/paged/refresh");
        var paths = new List<string>();
        for (string? after = null; ;)
        {
            var hits = await HitsAsync("paged", $$"""
                {"pit":{"id":"{{id}}","keep_alive":"1m"},"sort":[{"price":"desc"}],"size":3
                 {{(after is null ? "" : ",\"search_after\":" + after)}} }
                """);
            paths.AddRange(hits.Select(hit => hit.GetProperty("path").GetString()!));
            if (hits.Length < 3) break;
            after = hits[^1].GetProperty("sort").GetRawText();
        }

        Assert.Equal(["1", "3", "5", "7", "0", "2", "4", "6"], paths.Select(path => path[^1..]));
        var closed = await _api.JsonAsync(
            HttpMethod.Delete, "/v1/collections/paged/pit", $$"""{"id":"{{id}}"}""");
        Assert.Equal(4, closed.GetProperty("closed").GetInt32());
        var gone = await _api.ErrorAsync(
            404, "point_in_time_gone", HttpMethod.Post, "/v1/collections/paged/search",
            $$$"""{"pit":{"id":"{{{id}}}"}}""");
        Assert.Contains("Open another", gone, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_point_in_time_the_path_may_follow_the_values_or_not()
    {
        await FillAsync("plain");
        var first = await HitsAsync("plain", """{"sort":["price"],"size":2}""");
        Assert.Equal(1, first[^1].GetProperty("sort").GetArrayLength());
        var behindAll = await HitsAsync("plain", """{"sort":["price"],"size":2,"search_after":[0]}""");
        Assert.Equal("/plain/1", behindAll[0].GetProperty("path").GetString());
        var behindOne = await HitsAsync("plain", """{"sort":["price"],"searchAfter":[0,"/plain/2"],"size":1}""");
        Assert.Equal("/plain/4", behindOne[0].GetProperty("path").GetString());
        Assert.Equal("[0,\"/plain/4\"]", behindOne[0].GetProperty("sort").GetRawText());
        var scored = await HitsAsync("plain", """{"search_after":[1,"/plain/5"]}""");
        Assert.Equal(["/plain/6", "/plain/7"], scored.Select(hit => hit.GetProperty("path").GetString()));
    }

    [Theory]
    [InlineData("""{"search_after":5}""", "search_after is 5")]
    [InlineData("""{"search_after":[1,2]}""", "search_after is [1,2]")]
    [InlineData("""{"search_after":[{}]}""", "search_after is")]
    [InlineData("""{"search_after":[1],"from":2}""", "from is 2")]
    [InlineData("""{"pit":{"id":"x"}}""", "cut off")]
    [InlineData("""{"pit":{}}""", "id")]
    [InlineData("""{"pit":{"id":"x","keep_alive":"soon"}}""", "keepAlive is 'soon'")]
    public async Task What_makes_no_page_is_refused_with_why(string body, string says)
    {
        await FillAsync("wrong");
        Assert.Contains(says, await _api.ErrorAsync(
            400, "bad_request", HttpMethod.Post, "/v1/collections/wrong/search", body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_streams_every_hit()
    {
        await FillAsync("streamed");
        using var terminal = new TestTerminal("""{"query":{"match":{"title":"hedge"}},"sort":"price"}""");
        Assert.Equal(ExitCodes.Ok, await terminal.RunAsync(
            "search", "streamed", "--body", "-", "--all", "--json", "--server", _api.Node.Native));
        var lines = terminal.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, lines.Length);
        Assert.Equal("/streamed/0", JsonDocument.Parse(lines[0]).RootElement.GetProperty("path").GetString());
        using var plain = new TestTerminal();
        Assert.Equal(ExitCodes.Ok, await plain.RunAsync(
            "search", "streamed", "hedge", "--all", "--server", _api.Node.Native));
        Assert.Equal(
            Enumerable.Range(0, 8).Select(i => $"/streamed/{i}"),
            plain.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private async Task<JsonElement[]> HitsAsync(string collection, string body)
    {
        var found = await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{collection}/search", body);
        return [.. found.GetProperty("hits").EnumerateArray()];
    }

    /// <summary>Eight documents whose prices are 0 and 1 in turns.</summary>
    private async Task FillAsync(string collection)
    {
        await _api.JsonAsync(HttpMethod.Put, $"/v1/collections/{collection}", """
            {"fields":[{"name":"title","type":"text"},{"name":"price","type":"integer"}]}
            """);
        for (var i = 0; i < 8; i++) await PutAsync(collection, i, i % 2);
        await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{collection}/refresh");
    }

    private Task<JsonElement> PutAsync(string collection, int number, int price) => _api.JsonAsync(
        HttpMethod.Put, $"/v1/entries/{collection}/{number}", $$"""{"title":"hedge","price":{{price}}}""");
}
