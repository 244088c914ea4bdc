using System.Net;

namespace Hedgerow.Server.Tests.Http;

public sealed class SearchEndpointsTests : IClassFixture<ApiFixture>
{
    private const string Schema = """
        {"fields":[{"name":"title","type":"text","analyzer":"english"},{"name":"price","type":"number"},
                   {"name":"colour","type":"keyword"}]}
        """;

    private readonly ApiFixture _api;

    public SearchEndpointsTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task A_collection_is_declared_read_and_listed()
    {
        var declared = await _api.JsonAsync(HttpMethod.Put, "/v1/collections/declared", Schema);
        var read = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/declared");
        Assert.Equal("/declared/", read.GetProperty("pathPrefix").GetString());
        Assert.Equal("english", read.GetProperty("fields")[0].GetProperty("analyzer").GetString());
        Assert.Equal(declared.GetProperty("fields").GetRawText(), read.GetProperty("fields").GetRawText());
        var all = await _api.JsonAsync(HttpMethod.Get, "/v1/collections");
        Assert.Contains(
            "declared", all.GetProperty("collections").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Documents_that_were_sent_in_bulk_are_found()
    {
        await FillAsync("shoes");
        var found = await _api.JsonAsync(
            HttpMethod.Get, "/v1/collections/shoes/search?q=running+shoe&operator=and&highlight=title&size=5");
        Assert.Equal(1, found.GetProperty("total").GetInt64());
        var hit = found.GetProperty("hits")[0];
        Assert.Equal("/shoes/1", hit.GetProperty("path").GetString());
        Assert.Equal("Running shoes", hit.GetProperty("source").GetProperty("title").GetString());
        var snippet = hit.GetProperty("highlights")[0].GetProperty("snippet").GetString();
        Assert.Contains("<em>shoes</em>", snippet, StringComparison.Ordinal);
        Assert.True(found.GetProperty("took").GetDouble() > 0);
        var coverage = found.GetProperty("coverage");
        Assert.True(coverage.GetProperty("whole").GetBoolean());
        Assert.Equal(4, coverage.GetProperty("shardsAnswered").GetInt32());
    }

    [Fact]
    public async Task A_query_tree_filters_and_pages()
    {
        await FillAsync("tree");
        var found = await _api.JsonAsync(HttpMethod.Post, "/v1/collections/tree/search", """
            {"query":{"bool":{"must":{"match":{"title":"shoes"}},"filter":{"range":{"price":{"lt":60}}}}},
             "size":1,"from":1,"source":["colour"]}
            """);
        Assert.Equal(2, found.GetProperty("total").GetInt64());
        var hit = Assert.Single(found.GetProperty("hits").EnumerateArray());
        Assert.Equal(["colour"], hit.GetProperty("source").EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task Who_asks_is_told_how_scores_come_about_and_where_the_time_went()
    {
        await FillAsync("told");
        var found = await _api.JsonAsync(
            HttpMethod.Get, "/v1/collections/told/search?q=shoes&explain=true&profile=true&size=1", (string?)null);
        var hit = Assert.Single(found.GetProperty("hits").EnumerateArray());
        var explanation = hit.GetProperty("explanation");
        Assert.Equal(hit.GetProperty("score").GetSingle(), explanation.GetProperty("value").GetSingle(), 1e-5);
        Assert.NotEmpty(explanation.GetProperty("details").EnumerateArray());
        var profile = found.GetProperty("profile");
        Assert.NotEmpty(profile.GetProperty("phases").EnumerateArray());
        Assert.All(profile.GetProperty("shards").EnumerateArray(), shard => Assert.Equal(
            "queued", shard.GetProperty("phases")[0].GetProperty("name").GetString()));
        var plain = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/told/search?q=shoes&size=1", (string?)null);
        Assert.False(plain.TryGetProperty("profile", out _));
    }

    [Fact]
    public async Task Hits_of_all_shards_are_ordered_by_keys_and_say_by_which_values()
    {
        await FillAsync("sorted");
        var found = await _api.JsonAsync(
            HttpMethod.Get, "/v1/collections/sorted/search?sort=colour,price:desc&source=false");
        Assert.Equal(
            ["2 [\"blue\",55]", "3 [\"gold\",500]", "1 [\"red\",50]", "4 [\"red\",5]"],
            found.GetProperty("hits").EnumerateArray().Select(
                hit => $"{hit.GetProperty("path").GetString()![8..]} {hit.GetProperty("sort").GetRawText()}"));
        var message = await _api.ErrorAsync(
            400, "bad_query", HttpMethod.Get, "/v1/collections/sorted/search?sort=title");
        Assert.Contains("cannot be ordered by 'title'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_is_an_entry_too()
    {
        await FillAsync("both");
        using var got = await _api.SendAsync(
            HttpMethod.Get, "/v1/entries/both/1", (string?)null, "Accept: application/json");
        Assert.Equal("application/json", got.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Running", await got.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var put = await _api.SendAsync(HttpMethod.Put, "/v1/entries/both/9", """{"title":"A ninth shoe"}""");
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/both/refresh");
        var found = await _api.JsonAsync(HttpMethod.Get, "/v1/collections/both/search?q=ninth");
        Assert.Equal(1, found.GetProperty("total").GetInt64());
        await _api.ErrorAsync(422, "bad_document", HttpMethod.Put, "/v1/entries/both/bad", "no json");
    }

    [Fact]
    public async Task Documents_are_written_over_the_version_named_only_and_read_from_one_on()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/versions", Schema);
        const string Path = "/v1/entries/versions/1";
        using var first = await _api.SendAsync(HttpMethod.Put, Path, """{"title":"one"}""", "If-None-Match: *");
        var tag = first.Headers.ETag!.Tag;
        await _api.ErrorAsync(412, "exists", HttpMethod.Put, Path, """{"title":"two"}""", "If-None-Match: *");
        using var second = await _api.SendAsync(HttpMethod.Put, Path, """{"title":"two"}""", "If-Match: " + tag);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        await _api.ErrorAsync(
            412, "version_mismatch", HttpMethod.Put, Path, """{"title":"three"}""", "If-Match: " + tag);
        await _api.ErrorAsync(412, "version_mismatch", HttpMethod.Delete, Path, null, "If-Match: " + tag);
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/versions/refresh");
        Assert.Equal((0, 1), (await TotalAsync("versions", "one"), await TotalAsync("versions", "two")));

        var version = ulong.Parse(second.Headers.ETag!.Tag.Trim('"'));
        using var got = await _api.SendAsync(HttpMethod.Get, $"{Path}?minVersion={version}");
        Assert.Equal(HttpStatusCode.OK, got.StatusCode);
        var none = await _api.ErrorAsync(503, "unavailable", HttpMethod.Get, $"{Path}?minVersion={version + 1}");
        Assert.Contains($"has version {version + 1} yet", none, StringComparison.Ordinal);
        await _api.ErrorAsync(400, "bad_request", HttpMethod.Get, Path + "?minVersion=new");
        using var deleted = await _api.SendAsync(
            HttpMethod.Delete, Path, (string?)null, "If-Match: " + second.Headers.ETag!.Tag);
        var gone = ulong.Parse(deleted.Headers.ETag!.Tag.Trim('"'));
        await _api.ErrorAsync(404, "not_found", HttpMethod.Get, $"{Path}?minVersion={gone}");
    }

    [Fact]
    public async Task A_bulk_reports_wrong_lines_by_number_and_keeps_the_others()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/lines", Schema);
        var lines = """
            {"id":"1","title":"fine"}

            {broken
            {"id":"2","price":"not a number"}
            {"path":"/elsewhere/1","document":{"title":"x"}}
            {"path":"/lines/3","document":{"title":"fine too"}}
            """;
        var answer = await _api.JsonAsync(HttpMethod.Post, "/v1/collections/lines/bulk", lines);
        Assert.Equal(2, answer.GetProperty("accepted").GetInt64());
        Assert.Equal(3, answer.GetProperty("failed").GetInt64());
        var failures = answer.GetProperty("failures").EnumerateArray().ToArray();
        Assert.Equal([3, 4, 5], failures.Select(failure => failure.GetProperty("line").GetInt64()));
        Assert.All(failures, failure => Assert.NotEmpty(failure.GetProperty("message").GetString()!));
    }

    [Theory]
    [InlineData("/v1/collections/none/search?q=x", 404, "no_such_collection")]
    [InlineData("/v1/collections/none", 404, "no_such_collection")]
    [InlineData("/v1/collections/none/search?q=x&sise=3", 400, "bad_request")]
    [InlineData("/v1/collections/none/search?q=x&size=ten", 400, "bad_request")]
    [InlineData("/v1/collections/none/search?q=x&size=10001", 400, "bad_request")]
    [InlineData("/v1/collections/none/search?q=x&size=10000&from=1", 400, "bad_request")]
    [InlineData("/v1/collections/none/search?q=x&operator=nor", 400, "bad_request")]
    public Task A_search_that_makes_no_sense_is_told_why(string target, int status, string code) =>
        _api.ErrorAsync(status, code, HttpMethod.Get, target);

    [Fact]
    public async Task A_query_that_does_not_parse_is_told_where()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/parse", Schema);
        await _api.ErrorAsync(400, "bad_query", HttpMethod.Get, "/v1/collections/parse/search?q=%28open");
        await _api.ErrorAsync(400, "bad_query", HttpMethod.Get, "/v1/collections/parse/search?q=nofield:x");
        await _api.ErrorAsync(
            400, "bad_query", HttpMethod.Post, "/v1/collections/parse/search", """{"query":{"nope":{}}}""");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("wait_for")]
    public async Task A_write_that_asks_for_a_refresh_is_searchable_when_it_is_answered(string refresh)
    {
        var name = $"fresh-{refresh}";
        await _api.JsonAsync(HttpMethod.Put, $"/v1/collections/{name}", Schema);
        await _api.JsonAsync(
            HttpMethod.Put, $"/v1/entries/{name}/1?refresh={refresh}", """{"title":"Running shoes"}""");
        Assert.Equal(1, await TotalAsync(name, "shoes"));
        await _api.JsonAsync(
            HttpMethod.Put, $"/v1/entries/{name}/1?refresh={refresh}", """{"title":"Running hats"}""");
        Assert.Equal((0, 1), (await TotalAsync(name, "shoes"), await TotalAsync(name, "hats")));
        await _api.JsonAsync(HttpMethod.Delete, $"/v1/entries/{name}/1?refresh={refresh}");
        await _api.JsonAsync(
            HttpMethod.Post, $"/v1/collections/{name}/bulk?refresh={refresh}", """{"id":"2","title":"Boots"}""");
        Assert.Equal((0, 1), (await TotalAsync(name, "hats"), await TotalAsync(name, "boots")));
    }

    [Fact]
    public async Task A_refresh_that_makes_no_sense_is_refused_before_anything_is_written()
    {
        var told = await _api.ErrorAsync(400, "bad_request", HttpMethod.Put, "/v1/entries/odd/1?refresh=now", "{}");
        Assert.Contains("refresh is 'now'; allowed are true, wait_for and false", told, StringComparison.Ordinal);
        await _api.ErrorAsync(404, "not_found", HttpMethod.Get, "/v1/entries/odd/1");
    }

    [Theory]
    [InlineData("""{"q":"x","query":{"match_all":{}}}""", "Both q and query")]
    [InlineData(
        """{"q":"x","query":{"hybrid":{"queries":[{"match_all":{}},{"match_all":{}}]}}}""", "Both q and query")]
    [InlineData("""{"qq":"x"}""", "qq")]
    [InlineData("""{"q":5}""", "another type")]
    [InlineData("""{"q":""", "not what is expected")]
    [InlineData("""{"q":"x","source":5}""", "source is 5")]
    [InlineData("""{"q":"x","source":{"include":["a"]}}""", "includes and excludes")]
    [InlineData("""{"q":"x","sort":[{"price":"up"}]}""", "A sort key is")]
    [InlineData("""{"q":"x","sort":[1]}""", "A sort key is 1")]
    [InlineData("""{"q":"x","sort":["a","a","a","a","a","a","a","a","a"]}""", "at most 8 are allowed")]
    [InlineData("""{"q":"x","totalUpTo":-1}""", "totalUpTo is -1")]
    [InlineData("null", "null")]
    public async Task A_search_body_that_makes_no_sense_is_told_why(string body, string told)
    {
        var message = await _api.ErrorAsync(
            400, "bad_request", HttpMethod.Post, "/v1/collections/x/search", body);
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.DoesNotContain("Hedgerow.Server", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"fields":[{"name":"a","type":"texts"}]}""",
        "'texts'; allowed are text, keyword, number, date, integer, boolean, geo_point, dense_vector")]
    [InlineData("""{"fields":[{"name":"a","type":"number","analyzer":"english"}]}""", "only text has analyzer")]
    [InlineData("""{"fields":[{"name":"a","type":"date","norms":false}]}""", "only text has analyzer")]
    [InlineData("""{"fields":[],"mapping":"loose"}""", "mapping is 'loose'; allowed are ignore, strict and dynamic")]
    [InlineData("""{"fields":[{"name":"a..b","type":"text"}]}""", "'a..b' has 3 parts between dots")]
    [InlineData("""{"fields":[{"name":"a"}]}""", "required")]
    [InlineData("""{}""", "required")]
    public async Task A_schema_that_makes_no_sense_is_told_why(string body, string told) => Assert.Contains(
        told, await _api.ErrorAsync(400, "bad_request", HttpMethod.Put, "/v1/collections/wrong", body));

    [Fact]
    public async Task A_schema_that_contradicts_the_declared_one_is_a_conflict()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/conflict", Schema);
        await _api.ErrorAsync(
            409, "schema_conflict", HttpMethod.Put, "/v1/collections/conflict",
            """{"fields":[{"name":"title","type":"number"}]}""");
    }

    private async Task<long> TotalAsync(string name, string query)
    {
        var found = await _api.JsonAsync(HttpMethod.Get, $"/v1/collections/{name}/search?q={query}");
        return found.GetProperty("total").GetInt64();
    }

    private async Task FillAsync(string name)
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/" + name, Schema);
        var answer = await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{name}/bulk", """
            {"id":"1","title":"Running shoes","price":50,"colour":"red"}
            {"id":"2","title":"A shoe for the snow","price":55,"colour":"blue"}
            {"id":"3","title":"Shoes of gold","price":500,"colour":"gold"}
            {"id":"4","title":"Hat","price":5,"colour":"red"}
            """);
        Assert.Equal(4, answer.GetProperty("accepted").GetInt64());
        await _api.JsonAsync(HttpMethod.Post, $"/v1/collections/{name}/refresh");
    }
}
