using System.Text.Json;

namespace Hedgerow.Server.Tests.Http;

/// <summary>Aggregations of numbers at the end of all numbers: what cannot be told is null, and never a failure.
/// </summary>
public sealed class ExtremeNumbersTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("""{"a": {"histogram": {"field": "n", "interval": 1.5e308}}}""")]
    [InlineData(
        """
        {"a": {"histogram": {"field": "one", "interval": 1.5e308, "extended_bounds": {"min": -1.7e308, "max": 0}}}}
        """)]
    [InlineData(
        """{"a": {"composite": {"sources": [{"n": {"histogram": {"field": "n", "interval": 1.5e308}}}]}}}""")]
    [InlineData(
        """
        {"h": {"histogram": {"field": "one", "interval": 1, "extended_bounds": {"min": 0, "max": 90}},
               "aggs": {"most": {"max": {"field": "n", "missing": 1.7e308}},
                        "up": {"derivative": {"buckets_path": "most"}},
                        "far": {"sum": {"field": "n", "missing": 1.7e308}},
                        "so_far": {"cumulative_sum": {"buckets_path": "most"}}}},
         "s": {"stats_bucket": {"buckets_path": "h>most"}}, "e": {"extended_stats_bucket": {"buckets_path": "h>most"}},
         "t": {"sum_bucket": {"buckets_path": "h>most"}}, "v": {"avg_bucket": {"buckets_path": "h>most"}}}
        """)]
    public async Task Are_answered(string aggregations)
    {
        const string schema = """{"fields":[{"name":"n","type":"number"},{"name":"one","type":"integer"}]}""";
        await api.JsonAsync(HttpMethod.Put, "/v1/collections/ends", schema);
        var lines = Enumerable.Range(0, 80).Select(
            i => $$"""{"id":"{{i}}","n":{{(i % 2 == 0 ? "" : "-")}}1.7e308,"one":{{i}}}""");
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/ends/bulk", string.Join('\n', lines));
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/ends/refresh");
        var body = $$"""{"size": 0, "aggs": {{aggregations}}}""";
        var answer = await api.JsonAsync(HttpMethod.Post, "/v1/collections/ends/search", body);
        Assert.Equal(JsonValueKind.Object, answer.GetProperty("aggregations").ValueKind);
    }

    [Theory]
    [InlineData("""
        {"query": {"bool": {"should": [{"rank_feature": {"field": "n", "linear": {}}},
                                       {"rank_feature": {"field": "n", "linear": {}}}]}}, "explain": true}
        """)]
    [InlineData("""{"query": {"rank_feature": {"field": "n", "linear": {}, "boost": 1e30}}, "explain": true}""")]
    [InlineData("""
        {"query": {"function_score": {"query": {"rank_feature": {"field": "n", "linear": {}}},
                                      "field_value_factor": {"field": "n", "modifier": "square"}}}, "explain": true}
        """)]
    [InlineData("""
        {"query": {"bool": {"must": [{"constant_score": {"filter": {"match_all": {}}, "boost": 1e30}},
                                     {"constant_score": {"filter": {"match_all": {}}, "boost": 1e30}}]}},
         "sort": ["_score"]}
        """)]
    [InlineData("""
        {"query": {"function_score": {"field_value_factor": {"field": "n", "modifier": "log"}}}, "explain": true}
        """)]
    [InlineData("""{"sort": [{"n": {"mode": "sum", "order": "desc"}}]}""")]
    [InlineData("""{"sort": [{"n": {"mode": "avg", "order": "desc"}}]}""")]
    [InlineData("""{"sort": [{"n": {"mode": "median"}}]}""")]
    public async Task Order_hits_that_are_told(string body)
    {
        const string schema = """{"fields":[{"name":"n","type":"number"}]}""";
        await api.JsonAsync(HttpMethod.Put, "/v1/collections/tops", schema);
        const string lines = """
            {"id":"1","n":[1.7e308,1.7e308]}
            {"id":"2","n":[-1.7e308,-1.7e308]}
            {"id":"3","n":1e300}
            """;
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/tops/bulk", lines);
        await api.JsonAsync(HttpMethod.Post, "/v1/collections/tops/refresh");
        var answer = await api.JsonAsync(HttpMethod.Post, "/v1/collections/tops/search", body);
        Assert.InRange(answer.GetProperty("hits").GetArrayLength(), 2, 3);
    }
}
