using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>/instant and /suggest over HTTP, and the same on one shard and on seven.</summary>
public sealed class InstantEndpointsTests : IClassFixture<ApiFixture>
{
    private const string Schema = """
        {"fields":[{"name":"title","type":"text","instant":true},{"name":"text","type":"text"},
         {"name":"sold","type":"integer"},{"name":"kind","type":"keyword"},{"name":"suggest","type":"completion"}]}
        """;

    private static readonly string[] Words =
    [
        "hedge", "hedges", "hedgehog", "hedgerow", "row", "grow", "growing", "tree", "trees", "house", "housekeeper",
        "keeper", "green", "greenhouse", "garden", "gardener",
    ];

    private static readonly string[] Suggestions =
    [
        """{"c":{"prefix":"he","completion":{"field":"suggest","size":6}}}""",
        """{"c":{"prefix":"","completion":{"field":"suggest","size":20,"skip_duplicates":true}}}""",
        """{"c":{"prefix":"gren","completion":{"field":"suggest","fuzzy":true,"filter":{"term":{"kind":"x"}}}}}""",
        """{"w":{"text":"hegde growin","term":{"field":"text","suggest_mode":"always","sort":"frequency"}}}""",
        """{"w":{"text":"hegde growin","term":{"field":"title","suggest_mode":"popular"}}}""",
        """{"p":{"text":"hegde gardenr","phrase":{"field":"text","size":5}}}""",
        """{"p":{"text":"hegde gardenr tre","phrase":{"field":"title","size":5,"collate":false,"max_errors":3}}}""",
    ];

    private readonly ApiFixture _api;

    public InstantEndpointsTests(ApiFixture api)
    {
        _api = api;
    }

    [Fact]
    public async Task Seven_shards_with_replicas_answer_as_one()
    {
        await using var one = await FilledAsync("--shards=1", "--replicas=1");
        await using var seven = await FilledAsync("--shards=7", "--replicas=2");
        var random = new Random(3);
        for (var i = 0; i < 60; i++)
        {
            var body = new JsonObject
            {
                ["q"] = Typed(random),
                ["size"] = random.Next(1, 30),
                ["from"] = random.Next(3),
                ["exactTotal"] = true,
                ["didYouMean"] = true,
                ["complete"] = "suggest",
                ["matching"] = random.Next(2) == 0 ? "all" : "last",
                ["highlight"] = new JsonArray("title", "text"),
            };
            if (random.Next(2) == 0) body["rank"] = "sold";
            Assert.Equal(await AnswerAsync(one, "instant", body), await AnswerAsync(seven, "instant", body));
        }

        foreach (var suggestion in Suggestions)
        {
            var body = JsonNode.Parse(suggestion)!.AsObject();
            var answer = await AnswerAsync(one, "suggest", body);
            Assert.Contains("\"text\"", answer, StringComparison.Ordinal);
            Assert.Equal(answer, await AnswerAsync(seven, "suggest", body));
        }
    }

