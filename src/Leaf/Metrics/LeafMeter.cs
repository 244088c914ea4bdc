using System.Diagnostics.Metrics;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Shards;

namespace Hedgerow.Leaf.Metrics;

/// <summary>
/// Shows a leaf's counters as instruments of the meter <c>Hedgerow.Leaf</c>, each measurement with the tag <c>leaf</c>.
/// They are read when somebody collects them and cost nothing in between.
/// </summary>
internal sealed class LeafMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Hedgerow.Leaf";

    private readonly Meter _meter = new(Name);
    private readonly KeyValuePair<string, object?> _leaf;

    public LeafMeter(LeafCore core, LeafMetrics metrics, ReaderGate gate)
    {
        _leaf = new KeyValuePair<string, object?>("leaf", core.Options.Name);
        _meter.CreateObservableCounter("hedgerow_leaf_requests_total", () => Requests(metrics),
            description: "Requests answered, by opcode and status.");
        _meter.CreateObservableCounter("hedgerow_leaf_aggregations_total", () => Aggregations(core, gate),
            description: "Aggregations of searches, by kind.");
        foreach (var (name, isCounter, read) in LeafCounters.All)
        {
            if (isCounter) _meter.CreateObservableCounter(name, Read);
            else _meter.CreateObservableGauge(name, Read);

            Measurement<long> Read()
            {
                using var reader = gate.Enter();
                return new Measurement<long>(read(core), _leaf);
            }
        }
    }

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> Aggregations(LeafCore core, ReaderGate gate)
    {
        using var reader = gate.Enter();
        var all = new List<Measurement<long>>();
        foreach (var (kind, count) in LeafCounters.Aggregations(core))
            all.Add(new Measurement<long>(count, _leaf, new KeyValuePair<string, object?>("kind", kind)));
        return all;
    }

    private IEnumerable<Measurement<long>> Requests(LeafMetrics metrics)
    {
        foreach (var (opcode, status, count) in metrics.Replies())
        {
            yield return new Measurement<long>(
                count,
                _leaf,
                new KeyValuePair<string, object?>("opcode", LeafMetrics.Label(opcode)),
                new KeyValuePair<string, object?>("status", LeafMetrics.Label(status)));
        }
    }
}
