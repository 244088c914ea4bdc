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
