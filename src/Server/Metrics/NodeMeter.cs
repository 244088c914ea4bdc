using System.Diagnostics.Metrics;
using System.Globalization;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Metrics;

/// <summary>
/// Shows what router, shards and leaves count themselves as instruments, read when /metrics is scraped: in between it
/// costs nothing. What a leaf counts by operation it shows itself, on the meter <c>Hedgerow.Leaf</c>.
/// Dispose with the node.
/// </summary>
internal sealed class NodeMeter : IDisposable
{
    /// <summary>Name of the leaves' own meter.</summary>
    public const string LeafName = "Hedgerow.Leaf";

    /// <summary>Name of the router's meter.</summary>
    public const string RouterName = "Hedgerow.Router";

    /// <summary>The instrument that holds the buckets of the leaves' latency histograms.</summary>
    public const string LeafBuckets = "hedgerow_leaf_seconds_bucket";

    /// <summary>Series of <see cref="LeafBuckets"/>: 16 leaves x 8 operations x 2 kinds x 28 buckets.</summary>
    public const int LeafBucketsMax = 8_192;

    private readonly INode _node;
    private readonly Meter _server = new(ServerMeter.Name);
    private readonly Meter _router = new(RouterName);

    public NodeMeter(INode node)
    {
        _node = node;
        AddProcess();
        if (node.Router is { } router) AddRouter(router);
        if (node.Leaves.Count == 0) return;
        AddShards();
        AddLatencies();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        _router.Dispose();
    }

    private void AddProcess()
    {
        _server.CreateObservableGauge(
            "hedgerow_process_memory_bytes", () => Environment.WorkingSet, description: "Resident memory.");
        _server.CreateObservableGauge(
            "hedgerow_process_heap_bytes", () => GC.GetTotalMemory(forceFullCollection: false),
            description: "Managed heap; entries live outside it.");
    }

    private void AddRouter(IRequestExecutor router)
    {
        Count("hedgerow_router_requests_total", c => c.Requests, "Requests sent to leaves, hedges not counted.");
        Count("hedgerow_router_hedges_sent_total", c => c.HedgesSent, "Second copies sent.");
        Count("hedgerow_router_hedges_won_total", c => c.HedgesWon, "Second copies that answered first.");
        Count("hedgerow_router_hedges_cancelled_total", c => c.HedgesCancelled, "Copies whose twin was first.");
        Count("hedgerow_router_hedges_denied_total", c => c.HedgesDenied, "Hedges not sent: the budget was spent.");
        Count("hedgerow_router_retries_total", c => c.Retries, "Reads sent again: a replica had failed.");

        void Count(string name, Func<RouterCounters, long> read, string description) =>
            _router.CreateObservableCounter(name, () => read(router.Counters), description: description);
    }

    private void AddShards()
    {
        Shard("hedgerow_shard_entries", s => s.Entries, "Live cache entries of a shard replica.");
        Shard("hedgerow_shard_entry_bytes", s => s.EntryBytes, "Memory held for them.");
        Shard("hedgerow_shard_documents", s => s.Documents, "Live documents of a shard replica.");

        void Shard(string name, Func<ShardStats, long> read, string description) =>
            _server.CreateObservableUpDownCounter(name, () => Shards(read), description: description);
    }

    private IEnumerable<Measurement<long>> Shards(Func<ShardStats, long> read)
    {
        foreach (var leaf in _node.Leaves)
        {
            var stats = leaf.Stats();
            foreach (var shard in stats.Shards)
                yield return new Measurement<long>(
                    read(shard), Label("leaf", stats.Name), Label("shard", (int)shard.Shard));
        }
    }

    // The leaf has its histograms whole; an instrument of kind histogram takes single measurements only. So the three
    // series of a Prometheus histogram are shown as they are.
    private void AddLatencies()
    {
        _server.CreateObservableUpDownCounter(
            LeafBuckets, () => Latencies(Buckets),
            description: "Histogram of the time a leaf's operations took (kind service) and waited (kind queue).");
        _server.CreateObservableUpDownCounter(
            "hedgerow_leaf_seconds_count", () => Latencies<long>(l => [(null, l.Count)]), description: "Operations.");
        _server.CreateObservableUpDownCounter(
            "hedgerow_leaf_seconds_sum", () => Latencies<double>(l => [(null, l.SumSeconds)]),
            description: "Their seconds.");
    }

    private IEnumerable<Measurement<T>> Latencies<T>(Func<LeafLatency, IEnumerable<(string? Bound, T Value)>> read)
        where T : struct
    {
        foreach (var leaf in _node.Leaves)
        {
            var name = leaf.Stats().Name;
            foreach (var latency in leaf.Latencies())
                foreach (var (bound, value) in read(latency))
                {
                    var labels = new List<KeyValuePair<string, object?>>
                    {
                        Label("leaf", name), Label("operation", latency.Operation), Label("kind", latency.Kind),
                    };
                    if (bound != null) labels.Add(Label("le", bound));
                    yield return new Measurement<T>(value, labels);
                }
        }
    }

    private static IEnumerable<(string? Bound, long Value)> Buckets(LeafLatency latency)
    {
        foreach (var (upperSeconds, count) in latency.Cumulative())
            yield return (upperSeconds.ToString("R", CultureInfo.InvariantCulture), count);
        yield return ("+Inf", latency.Count);
    }

    private static KeyValuePair<string, object?> Label(string name, object value) => new(name, value);
}
