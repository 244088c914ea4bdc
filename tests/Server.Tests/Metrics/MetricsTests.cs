using System.Globalization;
using System.Text.RegularExpressions;
using Hedgerow.Server.Tests.Hosting;

namespace Hedgerow.Server.Tests.Metrics;

// Meters are found by name: nodes of tests beside it would count in.
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
public sealed class MetricsCollection;

[Collection(nameof(MetricsTests))]
public sealed partial class MetricsTests
{
    /// <summary>What dashboards and alerts stand on; docs/OPERATIONS.md explains each.</summary>
    private static readonly string[] Promised =
    [
        "hedgerow_request_seconds_bucket", "hedgerow_request_seconds_count", "hedgerow_request_seconds_sum",
        "hedgerow_leaf_requests_total", "hedgerow_leaf_seconds_bucket", "hedgerow_leaf_seconds_count",
        "hedgerow_leaf_seconds_sum", "hedgerow_leaf_cache_hits_total", "hedgerow_leaf_cache_misses_total",
        "hedgerow_leaf_cache_memory_bytes", "hedgerow_shard_entries", "hedgerow_shard_entry_bytes",
        "hedgerow_shard_documents", "hedgerow_router_requests_total", "hedgerow_router_hedges_sent_total",
        "hedgerow_router_hedges_won_total", "hedgerow_router_hedges_cancelled_total",
        "hedgerow_router_hedges_denied_total", "hedgerow_router_retries_total", "hedgerow_process_memory_bytes",
        "hedgerow_process_heap_bytes", "hedgerow_native_connections", "hedgerow_native_requests_in_flight",
    ];

    [Fact]
    public async Task Every_promised_metric_is_there_and_on_the_operations_page()
    {
        await using var node = await RunningNode.ServeAsync();
        using var put = await node.Http.PutAsync("/v1/entries/x", new StringContent("x"), Cancel);
        using var get = await node.Http.GetAsync("/v1/entries/x", Cancel);
        var scrape = await node.Http.GetStringAsync("/metrics", Cancel);
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "OPERATIONS.md"), Cancel);
        foreach (var name in Promised)
        {
            Assert.Matches($"(?m)^{name}[{{ ]", scrape);
            Assert.Contains($"`{HistogramPart().Replace(name, "")}`", page, StringComparison.Ordinal);
        }

        Assert.Distinct(scrape.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(Series));
    }

    [Fact]
    public async Task A_request_counts_where_it_belongs()
    {
        await using var node = await RunningNode.ServeAsync("--name=counted");
        var before = Sum(await node.Http.GetStringAsync("/metrics", Cancel), "hedgerow_leaf_cache_hits_total");
        using var put = await node.Http.PutAsync("/v1/entries/x", new StringContent("x"), Cancel);
        for (var i = 0; i < 5; i++) await node.Http.GetStringAsync("/v1/entries/x", Cancel);
        var after = Sum(await node.Http.GetStringAsync("/metrics", Cancel), "hedgerow_leaf_cache_hits_total");
        Assert.True(after >= before + 5, $"{before} hits, then {after}");
    }

    [Fact]
    public async Task Aggregations_count_by_kind_and_a_profile_tells_their_time()
    {
        await using var node = await RunningNode.ServeAsync("--shards=2", "--replicas=1");
        var before = await node.Http.GetStringAsync("/metrics", Cancel);
        await SendAsync(node, HttpMethod.Put, "/v1/collections/m", """{"fields":[{"name":"n","type":"integer"}]}""");
        await SendAsync(node, HttpMethod.Post, "/v1/collections/m/bulk", """
            {"id":"1","n":1}
            {"id":"2","n":2}
            {"id":"3","n":3}
            """);
        await SendAsync(node, HttpMethod.Post, "/v1/collections/m/refresh", "");
        var answer = await SendAsync(node, HttpMethod.Post, "/v1/collections/m/search", """
            {"size":0,"profile":true,
             "aggs":{"a":{"histogram":{"field":"n","interval":1},"aggs":{"b":{"sum":{"field":"n"}}}}}}
            """);
        Assert.Contains("\"aggregate\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"parts\"", answer, StringComparison.Ordinal);
        await SendAsync(node, HttpMethod.Post, "/v1/collections/m/search", """{"aggs":{"a":{"sum":{"field":"x"}}}}""");
        var after = await node.Http.GetStringAsync("/metrics", Cancel);
        Assert.True(Grown("hedgerow_leaf_aggregation_searches_total") >= 3);
        Assert.True(Grown("hedgerow_leaf_aggregation_refused_total") >= 1);
        Assert.True(Grown("hedgerow_leaf_aggregation_buckets_total") >= 3);
        Assert.True(Grown("hedgerow_leaf_aggregation_memory_bytes_total") > 0);
        Assert.True(Grown("hedgerow_leaf_aggregation_microseconds_total") >= 0);
        Assert.True(Grown("hedgerow_leaf_aggregations_total", "kind=\"histogram\"") >= 2);
        Assert.True(Grown("hedgerow_leaf_aggregations_total", "kind=\"sum\"") >= 3);

        double Grown(string name, string label = "") => Of(after, name, label) - Of(before, name, label);

        static double Of(string scrape, string name, string label) =>
            Lines(scrape, name).Where(line => line.Contains(label, StringComparison.Ordinal)).Sum(Value);
    }

    [Fact]
    public async Task Buckets_never_fall_and_end_at_the_count()
    {
        await using var node = await RunningNode.ServeAsync();
        using var put = await node.Http.PutAsync("/v1/entries/x", new StringContent("x"), Cancel);
        var scrape = await node.Http.GetStringAsync("/metrics", Cancel);
        foreach (var operation in new[] { "get", "write", "search" })
        {
            var lines = Lines(scrape, "hedgerow_leaf_seconds_bucket").Where(line =>
                line.Contains("leaf=\"leaf-1\"", StringComparison.Ordinal)
                && line.Contains($"operation=\"{operation}\"", StringComparison.Ordinal)
                && line.Contains("kind=\"service\"", StringComparison.Ordinal));
            var counts = lines.OrderBy(Bound).Select(Value).ToArray();
            Assert.Equal(28, counts.Length);
            Assert.Equal(counts.Order(), counts);
        }
    }

    private static async Task<string> SendAsync(RunningNode node, HttpMethod method, string target, string body)
    {
        using var request = new HttpRequestMessage(method, target) { Content = new StringContent(body) };
        using var response = await node.Http.SendAsync(request, Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static IEnumerable<string> Lines(string scrape, string name) =>
        scrape.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal));

    private static double Sum(string scrape, string name) => Lines(scrape, name).Sum(Value);

    private static double Value(string line) => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);

    private static double Bound(string line)
    {
        var bound = BoundLabel().Match(line).Groups[1].Value;
        return bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture);
    }

    private static string Series(string line) => line.Split("} ")[0];

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex HistogramPart();

    [GeneratedRegex("le=\"([^\"]+)\"")]
    private static partial Regex BoundLabel();
}
