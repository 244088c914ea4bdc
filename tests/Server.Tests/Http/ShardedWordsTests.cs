using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Queries about words over seven shards with replicas, as over one.</summary>
public sealed class ShardedWordsTests
{
    private const int Documents = 200;

    private static readonly string[] Words =
        ["hedge", "hedges", "hedging", "wedge", "ledge", "tail", "tails", "trail", "latency", "cache", "fast"];

    private static readonly string[] Queries =
    [
        """{"match": {"text": {"query": "hegde tial", "fuzziness": 2, "max_expansions": 3}}}""",
        """{"match": {"text": {"query": "cahce latencu fats", "fuzziness": "AUTO", "minimum_should_match": "2<-1"}}}""",
        """{"match_phrase_prefix": {"text": {"query": "fast h", "max_expansions": 2, "slop": 1}}}""",
        """{"match_bool_prefix": {"text": "latency ta"}}""",
        """{"multi_match": {"query": "tail cache", "fields": ["title^3", "text"], "tie_breaker": 0.3}}""",
        """{"combined_fields": {"query": "tail cache", "fields": ["title^2", "text"], "operator": "and"}}""",
        """
        {"boosting": {"positive": {"match": {"text": "hedge"}}, "negative": {"match": {"text": "wedge"}},
                      "negative_boost": 0.2}}
        """,
        """{"more_like_this": {"like": [{"path": "/w/7"}, "ledge"], "min_term_freq": 1, "max_query_terms": 3}}""",
        """{"bool": {"filter": {"match": {"title": {"query": "hegde", "fuzziness": 1, "max_expansions": 1}}}}}""",
        """{"simple_query_string": {"query": "(tail | \"fast hedge", "fields": ["t*^2"]}}""",
    ];

    [Fact]
    public async Task Seven_shards_with_replicas_find_what_one_finds_with_the_same_scores()
    {
        var one = await AnswersAsync("--shards=1", "--replicas=1");
        var seven = await AnswersAsync("--shards=7", "--replicas=2");
        Assert.Equal(one, seven);
        Assert.All(one, answer => Assert.DoesNotContain("total 0", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_document_to_be_like_has_to_be_of_the_collection_and_may_be_missing()
    {
        await using var node = await FilledAsync("--shards=3", "--replicas=1");
        var other = await AskAsync(node, """{"more_like_this": {"like": [{"path": "/other/7"}]}}""", 10);
        Assert.Contains("'/other/7' is no document of the collection", other, StringComparison.Ordinal);
        var missing = await AskAsync(node, """{"more_like_this": {"like": [{"_index": "w", "_id": "none"}]}}""", 10);
        Assert.Contains("total 0", missing, StringComparison.Ordinal);
    }

    private static async Task<string[]> AnswersAsync(params string[] flags)
    {
        await using var node = await FilledAsync(flags);
        var answers = new List<string>();
        foreach (var query in Queries)
        {
            answers.Add($"{query} {await AskAsync(node, query, 20)}");
            // A count alone must not be another one.
            answers.Add($"{query} {await AskAsync(node, query, 0)}");
        }

        return [.. answers];
    }

    private static async Task<RunningNode> FilledAsync(params string[] flags)
    {
        var node = await RunningNode.ServeAsync(flags);
        var random = new Random(3);
        const string schema = """{"fields":[{"name":"title","type":"text"},{"name":"text","type":"text"}]}""";
        await node.SendAsync(HttpMethod.Put, "/v1/collections/w", schema);
        var lines = Enumerable.Range(0, Documents).Select(i =>
            $$"""{"id":"{{i}}","title":"{{Text(random, 3)}}","text":"{{Text(random, 12)}}"}""");
        await node.SendAsync(HttpMethod.Post, "/v1/collections/w/bulk", string.Join('\n', lines));
        await node.SendAsync(HttpMethod.Post, "/v1/collections/w/refresh", "");
        return node;
    }

    private static string Text(Random random, int most) => string.Join(
        ' ', Enumerable.Range(0, random.Next(1, most)).Select(_ => Words[random.Next(Words.Length)]));

    private static async Task<string> AskAsync(RunningNode node, string query, int size)
    {
        var body = $$"""{"query": {{query}}, "size": {{size}}}""";
        var answer = await node.SendAsync(HttpMethod.Post, "/v1/collections/w/search", body);
        if (answer.TryGetProperty("error", out var error)) return error.GetProperty("message").GetString()!;
        var hits = answer.GetProperty("hits").EnumerateArray()
            .Select(hit => $"{hit.GetProperty("path").GetString()} {hit.GetProperty("score").GetRawText()}");
        return $"total {answer.GetProperty("total").GetInt64()}: {string.Join(", ", hits)}";
    }
}
