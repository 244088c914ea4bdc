using System.Text.Json;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>
/// Custom analyzers, synonyms, several ways of a field, analyzers of queries and the language of query texts: over
/// seven shards with replicas as over one.
/// </summary>
public sealed class ShardedAnalysisTests
{
    private const int Documents = 240;

    private const string Schema = """
        {"fields": [{"name": "title", "type": "text", "analyzer": "words", "copyTo": "all",
                     "fields": {"raw": {"type": "keyword"},
                                "typed": {"type": "text", "analyzer": "beginnings", "searchAnalyzer": "standard"}}},
                    {"name": "text", "type": "text", "copyTo": "all"},
                    {"name": "all", "type": "text", "analyzer": "words"},
                    {"name": "tag", "type": "keyword"},
                    {"name": "n", "type": "integer"},
                    {"name": "day", "type": "date"}],
         "analysis": {
           "char_filter": {"signs": {"type": "mapping", "mappings": ["& => and"]}},
           "filter": {"front": {"type": "edge_ngram", "min_gram": 1, "max_gram": 6},
                      "same": {"type": "synonym_graph", "synonyms_set": "same"}},
           "analyzer": {
             "words": {"char_filter": ["signs"], "tokenizer": "standard",
                       "filter": ["lowercase", "asciifolding", "same", {"type": "stemmer", "language": "english"}]},
             "beginnings": {"tokenizer": "standard", "filter": ["lowercase", "front"]},
             "telling": {"tokenizer": "standard", "filter": ["lowercase", {"type": "stop", "stopwords": ["the"]}]}},
           "synonyms": {"same": ["ny, new york, big apple", "pc => computer"]}}}
        """;

    private static readonly string[] Words =
    [
        "new", "york", "big", "apple", "ny", "pc", "computer", "hedge", "hedges", "hedging", "the", "tail", "Fast",
        "cache", "ca\u00e7he", "county",
    ];

    private static readonly string[] Queries =
    [
        """{"match": {"title": "ny"}}""",
        """{"match": {"title": {"query": "big apple pc", "operator": "and"}}}""",
        """{"match_phrase": {"title": {"query": "ny cache", "slop": 5}}}""",
        """{"match": {"all": "hedges new york"}}""",
        """{"match": {"title.typed": "hedg co"}}""",
        """{"prefix": {"title.raw": "hedge"}}""",
        """{"multi_match": {"query": "ny tail", "fields": ["title^2", "text"], "tie_breaker": 0.2}}""",
        """{"multi_match": {"query": "ny tail", "fields": ["title^2", "text"], "type": "most_fields"}}""",
        """{"multi_match": {"query": "ny tail", "fields": ["title^2", "all"], "type": "cross_fields"}}""",
        """{"combined_fields": {"query": "hedging cache", "fields": ["title^2", "text"]}}""",
        """
        {"more_like_this": {"fields": ["title"], "like": ["hedge tail york"], "min_term_freq": 1, "min_doc_freq": 2}}
        """,
        // What a query is read by.
        """{"match": {"text": {"query": "hedges the", "analyzer": "english"}}}""",
        """{"match_phrase": {"text": {"query": "the tails", "analyzer": "english", "slop": 3}}}""",
        """{"match_phrase_prefix": {"text": {"query": "the ta", "analyzer": "telling"}}}""",
        """{"match_bool_prefix": {"text": {"query": "hedges ta", "analyzer": "english"}}}""",
        """{"combined_fields": {"query": "hedges tails", "fields": ["text", "all"], "analyzer": "english"}}""",
        """{"multi_match": {"query": "the ta", "fields": ["t*t"], "type": "phrase_prefix", "analyzer": "telling"}}""",
        """{"query_string": {"query": "the -tail", "fields": ["text"], "analyzer": "telling"}}""",
        """{"simple_query_string": {"query": "hedges | tails", "fields": ["text"], "analyzer": "english"}}""",
        // Every piece of the language of query texts.
        """
        {"query_string": {"query": "title:(fast cache) +hedge -tail day:[2024-01-01 TO *] ca?he~1 ^2",
                          "fields": ["text"]}}
        """,
        """{"query_string": {"query": "title:(new OR york) AND NOT tail", "fields": ["text"]}}""",
        """{"query_string": {"query": "(hedge && tail) || !cache", "fields": ["text^2", "all"]}}""",
        """{"query_string": {"query": "\"new tail\"~3 cou* h?dge /c[ao]ches?/", "fields": ["text"]}}""",
        """{"query_string": {"query": "cahce~ tial~1 c?unt~1", "fields": ["text"]}}""",
        """
        {"query_string": {"query": "n:>=3 n:{1 TO 6} tag:a _exists_:day n:<9", "fields": ["text"],
                          "default_operator": "and"}}
        """,
        """{"query_string": {"query": "tag:[a TO b} -day:{* TO 2024-02-01} +n:*", "fields": ["text"]}}""",
        """{"query_string": {"query": "title.raw:hedge* OR a\\:b", "fields": ["text"]}}""",
        """{"query_string": {"query": "title:(fast cache OR AND http://x", "lenient": true}}""",
    ];

