using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>
/// Buckets of queries whose matches depend on the whole collection: misspelt and unfinished words, documents like
/// others, nearest vectors. Against counts over all documents, on one shard and on seven with replicas.
/// </summary>
public sealed class FilteredBucketsTests
{
    private const int Documents = 150;
    private const int Nearest = 7;

    private const string Schema = """
        {"fields": [{"name": "text", "type": "text"}, {"name": "kind", "type": "keyword"},
                    {"name": "at", "type": "dense_vector", "dims": 2, "similarity": "l2_norm"}]}
        """;

    private const string Filters = """
        {"near": {"filter": {"match": {"text": {"query": "hegde", "fuzziness": 1, "max_expansions": 3}}}},
         "begun": {"filter": {"match_phrase_prefix": {"text": {"query": "fast ca", "max_expansions": 4}}}},
         "kinds": {"terms": {"field": "kind", "order": {"_key": "asc"}},
                   "aggs": {"several": {"filters": {
                       "filters": {"tial": {"match": {"text": {"query": "tial", "fuzziness": 1}}},
                                   "nearest": {"knn": {"at": {"vector": [0.3, 0.6], "k": 7}}}},
                       "other_bucket_key": "others"}}}},
         "like": {"filter": {"more_like_this": {"fields": ["text"], "like": [{"path": "/b/3"}, "latency"],
                                                "min_term_freq": 1, "min_doc_freq": 1, "max_query_terms": 2}}},
         "scored": {"filter": {"function_score": {"query": {"match": {"text": "cache"}}, "min_score": 0.4}}},
         "nearest": {"filter": {"knn": {"at": {"vector": [0.3, 0.6], "k": 7}}}}}
        """;

    private static readonly string[] Words =
        ["hedge", "wedge", "tail", "trail", "latency", "cache", "cat", "call", "fast", "slow"];

    private static readonly string[] Queries =
    [
        """{"match_all": {}}""",
        """{"match": {"text": "fast wedge"}}""",
        """{"knn": {"at": {"vector": [0.9, 0.1], "k": 40}}}""",
    ];

    [Fact]
    public async Task Are_on_seven_shards_what_they_are_on_one_and_count_every_document()
    {
        var random = new Random(11);
        var all = Enumerable.Range(0, Documents).Select(_ => new Held(
            string.Join(' ', Enumerable.Range(0, random.Next(1, 7)).Select(_ => Words[random.Next(Words.Length)])),
            random.Next(3) == 0 ? "a" : "b", [random.NextSingle(), random.NextSingle()])).ToArray();
        await using var one = await RunningNode.ServeAsync("--shards=1", "--replicas=1");
        await using var seven = await RunningNode.ServeAsync("--shards=7", "--replicas=2");
        foreach (var node in new[] { one, seven })
        {
            await node.FillAsync("b", Schema, all.Select((held, i) => JsonSerializer.Serialize(
                new { id = $"{i}", text = held.Text, kind = held.Kind, at = held.At })));
        }

        foreach (var query in Queries)
        {
            // Asked first without them, so that what is remembered of the query is known to lack them.
            foreach (var body in new[] { Body(query, 10, "{}"), Body(query, 10, Filters), Body(query, 0, Filters) })
            {
                var expected = await AskAsync(one, body);
                Assert.Equal($"{body}: {expected}", $"{body}: {await AskAsync(seven, body)}");
            }
        }

        using var counted = JsonDocument.Parse(await AskAsync(seven, Body(Queries[0], 0, Filters)));
        Check(counted.RootElement, all);
    }

    [Theory]
    [InlineData("""{"match": {"text": {"query": "hegde", "fuzziness": 1}}}""")]
    [InlineData("""{"knn": {"at": {"vector": [0.3, 0.6], "k": 7}}}""")]
    public async Task A_background_that_depends_on_the_whole_collection_is_refused(string background)
    {
        await using var node = await RunningNode.ServeAsync("--shards=2", "--replicas=1");
        await node.FillAsync("b", Schema, ["""{"id":"1","text":"hedge","kind":"a","at":[1,0]}"""]);
        var aggs = "{\"s\": {\"significant_terms\": {\"field\": \"kind\", \"min_doc_count\": 1, "
            + $"\"background_filter\": {background}}}}}}}";
        var answer = await node.SendAsync(HttpMethod.Post, "/v1/collections/b/search", Body(Queries[0], 0, aggs));
        Assert.Contains("background_filter of 's'", answer.GetRawText(), StringComparison.Ordinal);
    }

    private static void Check(JsonElement counted, Held[] all)
    {
        Assert.Equal(all.Count(held => held.Words.Contains("hedge")), Count(counted.GetProperty("near")));
        Assert.Equal(all.Count(held => held.HasPhrase("fast", "ca")), Count(counted.GetProperty("begun")));
        Assert.Equal(Nearest, Count(counted.GetProperty("nearest")));
        Assert.True(Count(counted.GetProperty("like")) > 0);
        Assert.True(Count(counted.GetProperty("scored")) > 0);
        var nearest = all.OrderBy(held => held.Distance(0.3f, 0.6f)).Take(Nearest).ToArray();
        foreach (var bucket in counted.GetProperty("kinds").GetProperty("buckets").EnumerateArray())
        {
            var kind = bucket.GetProperty("key").GetString();
            var several = bucket.GetProperty("several").GetProperty("buckets");
            var tails = all.Count(held => held.Kind == kind && held.Words.Contains("tail"));
            Assert.Equal(tails, Count(several.GetProperty("tial")));
            Assert.Equal(nearest.Count(held => held.Kind == kind), Count(several.GetProperty("nearest")));
        }
    }

    private static long Count(JsonElement bucket) => bucket.GetProperty("doc_count").GetInt64();

    private static string Body(string query, int size, string aggs) =>
        $$"""{"query": {{query}}, "size": {{size}}, "aggs": {{aggs}}}""";

    private static async Task<string> AskAsync(RunningNode node, string body)
    {
        var answer = await node.SendAsync(HttpMethod.Post, "/v1/collections/b/search", body);
        Assert.False(answer.TryGetProperty("error", out var error), error.ToString());
        return answer.TryGetProperty("aggregations", out var found) ? found.GetRawText() : "";
    }

    private sealed record Held(string Text, string Kind, float[] At)
    {
        public string[] Words { get; } = Text.Split(' ');

        public bool HasPhrase(string word, string beginning) => Words.Zip(Words.Skip(1)).Any(
            pair => pair.First == word && pair.Second.StartsWith(beginning, StringComparison.Ordinal));

        public double Distance(float x, float y) => Math.Pow(At[0] - x, 2) + Math.Pow(At[1] - y, 2);
    }
}
