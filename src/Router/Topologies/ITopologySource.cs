namespace Hedgerow.Router;

/// <summary>
/// Where a router's topology comes from: a file, a fixed value, later a coordination service. Thread-safe.
/// </summary>
public interface ITopologySource
{
    /// <summary>The newest one known. Read on every request, so it must cost no more than a field.</summary>
    Topology Current { get; }

    /// <summary>
    /// Looks for one with an epoch above <paramref name="epoch"/> now, because a leaf said that there is one. Returns
    /// the current one when there is none to be had.
    /// </summary>
    ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel);
}

/// <summary>A topology that is given by its owner: one process, a test, a tool.</summary>
public sealed class StaticTopology : ITopologySource
{
    private volatile Topology _current;

    /// <summary>Starts with <paramref name="topology"/>.</summary>
    /// <exception cref="TopologyException">It contradicts itself.</exception>
    public StaticTopology(Topology topology)
    {
        TopologyRules.Check(topology, "topology");
        _current = topology;
    }

    /// <inheritdoc/>
    public Topology Current => _current;

    /// <summary>Replaces it. Refused, with false, unless the epoch is above the current one's.</summary>
    /// <exception cref="TopologyException">It contradicts itself.</exception>
    public bool TryReplace(Topology topology)
    {
        TopologyRules.Check(topology, "topology");
        while (true)
        {
            var current = _current;
            if (topology.Epoch <= current.Epoch) return false;
#pragma warning disable CS0420 // Interlocked is the volatile access.
            if (Interlocked.CompareExchange(ref _current, topology, current) == current) return true;
#pragma warning restore CS0420
        }
    }

    /// <inheritdoc/>
    public ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel) => new(_current);
}