    [Fact]
    public async Task Seven_shards_with_replicas_read_texts_and_queries_as_one_does_also_under_other_synonyms()
    {
        await using var one = await FilledAsync("--shards=1", "--replicas=1");
        await using var seven = await FilledAsync("--shards=7", "--replicas=2");
        await CompareAsync(one, seven);
        var before = await AskAsync(one, Queries[0], 0);
        const string other = """{"format": "solr", "rules": ["ny, county", "pc, big tail"]}""";
        foreach (var node in new[] { one, seven })
            await node.SendAsync(HttpMethod.Put, "/v1/collections/w/synonyms/same", other);
        Assert.NotEqual(before, await AskAsync(one, Queries[0], 0));
        await CompareAsync(one, seven);
    }

    [Fact]
    public async Task Words_that_the_analyzer_of_a_query_text_leaves_out_ask_for_nothing()
    {
        await using var node = await FilledAsync("--shards=2", "--replicas=1");
        Assert.Equal(
            await AskAsync(node, """{"query_string": {"query": "-tail", "fields": ["text"]}}""", 20),
            await AskAsync(node, Text("the -tail"), 20));
        Assert.Equal("total 0: ", await AskAsync(node, Text("-the"), 20));
        Assert.Equal(await AskAsync(node, Text("tail"), 20), await AskAsync(node, Text("(tail -the) (-the)"), 20));

        static string Text(string text) =>
            $$$"""{"query_string": {"query": "{{{text}}}", "fields": ["text"], "analyzer": "telling"}}""";
    }

    [Theory]
    [InlineData("""{"match_phrase_prefix": {"text": {"query": "the ta", "analyzer": "telling"}}}""")]
    [InlineData(
        """{"multi_match": {"query": "the ta", "fields": ["text"], "type": "phrase_prefix", "analyzer": "telling"}}""")]
    public async Task An_unfinished_phrase_is_read_by_the_analyzer_that_it_names(string query)
    {
        await using var node = await FilledAsync("--shards=2", "--replicas=1");
        var expected = await AskAsync(node, """{"match_phrase_prefix": {"text": "ta"}}""", 20);
        Assert.DoesNotContain("total 0", expected, StringComparison.Ordinal);
        Assert.Equal(expected, await AskAsync(node, query, 20));
    }

    [Fact]
    public async Task What_is_searched_without_synonyms_is_marked_without()
    {
        await using var node = await FilledAsync("--shards=2", "--replicas=1");
        var found = await AskAsync(node, """{"combined_fields": {"query": "ny hedge", "fields": ["title"]}}""", 20);
        Assert.Contains("<em>ny</em>", found, StringComparison.Ordinal);
        Assert.DoesNotContain("<em>apple</em>", found, StringComparison.Ordinal);
        Assert.DoesNotContain("<em>york</em>", found, StringComparison.Ordinal);
    }

    private static async Task CompareAsync(RunningNode one, RunningNode seven)
    {
        var vain = new List<string>();
        foreach (var query in Queries)
        {
            var found = await AskAsync(one, query, 20);
            if (!found.StartsWith("total ", StringComparison.Ordinal)) vain.Add($"{query}: {found}");
            if (found == "total 0: ") vain.Add(query);
            Assert.Equal($"{query}: {found}", $"{query}: {await AskAsync(seven, query, 20)}");
            Assert.Equal(await AskAsync(one, query, 0), await AskAsync(seven, query, 0));
        }

        Assert.Empty(vain);
    }

    private static async Task<RunningNode> FilledAsync(params string[] flags)
    {
        var node = await RunningNode.ServeAsync(flags);
        var random = new Random(5);
        await node.FillAsync("w", Schema, Enumerable.Range(0, Documents).Select(i => JsonSerializer.Serialize(new
        {
            id = $"{i}", title = Text(random, 5), text = Text(random, 9), tag = random.Next(2) == 0 ? "a" : "b",
            n = random.Next(10), day = $"2024-0{random.Next(1, 5)}-11",
        })));
        return node;
    }

    private static string Text(Random random, int most) => string.Join(
        ' ', Enumerable.Range(0, random.Next(1, most)).Select(_ => Words[random.Next(Words.Length)]));

    private static async Task<string> AskAsync(RunningNode node, string query, int size)
    {
        var body = $$"""{"query": {{query}}, "size": {{size}}, "highlight": {"fields": {"t*": {} } } }""";
        var answer = await node.SendAsync(HttpMethod.Post, "/v1/collections/w/search", body);
        if (answer.TryGetProperty("error", out var error)) return error.GetRawText();
        var hits = answer.GetProperty("hits").EnumerateArray().Select(Shown);
        return $"total {answer.GetProperty("total").GetInt64()}: {string.Join(", ", hits)}";
    }

    private static string Shown(JsonElement hit)
    {
        var marked = hit.TryGetProperty("highlight", out var texts) ? texts.GetRawText() : "";
        return $"{hit.GetProperty("path").GetString()} {hit.GetProperty("score").GetRawText()} {marked}";
    }
}
