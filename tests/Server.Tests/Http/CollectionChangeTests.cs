using System.Net;
using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Aliases, reindexing and dropping, over a node of four shards with two replicas each.</summary>
public sealed class CollectionChangeTests : IClassFixture<ApiFixture>
{
    private const string Stemmed = """{"fields":[{"name":"title","type":"text","analyzer":"english"}]}""";
    private const string Plain = """
        {"fields":[{"name":"title","type":"text"},{"name":"kind","type":"keyword"}]}
        """;

    private readonly ApiFixture _api;

    public CollectionChangeTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task Every_search_by_an_alias_sees_one_collection_whole_while_it_is_moved_to_and_fro()
    {
        await FillAsync("left", 30);
        await FillAsync("right", 50);
        await AliasAsync("side", "left");
        var moving = MoveAsync();
        var totals = new HashSet<long>();
        do totals.Add(await TotalAsync("side", "otter"));
        while (!moving.IsCompleted);
        await moving;
        Assert.Subset(new HashSet<long> { 30, 50 }, totals);
        Assert.Equal(30, await TotalAsync("side", "otter"));
        var aliases = await _api.JsonAsync(HttpMethod.Get, "/v1/aliases");
        Assert.Contains(aliases.GetProperty("aliases").EnumerateArray(), alias =>
            alias.GetProperty("alias").GetString() == "side" && alias.GetProperty("collection").GetString() == "left");
        await EmptyAsync(HttpMethod.Delete, "/v1/aliases/side");
        await _api.ErrorAsync(404, "no_such_collection", HttpMethod.Get, "/v1/collections/side/search?q=otter");

        async Task MoveAsync()
        {
            for (var move = 0; move < 60; move++) await AliasAsync("side", move % 2 == 0 ? "right" : "left");
        }
    }

    [Fact]
    public async Task A_reindex_changes_the_schema_of_a_collection_that_is_searched_and_written_meanwhile()
    {
        await FillAsync("river", 400);
        Assert.Equal(400, await TotalAsync("river", "otter"));
        var begun = await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/river/reindex", Plain, HttpStatusCode.Accepted);
        Assert.True(begun.GetProperty("documents").GetInt64() <= 400);
        await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/river/bulk?refresh=true", """{"id":"new","title":"otters","kind":"x"}""");
        Assert.Equal(401, await TotalAsync("river", "otter"));
        JsonElement status;
        do status = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/river/reindex");
        while (!status.GetProperty("ready").GetBoolean());
        var during = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/river");
        Assert.True(during.GetProperty("reindex").GetProperty("ready").GetBoolean());

        var finishing = EmptyAsync(HttpMethod.Post, "/v1/collections/river/reindex/finish");
        var totals = new HashSet<long>();
        do totals.Add(await TotalAsync("river", "otter"));
        while (!finishing.IsCompleted);
        await finishing;
        Assert.Subset(new HashSet<long> { 401, 0 }, totals);
        Assert.Equal(0, await TotalAsync("river", "otter"));
        Assert.Equal(401, await TotalAsync("river", "otters"));
        Assert.Equal(1, await TotalAsync("river", "kind:x"));
        var after = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/river");
        Assert.Equal(401, after.GetProperty("documents").GetInt64());
        Assert.Equal(2, after.GetProperty("fields").GetArrayLength());
    }

    [Fact]
    public async Task What_can_not_be_changed_so_is_refused_with_the_reason()
    {
        await FillAsync("pond", 3);
        const string Reindex = "/v1/collections/pond/reindex";
        Assert.Contains("under way", await _api.ErrorAsync(404, "not_found", HttpMethod.Get, Reindex));
        Assert.Contains("begin one", await _api.ErrorAsync(404, "not_found", HttpMethod.Post, $"{Reindex}/finish"));
        Assert.Contains(
            "klingon",
            await _api.ErrorAsync(400, "bad_request", HttpMethod.Post, Reindex,
                """{"fields":[{"name":"title","type":"text","analyzer":"klingon"}]}"""));
        await _api.ErrorAsync(404, "no_such_collection", HttpMethod.Post, "/v1/collections/none/reindex", Plain);
        await _api.ErrorAsync(404, "no_such_collection", HttpMethod.Delete, "/v1/collections/none");
        Assert.Contains(
            "is a collection",
            await _api.ErrorAsync(
                409, "schema_conflict", HttpMethod.Put, "/v1/aliases/pond", """{"collection":"pond"}"""));
        await _api.ErrorAsync(
            404, "no_such_collection", HttpMethod.Put, "/v1/aliases/other", """{"collection":"none"}""");
        await EmptyAsync(HttpMethod.Delete, "/v1/collections/pond");
        await _api.ErrorAsync(404, "no_such_collection", HttpMethod.Get, "/v1/collections/pond");
    }

    [Fact]
    public async Task Documents_of_a_bulk_by_an_alias_are_the_collections()
    {
        await FillAsync("lake", 2);
        await AliasAsync("water", "lake");
        await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/water/bulk?refresh=true", """{"id":"more","title":"an otter"}""");
        Assert.Equal(3, await TotalAsync("water", "otter"));
        using var got = await _api.SendAsync(HttpMethod.Get, "/v1/entries/lake/more");
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
    }

    private async Task FillAsync(string collection, int documents)
    {
        await _api.JsonAsync(HttpMethod.Put, $"/v1/collections/{collection}", Stemmed);
        var lines = Enumerable.Range(0, documents).Select(i => $$"""{"id":"{{i}}","title":"otters of {{i}}"}""");
        var stored = await _api.JsonAsync(
            HttpMethod.Post, $"/v1/collections/{collection}/bulk", string.Join('\n', lines));
        Assert.Equal(documents, stored.GetProperty("accepted").GetInt64());
        await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{collection}/refresh");
    }

    private Task AliasAsync(string alias, string collection) => _api.JsonAsync(
        HttpMethod.Put, $"/v1/aliases/{alias}", $$"""{"collection":"{{collection}}"}""");

    private async Task<long> TotalAsync(string collection, string query)
    {
        var answer = await _api.JsonAsync(HttpMethod.Get, $"/v1/collections/{collection}/search?q={query}&size=3");
        Assert.True(answer.GetProperty("coverage").GetProperty("whole").GetBoolean());
        return answer.GetProperty("total").GetInt64();
    }

    private async Task EmptyAsync(HttpMethod method, string target)
    {
        using var response = await _api.SendAsync(method, target);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, $"{(int)response.StatusCode} {text}");
    }
}