    [Fact]
    public async Task A_search_takes_suggestions_along_and_parameters_do_for_one()
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/boxes", Schema);
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/boxes/bulk", Documents(new Random(3)).Replace(
            "/docs/", "/boxes/", StringComparison.Ordinal));
        await _api.JsonAsync(HttpMethod.Post, "/v1/collections/boxes/refresh");
        var found = await _api.JsonAsync(
            HttpMethod.Post, "/v1/collections/boxes/search",
            """{"q":"hedge","suggest":{"w":{"text":"hegde","term":{"field":"title"}}}}""");
        Assert.True(found.GetProperty("total").GetInt64() > 0);
        var option = found.GetProperty("suggest").GetProperty("w")[0].GetProperty("options")[0];
        Assert.Equal("hedge", option.GetProperty("text").GetString());
        var completed = await _api.JsonAsync(
            HttpMethod.Get, "/v1/collections/boxes/suggest?field=suggest&prefix=hegde&fuzzy=true&size=2");
        Assert.Equal(
            2, completed.GetProperty("suggest").GetProperty("prefix")[0].GetProperty("options").GetArrayLength());
        var typed = await _api.JsonAsync(
            HttpMethod.Get, "/v1/collections/boxes/instant?q=hedg&size=3&source=title&highlight=title&rank=sold:asc");
        Assert.Equal(3, typed.GetProperty("hits").GetArrayLength());
        Assert.Equal(1, typed.GetProperty("matchedWords").GetInt32());
    }

    [Theory]
    [InlineData("instant", """{"q":"a","sise":1}""", "sise")]
    [InlineData("instant", """{"q":"a","size":2000}""", "at most 1000")]
    [InlineData("instant", """{"q":"a","matching":"some"}""", "last and all")]
    [InlineData("instant", """{"q":"a","rank":"sold:up"}""", ":asc and :desc")]
    [InlineData("instant", """{"q":"a","fields":["kind"]}""", "'title', 'text'")]
    [InlineData("instant", """{"q":"a","complete":"title"}""", "'suggest'")]
    [InlineData("suggest", """[]""", "must be one of names")]
    [InlineData("suggest", """{"a":{"prefix":"x"}}""", "completion, term and phrase")]
    [InlineData("suggest", """{"a":{"text":"x","term":{"field":"title","suggest_mode":"2"}}}""", "popular")]
    [InlineData("suggest", """{"a":{"text":"x","term":{"field":"kind"}}}""", "text fields are 'title', 'text'")]
    [InlineData("suggest", """{"a":{"prefix":"x","completion":{"field":"title"}}}""", "no completion field")]
    [InlineData("suggest", """{"a":{"prefix":"x","completion":{"field":"suggest","size":101}}}""", "0 to 100")]
    public async Task What_is_wrong_is_said_with_what_is_allowed(string target, string body, string said)
    {
        await _api.JsonAsync(HttpMethod.Put, "/v1/collections/wrongs", Schema);
        using var response = await _api.SendAsync(HttpMethod.Post, $"/v1/collections/wrongs/{target}", body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(said, text, StringComparison.Ordinal);
    }

    private static async Task<RunningNode> FilledAsync(params string[] flags)
    {
        var node = await RunningNode.ServeAsync([.. flags, "--router.searchTimeout=1m"]);
        await SendAsync(node, HttpMethod.Put, "/v1/collections/docs", Schema);
        await SendAsync(node, HttpMethod.Post, "/v1/collections/docs/bulk", Documents(new Random(3)));
        await SendAsync(node, HttpMethod.Post, "/v1/collections/docs/refresh", "");
        return node;
    }

    private static string Documents(Random random)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 200; i++)
        {
            var document = new JsonObject
            {
                ["title"] = Text(random, 3),
                ["text"] = Text(random, 6),
                ["sold"] = random.Next(5),
                ["kind"] = random.Next(2) == 0 ? "x" : "y",
                ["suggest"] = new JsonObject { ["input"] = Text(random, 2), ["weight"] = random.Next(9) },
            };
            var path = string.Create(CultureInfo.InvariantCulture, $"/docs/{i}");
            lines.AppendLine(new JsonObject { ["path"] = path, ["document"] = document }.ToJsonString());
        }

        return lines.ToString();
    }

    private static string Text(Random random, int most) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => Words[random.Next(Words.Length)]));

    private static string Typed(Random random)
    {
        var text = Text(random, 3);
        if (random.Next(2) == 0) text = text.Remove(random.Next(1, text.Length - 1), 1);
        return text[..random.Next(1, text.Length + 1)];
    }

    /// <summary>An answer without what tells how it came about, nor versions, which the clock gave.</summary>
    private static async Task<string> AnswerAsync(RunningNode node, string target, JsonObject body)
    {
        var answer = JsonNode.Parse(
            await SendAsync(node, HttpMethod.Post, $"/v1/collections/docs/{target}", body.ToJsonString()))!.AsObject();
        answer.Remove("took");
        answer.Remove("coverage");
        foreach (var hit in answer["hits"]?.AsArray() ?? []) hit!.AsObject().Remove("version");
        return answer.ToJsonString();
    }

    private static async Task<string> SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new StringContent(body) };
        using var response = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
