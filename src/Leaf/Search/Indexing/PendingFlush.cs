namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// What one flush has to write: the index as it was at a log position. Merges that finish in the meantime keep it up to
/// date. Holds segments until it is flushed or replaced by a later one.
/// </summary>
internal sealed class PendingFlush
{
    public PendingFlush(long position, IndexSnapshot snapshot)
    {
        Position = position;
        Snapshot = snapshot;
    }

    /// <summary>Log position that it reaches up to.</summary>
    public long Position { get; }

    /// <summary>Views as they were then; guarded by the store's lock.</summary>
    public IndexSnapshot Snapshot { get; set; }
}
