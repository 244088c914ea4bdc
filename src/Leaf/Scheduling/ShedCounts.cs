namespace Hedgerow.Leaf.Scheduling;

/// <summary>What one queue refused, by reason. Thread-safe.</summary>
internal sealed class ShedCounts
{
    private long _full;
    private long _late;
    private long _waited;

    /// <summary>There was no place.</summary>
    public long FullTotal => Volatile.Read(ref _full);

    /// <summary>Its deadline could not be met.</summary>
    public long LateTotal => Volatile.Read(ref _late);

    /// <summary>It waited its share in a queue that stood.</summary>
    public long WaitedTotal => Volatile.Read(ref _waited);

    public void Full() => Interlocked.Increment(ref _full);

    public void Late() => Interlocked.Increment(ref _late);

    public void Waited() => Interlocked.Increment(ref _waited);
}
