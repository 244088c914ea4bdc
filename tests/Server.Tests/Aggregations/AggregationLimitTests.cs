using System.Text.Json;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Tests.Cli;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>What aggregations are refused, and what an answer that is not exact says.</summary>
public sealed class AggregationLimitTests : IClassFixture<SkewedWords>
{
    private readonly SkewedWords _words;

    public AggregationLimitTests(SkewedWords words)
    {
        _words = words;
    }

    [Fact]
    public async Task What_shards_leave_out_is_within_the_bound_that_is_told()
    {
        var exact = await TermsAsync("""{"field": "word", "size": 700, "exact": true}""");
        var counts = exact.Buckets.ToDictionary(bucket => bucket.Key, bucket => bucket.Count);
        Assert.Equal(0, exact.Bound);
        Assert.Equal(3_000, counts.Values.Sum());
        var rough = await TermsAsync("""{"field": "word", "size": 20, "shard_size": 20}""");
        Assert.True(rough.Bound > 0);
        Assert.Contains(rough.Buckets, bucket => bucket.Count < counts[bucket.Key]);
        Assert.All(rough.Buckets, row => Assert.InRange(counts[row.Key], row.Count, row.Count + row.Error));
        var least = rough.Buckets[^1].Count;
        var shown = rough.Buckets.Select(bucket => bucket.Key).ToHashSet();
        Assert.All(
            counts.Where(count => !shown.Contains(count.Key)),
            count => Assert.True(count.Value <= Math.Max(rough.Bound, least + rough.Bound)));
        Assert.Equal(3_000, rough.Buckets.Sum(bucket => bucket.Count) + rough.Others);
        var top = await TermsAsync("""{"field": "word", "size": 20, "exact": true}""");
        Assert.Equal(exact.Buckets.Take(20), top.Buckets);
        Assert.Equal(3_000 - top.Buckets.Sum(bucket => bucket.Count), top.Others);
    }

