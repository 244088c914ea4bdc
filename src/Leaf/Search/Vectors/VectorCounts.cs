namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>How segments were searched for nearest vectors, for metrics. Thread-safe.</summary>
internal sealed class VectorCounts
{
    private long _scans;
    private long _walks;
    private long _fallbacks;

    /// <summary>By comparing all that might be found.</summary>
    public long Scans => Interlocked.Read(ref _scans);

    /// <summary>By a graph.</summary>
    public long Walks => Interlocked.Read(ref _walks);

    /// <summary>By a graph in vain, since the filter was too narrow for it, and then by comparing all.</summary>
    public long Fallbacks => Interlocked.Read(ref _fallbacks);

    public void Scanned() => Interlocked.Increment(ref _scans);

    public void Walked() => Interlocked.Increment(ref _walks);

    public void FellBack() => Interlocked.Increment(ref _fallbacks);
}
