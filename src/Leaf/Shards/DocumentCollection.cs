using System.Text;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Shards;

/// <summary>One collection's documents in one shard, and how far the log is ahead of its index.</summary>
internal sealed class DocumentCollection(string name, CollectionIndex index, IndexDirectory directory) : IDisposable
{
    private long _applied;
    private long _flushNotBefore;

    public string Name { get; } = name;

    /// <summary>The name as log records carry it.</summary>
    public byte[] NameBytes { get; } = Encoding.UTF8.GetBytes(name);

    public CollectionIndex Index { get; } = index;

    /// <summary>
    /// Log position behind the last write applied to the index. Written by the lane, read by maintenance.
    /// </summary>
    public long Applied
    {
        get => Volatile.Read(ref _applied);
        set => Volatile.Write(ref _applied, value);
    }

    /// <summary>Whether writes were applied since the last refresh. The lane's.</summary>
    public bool IsStale { get; set; }

    /// <summary>The flush under way, if there is one. Set on the lane, cleared by maintenance.</summary>
    public volatile PendingFlush? Flushing;

    /// <summary>After a flush that failed: the reading of the clock before which none is tried again.</summary>
    public long FlushNotBefore
    {
        get => Volatile.Read(ref _flushNotBefore);
        set => Volatile.Write(ref _flushNotBefore, value);
    }

    /// <summary>Whether a merge is queued or under way.</summary>
    public volatile bool IsMerging;

    /// <summary>Whether the log holds writes that the published segments do not.</summary>
    public bool IsAhead => Applied > Index.CommittedPosition;

    public void Dispose()
    {
        Index.Dispose();
        directory.Dispose();
    }
}
