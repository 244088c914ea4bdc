using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Searches for nearest vectors through a router: on one shard and on seven, alone and joined.</summary>
public sealed class NearestSearchTests : IAsyncLifetime
{
    private const int Documents = 300;
    private const int Dims = 6;

    private readonly Dictionary<string, (float[]? Vector, string Text)> _documents = [];
    private RunningNode? _one;
    private RunningNode? _seven;

    public async ValueTask InitializeAsync()
    {
        _one = await RunningNode.ServeAsync("--shards=1", "--replicas=1");
        _seven = await RunningNode.ServeAsync("--shards=7", "--replicas=2");
        var random = new Random(3);
        var lines = new StringBuilder();
        for (var i = 0; i < Documents; i++)
        {
            // Some are without a vector, and many of the others equal.
            var vector = random.Next(10) == 0 ? null : Vector(new Random(random.Next(120)));
            var text = string.Join(' ', Enumerable.Range(0, 3).Select(_ => "word" + random.Next(12)));
            _documents[$"/docs/{i}"] = (vector, text);
            lines.Append(CultureInfo.InvariantCulture, $$"""{"id":"{{i}}","text":"{{text}}","kind":"k{{i % 3}}" """);
            if (vector is not null) lines.Append($",\"v\":\"{VectorOptions.ToBase64(vector)}\"");
            lines.Append("}\n");
        }

        foreach (var node in new[] { _one, _seven })
        {
            await SendAsync(node, HttpMethod.Put, "/v1/collections/docs", """
                {"fields":[{"name":"text","type":"text"},{"name":"kind","type":"keyword"},
                 {"name":"v","type":"dense_vector","dims":6,"similarity":"cosine","quantization":"int8"}]}
                """);
            var stored = await SendAsync(node, HttpMethod.Post, "/v1/collections/docs/bulk", lines.ToString());
            Assert.Equal(Documents, stored.GetProperty("accepted").GetInt64());
            await SendAsync(node, HttpMethod.Post, "/v1/collections/docs/refresh", "");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _one!.DisposeAsync();
        await _seven!.DisposeAsync();
    }

    [Fact]
    public async Task One_shard_and_seven_answer_the_same()
    {
        var random = new Random(8);
        for (var i = 0; i < 40; i++)
        {
            var body = RandomBody(random);
            var (one, seven) = (await SearchAsync(_one!, body), await SearchAsync(_seven!, body));
            Assert.True(Told(one) == Told(seven), $"{body}\n{Told(one)}\n{Told(seven)}");
        }
    }

    [Fact]
    public async Task Ranks_are_joined_as_the_paper_says()
    {
        var vector = Vector(new Random(77));
        var text = """{"match":{"text":"word1 word2"}}""";
        var knn = $$"""{"field":"v","query_vector":{{Json(vector)}},"k":20}""";
        var words = await SearchAsync(_one!, $$"""{"query":{{text}},"size":30}""");
        var near = await SearchAsync(_one!, $$"""{"knn":{{knn}},"size":30}""");
        var expected = new Dictionary<string, double>();
        foreach (var list in new[] { Paths(words), Paths(near) })
        {
            for (var i = 0; i < list.Length; i++)
                expected[list[i]] = expected.GetValueOrDefault(list[i]) + (1.0 / (20 + i + 1));
        }

        var fused = await SearchAsync(_seven!, $$"""
            {"query":{{text}},"knn":{{knn}},"size":5,"from":3,"explain":true,"highlight":["text"],
             "rank":{"rrf":{"rank_constant":20,"rank_window_size":30} } }
            """);
        Assert.Equal(
            expected.OrderByDescending(row => (float)row.Value).ThenBy(row => row.Key, StringComparer.Ordinal)
                .Skip(3).Take(5).Select(row => (row.Key, (float)row.Value)),
            Hits(fused).Select(hit => (hit.GetProperty("path").GetString()!, hit.GetProperty("score").GetSingle())));
        Assert.Equal(expected.Count, fused.GetProperty("total").GetInt64());
        foreach (var hit in Hits(fused))
        {
            var parts = hit.GetProperty("explanation").GetProperty("details").EnumerateArray().ToArray();
            var sum = parts.Sum(part => part.GetProperty("value").GetSingle());
            Assert.Equal(hit.GetProperty("score").GetSingle(), sum, 1e-6);
            var marked = hit.GetProperty("highlights").GetRawText().Contains("<em>", StringComparison.Ordinal);
            var source = hit.GetProperty("source").GetProperty("text").GetString()!.Split(' ');
            Assert.Equal(source.Contains("word1") || source.Contains("word2"), marked);
        }
    }

    [Fact]
    public async Task Counting_alone_counts_the_nearest_of_all_shards()
    {
        var body = $$"""{"knn":{"field":"v","query_vector":{{Json(Vector(new Random(1)))}},"k":23},"size":0}""";
        foreach (var node in new[] { _one!, _seven! })
            Assert.Equal(23, (await SearchAsync(node, body)).GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task The_typed_client_finds_the_same()
    {
        var options = new HedgerowClientOptions { Cluster = _seven!.Native, Timeout = TimeSpan.FromMinutes(1) };
        await using var client = await HedgerowClient.ConnectAsync(options, TestContext.Current.CancellationToken);
        var vector = Vector(new Random(5));
        var reply = await client.NearestAsync(
            "docs", "v", vector, 7, new TermQuery("kind", "k1"), TestContext.Current.CancellationToken);
        var http = await SearchAsync(_one!, $$"""
            {"query":{"knn":{"v":{
             "vector":"{{VectorOptions.ToBase64(vector)}}","k":7,"filter":{"term":{"kind":"k1"} } } } } }
            """);
        Assert.Equal(7, reply.Hits.Count);
        Assert.Equal(Paths(http), reply.Hits.Select(hit => hit.Path));
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { """{"knn":{"field":"v","query_vector":[1,2],"k":1}}""", "has 2 numbers; 6 are due" },
        { """{"knn":{"field":"v","query_vector":[1,"2"],"k":1}}""", "knn.query_vector[1] is \"2\"" },
        { """{"knn":{"field":"v","k":1}}""", "knn has no 'query_vector'" },
        { """{"knn":{"field":"v","query_vector":true,"k":1}}""", "is no vector" },
        { """{"knn":{"field":"v","query_vector":[1],"k":0}}""", "knn.k is 0; allowed are 1 to 10000" },
        { """{"knn":{"field":"v","query_vector":[1],"num_candidates":9}}""", "allowed are 10 to 10000" },
        { """{"knn":{"field":"v","query_vector":[1],"kk":0}}""", "knn has 'kk'" },
        { """{"query":{"knn":{"v":{"vector":[1],"min_score":"a"}}}}""", "min_score is \"a\"" },
        { """{"query":{"match_all":{}},"rank":{"rrf":{}}}""", "Ranks of 1 queries cannot be joined" },
        { """{"query":{"match_all":{}},"rank":{"linear":{}}}""", "rank has 'linear'" },
        { """{"query":{"hybrid":{"queries":[{"match_all":{}}]}}}""", "2 to 16 can" },
        {
            """
            {"query":{"hybrid":{"queries":[{"match_all":{}},{"match_all":{}}]}},"rank":{"rrf":{"rank_constant":0}}}
            """,
            "rank.rrf.rank_constant is 0; allowed are 1 to 10000"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_is_said_with_what_is_allowed(string body, string problem)
    {
        using var response = await PostAsync(_seven!, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var message = JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("message").GetString();
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_behind_the_window_is_refused()
    {
        using var response = await PostAsync(_seven!, """
            {"query":{"hybrid":{"queries":[{"match_all":{}},{"match_all":{}}]}},"size":11,
             "rank":{"rrf":{"rank_window_size":10}}}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(
            "beyond the window of 10",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    private static string RandomBody(Random random)
    {
        var knn = $$"""
            {"field":"v","query_vector":{{Json(Vector(random))}},"k":{{random.Next(1, 30)}},"num_candidates":50
             {{(random.Next(3) == 0 ? ""","filter":{"term":{"kind":"k1"}}""" : "")}}}
            """;
        var other = $$"""{"field":"v","query_vector":{{Json(Vector(random))}},"k":5,"num_candidates":30,"boost":2}""";
        var text = $$"""{"match":{"text":"word{{random.Next(12)}} word{{random.Next(12)}}"} }""";
        var third = """{"term":{"kind":"k2"}}""";
        var size = random.Next(0, 25);
        return random.Next(6) switch
        {
            0 => $$"""{"knn":{{knn}},"size":{{size}}}""",
            1 => $$"""{"knn":[{{knn}},{{other}}],"query":{{text}},"size":{{size}}}""",
            2 => $$"""{"knn":[{{knn}},{{other}}],"query":{{text}},"size":{{size}},"rank":{"rrf":{} } }""",
            3 => $$"""{"query":{"bool":{"should":[{{text}},{"knn":{{knn}} }],"must_not":{{third}} } } }""",
            4 => $$"""{"query":{"bool":{"must":{{text}},"filter":{"knn":{{knn}} } } },"sort":"_path"}""",
            _ => $$"""{"query":{"hybrid":{"queries":[{{text}},{"knn":{{knn}} },{"knn":{{other}} }]} },"from":2}""",
        };
    }

    private static string Told(JsonElement answer) =>
        answer.GetProperty("total").GetInt64() + ": " + string.Join(
            ' ', Hits(answer).Select(hit => hit.GetProperty("path") + " " + hit.GetProperty("score").GetRawText()));

    private static JsonElement[] Hits(JsonElement answer) => [.. answer.GetProperty("hits").EnumerateArray()];

    private static string[] Paths(JsonElement answer) =>
        [.. Hits(answer).Select(hit => hit.GetProperty("path").GetString()!)];

    private static float[] Vector(Random random)
    {
        var vector = new float[Dims];
        for (var i = 0; i < Dims; i++) vector[i] = random.NextSingle() - 0.5f;
        return vector;
    }

    private static string Json(float[] vector) => JsonSerializer.Serialize(vector);

    private static async Task<JsonElement> SearchAsync(RunningNode node, string body)
    {
        using var response = await PostAsync(node, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{body}\n{text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static Task<HttpResponseMessage> PostAsync(RunningNode node, string body) => node.Http.PostAsync(
        new Uri("/v1/collections/docs/search", UriKind.Relative),
        new StringContent(body), TestContext.Current.CancellationToken);

    private static async Task<JsonElement> SendAsync(RunningNode node, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = new StringContent(body);
        using var response = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
