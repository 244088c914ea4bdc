using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.Metrics;

/// <summary>
/// Shows sizes of process, listener and shards, and the leaves' latencies, as instruments that are read when /metrics
/// is scraped: in between they cost nothing. Leaves and router show their counters themselves, on meters of their own.
/// Dispose with the node.
/// </summary>
internal sealed class NodeMeter : IDisposable
{
    /// <summary>Name of the leaves' own meter.</summary>
    public const string LeafName = "Hedgerow.Leaf";

    /// <summary>Name of the router's own meter.</summary>
    public const string RouterName = "Hedgerow.Router";

    /// <summary>The instrument that holds the buckets of the leaves' latency histograms.</summary>
    public const string LeafBuckets = "hedgerow_leaf_seconds_bucket";

    /// <summary>Series of <see cref="LeafBuckets"/>: 16 leaves x 8 operations x 2 kinds x 28 buckets.</summary>
    public const int LeafBucketsMax = 8_192;

    private readonly INode _node;
    private readonly NativeListener _listener;
    private readonly WarmUpReport _warmed;
    private readonly Meter _server = new(ServerMeter.Name);

    public NodeMeter(INode node, NativeListener listener, WarmUpReport warmed)
    {
        _warmed = warmed;
        _node = node;
        _listener = listener;
        AddProcess();
        if (node.Leaves.Count == 0) return;
        AddShards();
        AddLatencies();
    }

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();

    private void AddProcess()
    {
        _server.CreateObservableGauge(
            "hedgerow_process_memory_bytes", () => Environment.WorkingSet, description: "Resident memory.");
        _server.CreateObservableGauge(
            "hedgerow_process_heap_bytes", () => GC.GetTotalMemory(forceFullCollection: false),
            description: "Managed heap; entries live outside it.");
        _server.CreateObservableGauge(
            "hedgerow_process_warm_up_milliseconds", () => _warmed.Elapsed.TotalMilliseconds,
            description: "How long requests were made to warm up before the first was served.");
        _server.CreateObservableCounter(
            "hedgerow_process_methods_compiled_total", () => JitInfo.GetCompiledMethodCount(),
            description: "Methods compiled by the process, each time they were.");
        _server.CreateObservableGauge(
            "hedgerow_native_connections", () => _listener.Connections, description: "Native connections open now.");
        _server.CreateObservableGauge(
            "hedgerow_native_requests_in_flight", () => _listener.RequestsInFlight,
            description: "Native requests not answered yet.");
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
