using System.Diagnostics.Metrics;
using Hedgerow.Server.FrontEnds.Memcached;

namespace Hedgerow.Server.Metrics;

/// <summary>
/// Shows what memcached connections do, as instruments that are read when /metrics is scraped: the counters of
/// <c>stats</c> by their names there, which a <c>stats reset</c> does not set back here. Dispose with the listener.
/// </summary>
internal sealed class MemcachedMeter : IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);

    public MemcachedMeter(MemcachedFrontEnd frontEnd)
    {
        _meter.CreateObservableGauge(
            "hedgerow_memcached_connections", () => frontEnd.Connections,
            description: "memcached connections open now.");
        foreach (var counter in Enum.GetValues<MemcachedCounter>())
        {
            var name = StatsReport.NameOf(counter);
            _meter.CreateObservableCounter(
                $"hedgerow_memcached_{name}_total", () => frontEnd.ReadTotal(counter),
                description: $"{name} of memcached's stats, since the start.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
