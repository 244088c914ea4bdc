using System.Diagnostics.Metrics;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Metrics;

/// <summary>
/// Shows what leaves and router count themselves as instruments, read when /metrics is scraped: counting costs them
/// nothing more. Dispose with the node.
/// </summary>
internal sealed class NodeMeter : IDisposable
{
    /// <summary>Name of the leaves' meter.</summary>
    public const string LeafName = "Hedgerow.Leaf";

    /// <summary>Name of the router's meter.</summary>
    public const string RouterName = "Hedgerow.Router";

    /// <summary>The instrument that holds the buckets of the leaves' latency histograms.</summary>
    public const string LeafBuckets = "hedgerow_leaf_seconds_bucket";

    /// <summary>Series of <see cref="LeafBuckets"/>: 16 leaves x 8 operations x 2 kinds x 28 buckets.</summary>
    public const int LeafBucketsMax = 8_192;

    private readonly INode _node;
    private readonly Meter _leaf = new(LeafName);
    private readonly Meter _router = new(RouterName);

    public NodeMeter(INode node)
    {
        _node = node;
        AddProcess();
        if (node.Router is { } router) AddRouter(router);
        if (node.Leaves.Count == 0) return;
        AddShards();
        AddCounters();
        AddLatencies();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _leaf.Dispose();
        _router.Dispose();
    }

    private void AddProcess()
    {
        _leaf.CreateObservableGauge(
            "hedgerow_process_memory_bytes", () => Environment.WorkingSet, description: "Resident memory.");
        _leaf.CreateObservableGauge(
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
        Shard("hedgerow_leaf_entries", s => s.Entries, "Live cache entries.");
        Shard("hedgerow_leaf_entry_bytes", s => s.EntryBytes, "Memory held for cache entries.");
        Shard("hedgerow_leaf_documents", s => s.Documents, "Live documents.");

        void Shard(string name, Func<ShardStats, long> read, string description) =>
            _leaf.CreateObservableUpDownCounter(name, () => Shards(read), description: description);
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

    // A leaf names its counters itself; the set is the same on every leaf and for its whole life.
    private void AddCounters()
    {
        foreach (var name in _node.Leaves[0].Stats().Counters.Keys)
        {
            if (name.EndsWith("_total", StringComparison.Ordinal))
                _leaf.CreateObservableCounter(name, () => Counters(name));
            else
                _leaf.CreateObservableUpDownCounter(name, () => Counters(name));
        }
    }

    private IEnumerable<Measurement<long>> Counters(string name)
    {
        foreach (var leaf in _node.Leaves)
        {
            var stats = leaf.Stats();
            if (stats.Counters.TryGetValue(name, out var value))
                yield return new Measurement<long>(value, Label("leaf", stats.Name));
        }
    }

    // The leaf has its histograms whole; an instrument of kind histogram takes single measurements only. So the three
    // series of a Prometheus histogram are shown as they are.
    private void AddLatencies()
    {
        _leaf.CreateObservableUpDownCounter(
            LeafBuckets, () => Latencies(Buckets),
            description: "Histogram of the time a leaf's operations took (kind service) and waited (kind queue).");
        _leaf.CreateObservableUpDownCounter(
            "hedgerow_leaf_seconds_count", () => Latencies<long>(l => [(null, l.Count)]), description: "Operations.");
        _leaf.CreateObservableUpDownCounter(
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
            yield return (upperSeconds.ToString("R", System.Globalization.CultureInfo.InvariantCulture), count);
        yield return ("+Inf", latency.Count);
    }

    private static KeyValuePair<string, object?> Label(string name, object value) => new(name, value);
}
