using System.Text.Json.Nodes;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Http;

/// <summary>
/// Collections whose fields are found in their documents, few documents having each: whatever a shard has met, seven
/// shards with replicas answer as one does.
/// </summary>
public sealed class DynamicFieldsTests
{
    private const int Documents = 36;
    private const int Seeds = 3;

    private static readonly string[] Words =
        ["hedge", "hedges", "wedge", "ledge", "tail", "tails", "latency", "cache", "fast", "the", "of"];

    private static readonly string[] Texts = ["t0", "t1", "t2", "t3", "t4", "t5", "o.t6", "o.p.t7"];

    private static readonly string[] Numbers = ["n0", "n1", "n2", "o.n3"];

    private static readonly string[] Searches =
    [
        """{"query": {"match": {"t1": "hedge tail"}}}""",
        """{"query": {"match": {"o.t6": {"query": "hegde latenyc", "fuzziness": "AUTO"}}}}""",
        """{"query": {"match": {"t2": {"query": "of the", "zero_terms_query": "all", "analyzer": "english"}}}}""",
        """{"query": {"match": {"n1": "3"}}}""",
        """{"query": {"match_phrase": {"t0": {"query": "hedge tail", "slop": 2}}}}""",
        """{"query": {"match_phrase_prefix": {"t3": "fast h"}}}""",
        """{"query": {"match_bool_prefix": {"t4": "cache he"}}}""",
        """{"query": {"multi_match": {"query": "tail cache", "fields": ["t*^2", "title"], "tie_breaker": 0.3}}}""",
        """{"query": {"multi_match": {"query": "tail cache", "tie_breaker": 0.7}}}""",
        """{"query": {"multi_match": {"query": "tail hedge", "type": "most_fields"}}}""",
        """{"query": {"multi_match": {"query": "hedge tail", "type": "phrase", "slop": 3}}}""",
        """{"query": {"multi_match": {"query": "hedge ta", "type": "bool_prefix", "fields": ["t1", "t5", "o.*"]}}}""",
        """{"query": {"multi_match": {"query": "tail hedge", "type": "cross_fields", "operator": "and"}}}""",
        """{"query": {"combined_fields": {"query": "tail cache", "fields": ["t0^2", "t1", "o.p.t7"]}}}""",
        """{"query": {"combined_fields": {"query": "tail cache hedge", "minimum_should_match": "2"}}}""",
        """{"query": {"bool": {"filter": {"combined_fields": {"query": "tail hedge", "operator": "and"}}}}}""",
        """
        {"query": {"dis_max": {"tie_breaker": 0.4, "queries": [{"match": {"t1": "hedge"}}, {"match": {"t2": "tail"}},
                               {"prefix": {"t5": "he"}}]}}}
        """,
        """
        {"query": {"boosting": {"positive": {"match": {"t1": "hedge"}}, "negative": {"match": {"t2": "tail"}},
                                "negative_boost": 0.3}}}
        """,
        """
        {"query": {"more_like_this": {"like": ["tail hedge latency", {"path": "/NAME/7"}], "min_term_freq": 1,
                                      "min_doc_freq": 1, "max_query_terms": 6, "boost_terms": 1}}}
        """,
        """
        {"query": {"more_like_this": {"fields": ["t0", "t3", "o.t6"], "like": ["cache fast ledge"], "include": true,
                                      "min_term_freq": 1, "min_doc_freq": 2, "minimum_should_match": 1}},
         "highlight": {"fields": {"*": {}}}}
        """,
        """{"query": {"query_string": {"query": "tail (t1:hedge OR o.n3:>2) -t4:cache"}}}""",
        """{"query": {"query_string": {"query": "hedge ta* fats~1", "default_operator": "and"}}}""",
        """{"query": {"simple_query_string": {"query": "(tail | \"fast hedge", "fields": ["t*", "o.*"]}}}""",
        """{"query": {"query_string": {"query": "n0:abc t1:tail", "lenient": true}}}""",
        """{"query": {"term": {"t2": "tail"}}}""",
        """{"query": {"terms": {"n2": [1, 3, 5]}}}""",
        """{"query": {"range": {"n0": {"gte": 2, "lt": 6}}}}""",
        """{"query": {"bool": {"must_not": {"exists": {"field": "t1"}}, "should": {"match": {"t2": "tail"}}}}}""",
        """{"query": {"exists": {"field": "o.p.t7"}}}""",
        """{"query": {"term": {"b0": true}}}""",
        """{"query": {"wildcard": {"t1": "*ed?e"}}}""",
        """{"query": {"regexp": {"t2": "(h|w|l)edges?"}}}""",
        """{"query": {"fuzzy": {"t3": "tial"}}}""",
        """{"query": {"constant_score": {"filter": {"prefix": {"o.t6": "la"}}}}}""",
        """
        {"query": {"function_score": {"query": {"match_all": {}}, "functions": [
            {"field_value_factor": {"field": "n1", "missing": 2, "modifier": "log1p"}},
            {"gauss": {"o.n3": {"origin": 3, "scale": 2}}}, {"filter": {"match": {"t0": "tail"}}, "weight": 3}],
            "score_mode": "sum", "boost_mode": "replace"}}}
        """,
        """{"query": {"rank_feature": {"field": "n2", "saturation": {"pivot": 3}}}}""",
        """{"query": {"distance_feature": {"field": "n0", "origin": 4, "pivot": 2}}}""",
        """{"query": {"match_all": {}}, "sort": [{"n1": {"order": "desc", "missing": "_first"}}, "o.n3"]}""",
        """{"query": {"match_all": {}}, "sort": [{"n2": {"order": "asc", "missing": 4}}, {"b0": "desc"}]}""",
        """{"query": {"match": {"t1": "tail"}}, "sort": ["b0", "n0"], "collapse": {"field": "n1"}}""",
        """{"query": {"match_all": {}}, "sort": ["n0"], "fields": ["n*", "o.*", "b0"]}""",
        """
        {"query": {"match": {"title": "tail hedge"}}, "highlight": {"fields": {"t*": {}, "title": {}},
         "require_field_match": false}}
        """,
        """{"query": {"match": {"t1": "tail hedge"}}, "highlight": ["t1", "o.t6"]}""",
        """
        {"query": {"match_all": {}}, "highlight": {"fields": {"*": {"highlight_query":
            {"more_like_this": {"like": ["tail hedge cache"], "min_term_freq": 1, "min_doc_freq": 2,
                                "max_query_terms": 2}}}}}}
        """,
        """
        {"size": 0, "aggs": {"a": {"terms": {"field": "n0", "missing": 7, "size": 20}},
                             "b": {"terms": {"field": "b0", "missing": true}},
                             "c": {"cardinality": {"field": "n1"}}, "d": {"stats": {"field": "o.n3", "missing": 2}},
                             "e": {"missing": {"field": "n2"}}, "f": {"value_count": {"field": "b0"}}}}
        """,
        """
        {"size": 0, "query": {"match": {"title": "tail"}},
         "aggs": {"h": {"histogram": {"field": "n1", "interval": 2, "missing": 9},
                        "aggs": {"m": {"max": {"field": "n2"}}, "t": {"terms": {"field": "n3"}}}},
                  "r": {"range": {"field": "o.n3", "ranges": [{"to": 3}, {"from": 3}]}},
                  "p": {"percentiles": {"field": "n0"}},
                  "s": {"filters": {"filters": {"x": {"match": {"t1": "tail"}}, "y": {"exists": {"field": "t2"}}}}}}}
        """,
        """
        {"size": 0, "aggs": {"k": {"composite": {"size": 50, "sources": [
            {"n": {"terms": {"field": "n1"}}}, {"b": {"terms": {"field": "b0"}}}]}}}}
        """,
        """{"query": {"range": {"t1": {"gte": 2}}}}""",
        """{"query": {"match": {"n0": "abc"}}}""",
    ];

