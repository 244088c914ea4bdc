using System.Text;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Shards;

/// <summary>One collection's documents in one shard, and how far the log is ahead of its index.</summary>
/// <remarks>
/// Damaged files, found at the start, by a merge or by a read, make it say so instead of answering from what is left:
/// from then on <see cref="Index"/> throws and every request on it is answered Corrupt. The index stays open, for
/// readers may be in it, and its files stay as they are.
/// </remarks>
internal sealed class DocumentCollection(string name, CollectionIndex? index, IndexDirectory directory) : IDisposable
{
    private static readonly IOException UnfinishedRepair =
        new("Its documents are being copied from other replicas, and some may be missing yet.");

    private volatile IOException? _damage;
    private volatile bool _isDropped;
    private volatile bool _isRefilling;
    private volatile bool _isSealed;
    private volatile DocumentCollection? _successor;
    private long _applied;
    private long _flushNotBefore;

    public string Name { get; } = name;

    /// <summary>The name as log records carry it.</summary>
    public byte[] NameBytes { get; } = Encoding.UTF8.GetBytes(name);

    /// <exception cref="DamagedCollectionException">It needs repair.</exception>
    public CollectionIndex Index =>
        _damage is { } damage ? throw new DamagedCollectionException(Name, damage) : index!;

    /// <summary>The index, to be read.</summary>
    /// <exception cref="DamagedCollectionException">It needs repair, or has not all of its documents back yet.
    /// </exception>
    public CollectionIndex Readable
    {
        get
        {
            DemandReadable();
            return index!;
        }
    }

    /// <summary>
    /// Whether its documents are being copied from other replicas: it takes writes, and answers nothing.
    /// </summary>
    public bool IsRefilling
    {
        get => _isRefilling;
        set => _isRefilling = value;
    }

    /// <summary>Which filling it is, while <see cref="IsRefilling"/>. Maintenance.</summary>
    public ulong FillId { get; set; }

    /// <summary>
    /// Of an index that a reindex fills: whether the leaf has promised that it can take its place, so that writes have
    /// to fit its schema too. Set by maintenance while the lane is paused.
    /// </summary>
    public bool IsSealed
    {
        get => _isSealed;
        set => _isSealed = value;
    }

    /// <summary>
    /// The index that a reindex fills, which gets every write too; behind a finished one, the index that serves now.
    /// Changed by maintenance while the lane is paused.
    /// </summary>
    public DocumentCollection? Successor
    {
        get => _successor;
        set => _successor = value;
    }

    /// <summary>How far the filling of this index is; null when it serves.</summary>
    public Reindexing? Reindexing { get; set; }

    /// <summary>Whether it is closed, or about to be: nobody finds it any more.</summary>
    public bool IsDropped => _isDropped;

    /// <summary>Whether it can be read, written, flushed and merged.</summary>
    public bool IsUsable => !IsDropped && !IsDamaged;

    /// <summary>This, or what took its place since.</summary>
    public DocumentCollection Current => IsDropped && Successor is { } successor ? successor.Current : this;

    /// <summary>Whether it needs repair.</summary>
    public bool IsDamaged => _damage is not null;

    /// <summary>Why; null where it needs none.</summary>
    public string? Damage => _damage?.Message ?? (_isRefilling ? UnfinishedRepair.Message : null);

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

    /// <summary>Requests that wait for the next refresh. The lane's.</summary>
    public List<RefreshRequest> Awaiting { get; } = [];

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
    public bool IsAhead => IsUsable && Applied > Index.CommittedPosition;

    /// <summary>Throws where it answers nothing.</summary>
    /// <exception cref="DamagedCollectionException">Why.</exception>
    public void DemandReadable()
    {
        if (_damage is { } damage) throw new DamagedCollectionException(Name, damage);
        if (_isRefilling) throw new DamagedCollectionException(Name, UnfinishedRepair);
    }

    /// <summary>Takes it out of service. Any thread.</summary>
    /// <returns>Whether this was the first to say so.</returns>
    public bool MarkDamaged(IOException damage) => Interlocked.CompareExchange(ref _damage, damage, null) is null;

    /// <summary>Whether it is of an index.</summary>
    public bool IsOver(CollectionIndex other) => ReferenceEquals(index, other);

    /// <summary>Takes it away: from now on it is passed over. Maintenance, while the lane is paused.</summary>
    public void MarkDropped() => _isDropped = true;

    public void Dispose()
    {
        index?.Dispose();
        directory.Dispose();
    }
}

/// <summary>A request on a collection that needs repair.</summary>
internal sealed class DamagedCollectionException(string name, IOException damage)
    : IOException($"Collection '{name}' of this shard needs repair. {damage.Message}", damage);