    [Theory]
    [InlineData("""{"a": {"terms": {"field": "text"}}}""", "cannot be of field 'text': it is of type Text")]
    [InlineData("""{"a": {"terms": {"field": "nowhere"}}}""", "there is no such field")]
    [InlineData("""{"a": {"terms": {"field": "word", "size": 0}}}""", "size of 0; allowed are 1 to 65536")]
    [InlineData("""{"a": {"terms": {"field": "word", "colour": 1}}}""", "known there are field, size")]
    [InlineData("""{"a": {"terms": {"field": "word", "include": "("}}}""", "regular expression '('")]
    [InlineData("""{"a": {"sum": {"field": "word"}}}""", "cannot be of field 'word'")]
    [InlineData(
        """{"a": {"percentiles": {"field": "n", "percents": [50, 101]}}}""", "percent of 101; allowed are 0 to 100")]
    [InlineData("""{"a": {"percentiles": {"field": "n", "percents": [-1]}}}""", "percent of -1; allowed are 0 to 100")]
    [InlineData(
        """{"h": {"histogram": {"field": "n", "interval": 9}},"a": {"cumulative_sum": {"buckets_path": "h>_count"}}}""",
        "'a' is made of the buckets that it lies within; at the root there are none")]
    [InlineData("""{"a": {"bucket_sort": {"size": 1}}}""", "at the root there are none")]
    [InlineData("""{"a": {"pie": {}}}""", "no kind of aggregation; there are avg")]
    [InlineData("""{"a": {"avg": {"field": "n"}, "aggs": {"b": {"avg": {"field": "n"}}}}}""", "makes no buckets")]
    [InlineData("""{"a": {"histogram": {"field": "x", "interval": 0}}}""", "interval of 0")]
    [InlineData("""{"a": {"histogram": {"field": "x", "interval": 1e-300}}}""", "too small for the value")]
    [InlineData("""{"a": {"histogram": {"field": "x", "interval": 0.001}}}""", "more than 65536 buckets")]
    [InlineData(
        """{"a": {"histogram": {"field": "n", "interval": 1, "extended_bounds": {"min": -1e18, "max": 1e18}}}}""",
        "more than 65536 buckets")]
    [InlineData(
        """{"a": {"date_histogram": {"field": "day", "fixed_interval": "1ms"}}}""", "more than 65536 buckets")]
    [InlineData(
        """{"a": {"date_histogram": {"field": "day", "calendar_interval": "day", "time_zone": "Mars"}}}""",
        "time zone 'Mars' is not known")]
    [InlineData("""{"a": {"date_histogram": {"field": "day"}}}""", "needs one of calendar_interval and fixed_interval")]
    [InlineData("""{"a": {"percentiles": {"field": "n", "relative_error": 0.5}}}""", "allowed are 0.001 to 0.1")]
    [InlineData("""{"a": {"cardinality": {"field": "n", "precision_threshold": 50000}}}""", "50000")]
    [InlineData("""{"a": {"top_hits": {"size": 101}}}""", "101")]
    [InlineData("""{"a": {"filter": {"term": {"none": 1}}}}""", "no field 'none'")]
    [InlineData("""{"a": {"range": {"field": "n", "ranges": []}}}""", "1 to 1024")]
    [InlineData("""{"a": {"max_bucket": {"buckets_path": "b>c"}}}""", "no aggregation with several buckets")]
    [InlineData(
        """{"a": {"terms": {"field": "word", "order": {"b": "asc"}}}}""", "path 'b' names nothing")]
    [InlineData(
        """
        {"a": {"terms": {"field": "word"},
               "aggs": {"c": {"composite": {"sources": [{"w": {"terms": {"field": "word"}}}]}}}}}
        """,
        "only stand at the root")]
    [InlineData(
        """
        {"a": {"terms": {"field": "n", "size": 3000, "exact": true},
               "aggs": {"b": {"histogram": {"field": "n", "interval": 1, "extended_bounds": {"min": 0, "max": 50}}}}}}
        """,
        "more than 65536 buckets")]
    public async Task What_does_not_fit_is_refused_by_its_name(string aggregations, string reason)
    {
        var answer = await SearchAsync(aggregations);
        Assert.True(answer.TryGetProperty("error", out var error), answer.ToString());
        Assert.Contains(reason, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_and_too_deep_aggregations_are_refused()
    {
        var rows = Enumerable.Range(0, 257).Select(i => $"\"a{i}\": {{\"avg\": {{\"field\": \"n\"}}}}");
        var many = string.Join(',', rows);
        Assert.Contains("more than 256", (await SearchAsync($"{{{many}}}")).ToString(), StringComparison.Ordinal);
        var deep = "{\"a\": {\"avg\": {\"field\": \"n\"}}}";
        for (var i = 0; i < 8; i++) deep = $"{{\"a\": {{\"filter\": {{\"match_all\": {{}}}}, \"aggs\": {deep}}}}}";
        Assert.Contains("deeper than 8", (await SearchAsync(deep)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facets_of_the_command_line_are_bars()
    {
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCodes.Ok, await terminal.RunAsync(
            "search", "words", "word:*", "--size", "0", "--facet", "word:2", "--server", _words.Node.Native));
        Assert.Contains("w0", terminal.Output, StringComparison.Ordinal);
        Assert.Contains("others", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("search", "words", "x", "--facet", "word:0"));
    }

    private async Task<(List<Row> Buckets, long Bound, long Others)> TermsAsync(string terms)
    {
        var answer = await SearchAsync($"{{\"t\": {{\"terms\": {terms}}}}}");
        var result = answer.GetProperty("aggregations").GetProperty("t");
        var rows = result.GetProperty("buckets").EnumerateArray().Select(bucket => new Row(
            bucket.GetProperty("key").GetString()!, bucket.GetProperty("doc_count").GetInt64(),
            bucket.TryGetProperty("doc_count_error_upper_bound", out var error) ? error.GetInt64() : 0));
        return ([.. rows], result.GetProperty("doc_count_error_upper_bound").GetInt64(),
            result.GetProperty("sum_other_doc_count").GetInt64());
    }

    private async Task<JsonElement> SearchAsync(string aggregations) => JsonDocument.Parse(await _words.SendAsync(
        HttpMethod.Post, "/v1/collections/words/search", $"{{\"size\": 0, \"aggs\": {aggregations}}}")).RootElement;

    private sealed record Row(string Key, long Count, long Error);
}