    private static readonly string[] Instants =
    [
        """{"q": "hedge tai", "exactTotal": true, "source": false}""",
        """{"q": "hegde tail", "fields": ["t3", "o.t6", "t0", "title"], "exactTotal": true, "source": false}""",
        """{"q": "tail", "fields": ["t5", "t1"], "rank": "n1:asc", "source": false}""",
        """{"q": "latency ca", "fields": ["o.p.t7", "t4", "t2"], "highlight": ["t2", "t4"], "source": false}""",
        """{"q": "hegde zzzz", "typos": false, "matching": "all", "didYouMean": true, "source": false}""",
    ];

    private static readonly string[] Suggestions =
    [
        """{"text": "hegde tial cahce", "w": {"term": {"field": "t1", "suggest_mode": "always"}}}""",
        """{"p": {"text": "fats hegde", "phrase": {"field": "o.t6", "min_word_length": 2}}}""",
        """{"p": {"text": "tial ltaency", "phrase": {"field": "t3", "collate": false, "min_word_length": 2}}}""",
    ];

    [Fact]
    public async Task Every_kind_of_request_is_answered_by_seven_shards_as_by_one()
    {
        await using var one = await RunningNode.ServeAsync("--shards=1", "--replicas=1");
        await using var seven = await RunningNode.ServeAsync("--shards=7", "--replicas=2");
        var wrong = new List<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var name = $"d{seed}";
            await FillAsync(one, name, seed);
            await FillAsync(seven, name, seed);
            foreach (var (target, bodies) in new[]
            {
                ("search", Searches), ("instant", Instants), ("suggest", Suggestions),
            })
            {
                foreach (var body in bodies)
                {
                    var asked = body.Replace("NAME", name, StringComparison.Ordinal);
                    var expected = await AskAsync(one, name, target, asked);
                    // The first answer may have taught the router something: the second has to be the same.
                    for (var time = 1; time <= 2; time++)
                    {
                        var found = await AskAsync(seven, name, target, asked);
                        if (found != expected)
                            wrong.Add($"seed {seed}, time {time}: {body}\n  seven: {found}\n  one:   {expected}");
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} answers differ.\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public async Task A_field_that_comes_later_is_known_to_every_shard_at_once()
    {
        await using var one = await RunningNode.ServeAsync("--shards=1", "--replicas=1");
        await using var seven = await RunningNode.ServeAsync("--shards=7", "--replicas=1");
        const string query = """{"query": {"multi_match": {"query": "tail hedge", "type": "cross_fields"}}}""";
        foreach (var node in new[] { one, seven }) await FillAsync(node, "later", 9);
        Assert.Equal(await AskAsync(one, "later", "search", query), await AskAsync(seven, "later", "search", query));
        for (var i = 0; i < 3; i++)
        {
            foreach (var node in new[] { one, seven })
            {
                var line = $$"""{"id":"new{{i}}","new{{i}}":"tail tail hedge"}""";
                await node.SendAsync(HttpMethod.Post, "/v1/collections/later/bulk", line);
                await node.SendAsync(HttpMethod.Post, "/v1/collections/later/refresh", "");
            }

            var found = await AskAsync(seven, "later", "search", query);
            Assert.Equal(await AskAsync(one, "later", "search", query), found);
            Assert.Contains($"new{i}", found, StringComparison.Ordinal);
        }
    }

    private static async Task FillAsync(RunningNode node, string name, int seed)
    {
        const string schema = """{"fields":[{"name":"title","type":"text"}],"mapping":"dynamic"}""";
        await node.SendAsync(HttpMethod.Put, $"/v1/collections/{name}", schema);
        var random = new Random(seed);
        var lines = Enumerable.Range(0, Documents).Select(i => Document(random, i)).ToArray();
        var stored = await node.SendAsync(HttpMethod.Post, $"/v1/collections/{name}/bulk", string.Join('\n', lines));
        Assert.Equal(0, stored.GetProperty("failed").GetInt64());
        await node.SendAsync(HttpMethod.Post, $"/v1/collections/{name}/refresh", "");
    }

    /// <summary>A document with few of the fields; written with dots and as objects by turns.</summary>
    private static string Document(Random random, int number)
    {
        var document = new JsonObject { ["id"] = $"{number}" };
        if (random.Next(3) > 0) document["title"] = Text(random);
        for (var i = random.Next(1, 4); i > 0; i--) Put(document, Pick(random, Texts), Text(random), number % 2 == 0);
        for (var i = random.Next(0, 3); i > 0; i--)
            Put(document, Pick(random, Numbers), random.Next(1, 7), number % 2 == 0);
        if (random.Next(8) == 0) document["b0"] = random.Next(2) == 0;
        return document.ToJsonString();
    }

    private static void Put(JsonObject document, string name, JsonNode value, bool nested)
    {
        var at = document;
        var parts = nested ? name.Split('.') : [name];
        foreach (var part in parts.SkipLast(1))
        {
            if (at[part] is not JsonObject within) at[part] = within = [];
            at = within;
        }

        at[parts[^1]] = value;
    }

    private static string Text(Random random) =>
        string.Join(' ', Enumerable.Range(0, random.Next(1, 8)).Select(_ => Pick(random, Words)));

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];

    /// <summary>The answer without what is of the run: times, versions, coverage; of an error its code.</summary>
    private static async Task<string> AskAsync(RunningNode node, string name, string target, string body)
    {
        var answer = await node.SendAsync(HttpMethod.Post, $"/v1/collections/{name}/{target}", body);
        if (answer.TryGetProperty("error", out var error))
            return $"error {error.GetProperty("code").GetString()}";
        var left = JsonNode.Parse(answer.GetRawText())!.AsObject();
        foreach (var member in new[] { "tookMs", "took", "coverage" }) left.Remove(member);
        if (left["hits"] is JsonArray hits)
            foreach (var hit in hits) hit!.AsObject().Remove("version");
        return left.ToJsonString();
    }
}
