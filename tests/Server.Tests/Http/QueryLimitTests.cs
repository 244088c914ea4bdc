using System.Text;
using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Queries of too many words, fields and synonyms: the error says how many, and of what there are too many.
/// </summary>
public sealed class QueryLimitTests
{
    private const int Fields = 30;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Words_in_fields_with_their_synonyms_are_counted_in_the_error()
    {
        await using var node = await StartedAsync();
        var all = string.Join(',', Enumerable.Range(0, Fields).Select(i => $"\"f{i}\""));

        // 12 words with 2 synonyms each in 30 fields: 1,080 terms. 8 of them are allowed.
        foreach (var kind in new[] { "most_fields", "best_fields" })
        {
            var few = await AskAsync(node, Multi(8, kind, all), 200);
            Assert.Equal(0, few.GetProperty("total").GetInt64());
            var many = await AskAsync(node, Multi(12, kind, all), 400);
            AssertSays(many, "bad_query", "more than 1024 nodes", "there are 1081, where each word in each field");
        }

        var text = $"{{\"q\":\"{Words(40)}\",\"fields\":[{all}]}}";
        AssertSays(await AskAsync(node, text, 400), "bad_query", "1024");
    }

    [Fact]
    public async Task Queries_of_one_request_are_counted_together()
    {
        await using var node = await StartedAsync();
        string[] bodies =
        [
            $"{{\"query\":{Many(600)},\"highlight\":{{\"fields\":{{\"f0\":{{\"highlight_query\":{Many(600)}}}}}}}}}",
            Hybrid(600, 600) + "}",
            $"{{\"query\":{Many(1_201)}}}",
        ];
        foreach (var body in bodies)
            AssertSays(await AskAsync(node, body, 400), "bad_", "more than 1024 nodes", "there are 1202, where");
        const string Marked = ",\"highlight\":[\"f0\"]}";
        var tooMany = await AskAsync(node, Hybrid(511, 510) + Marked, 400);
        AssertSays(tooMany, "bad_request", "have 1023 nodes", "1022 are allowed");
        var most = await AskAsync(node, Hybrid(510, 510) + Marked, 200);
        Assert.Equal(1, most.GetProperty("total").GetInt64());
    }

    private static void AssertSays(JsonElement answer, string code, params string[] parts)
    {
        var error = answer.GetProperty("error");
        Assert.StartsWith(code, error.GetProperty("code").GetString(), StringComparison.Ordinal);
        var message = error.GetProperty("message").GetString();
        foreach (var part in parts) Assert.Contains(part, message, StringComparison.Ordinal);
    }

    private static string Multi(int words, string kind, string fields)
    {
        var match = $"{{\"query\":\"{Words(words)}\",\"type\":\"{kind}\",\"fields\":[{fields}]}}";
        return $"{{\"query\":{{\"multi_match\":{match}}}}}";
    }

    private static string Hybrid(int first, int second) =>
        $"{{\"query\":{{\"hybrid\":{{\"queries\":[{Many(first)},{Many(second)}]}}}}";

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => $"w{i}"));

    /// <summary>A query of so many nodes and one around them.</summary>
    private static string Many(int nodes)
    {
        var terms = Enumerable.Range(0, nodes).Select(i => $"{{\"term\":{{\"f0\":\"x{i}\"}}}}");
        return $"{{\"bool\":{{\"should\":[{string.Join(',', terms)}]}}}}";
    }

    private static async Task<RunningNode> StartedAsync()
    {
        var node = await RunningNode.ServeAsync("--shards=2", "--replicas=1");
        var rules = string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"w{i}, a{i}, b{i}\""));
        var fields = string.Join(',', Enumerable.Range(0, Fields).Select(
            i => $"{{\"name\":\"f{i}\",\"type\":\"text\",\"searchAnalyzer\":\"wide\"}}"));
        const string Analysis = """
            "analyzer": {"wide": {"tokenizer": "standard", "filter": ["lowercase", "same"]}},
            "filter": {"same": {"type": "synonym_graph", "synonyms_set": "same"}}
            """;
        var schema = $"{{\"analysis\":{{{Analysis},\"synonyms\":{{\"same\":[{rules}]}}}},\"fields\":[{fields}]}}";
        await SendAsync(node, HttpMethod.Put, "/v1/collections/wide", schema);
        await SendAsync(node, HttpMethod.Put, "/v1/entries/wide/1?refresh=true", "{\"f0\":\"x0\"}");
        return node;
    }

    private static async Task SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target)
        {
            Content = new StringContent(body, Encoding.UTF8),
        };
        using var response = await node.Http.SendAsync(request, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<JsonElement> AskAsync(RunningNode node, string body, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/collections/wide/search")
        {
            Content = new StringContent(body, Encoding.UTF8),
        };
        using var response = await node.Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
