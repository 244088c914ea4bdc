using Hedgerow.Leaf.Scheduling;
using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Shards;

/// <summary>
/// Snapshots that points in time hold on this leaf: what searches saw when each was opened. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A snapshot is a counted reference on its segments, so holding one copies nothing: merged segments stay mapped,
/// and their files, which have no name any more, are the operating system's to free, also after a kill. What costs
/// memory is images of recent writes that were merged or flushed meanwhile; <see cref="Sweep"/> bounds it.</para>
/// <para>Numbers rise with the wall clock, so that a leaf which began anew does not take an id of its earlier life for
/// one of this.</para>
/// </remarks>
internal sealed class HeldSnapshots(LeafOptions options, LeafClock clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Held> _held = [];
    private ulong _lastId;
    private long _opened;
    private long _expired;
    private long _refused;
    private long _givenUp;
    private long _memoryBytes;

    /// <summary>Held now.</summary>
    public int Count
    {
        get { lock (_gate) return _held.Count; }
    }

    /// <summary>Opened so far.</summary>
    public long Opened => Volatile.Read(ref _opened);

    /// <summary>Those that nobody used in time.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>Those that were not opened, because too many were.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Those that were closed for their memory.</summary>
    public long GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Bytes of memory that only they hold, at the last sweep.</summary>
    public long MemoryBytes => Volatile.Read(ref _memoryBytes);

    /// <summary>What is wrong with a time to keep one; null when nothing is.</summary>
    public string? Problem(TimeSpan keepAlive) => keepAlive <= options.PointInTimeKeepAliveMax
        ? null
        : $"keepAlive is {keepAlive.TotalMilliseconds:0} ms; {options.Name} keeps a point in time for at most "
            + $"{options.PointInTimeKeepAliveMax.TotalMilliseconds:0} ms unused (leaf.pointInTime.keepAlive).";

    /// <summary>Holds what searches of an index see now.</summary>
    /// <param name="shard">The index's shard.</param>
    /// <param name="collection">Its collection.</param>
    /// <param name="index">The index.</param>
    /// <param name="keepAlive">For how long after each use.</param>
    /// <returns>Its number; null when as many are held as may be.</returns>
    public ulong? Open(ushort shard, string collection, CollectionIndex index, TimeSpan keepAlive)
    {
        var now = clock.Ticks();
        lock (_gate)
        {
            if (_held.Count >= options.SnapshotsHeldMax) Expire(now);
            if (_held.Count >= options.SnapshotsHeldMax)
            {
                _refused++;
                return null;
            }

            _lastId = Math.Max(_lastId + 1, (ulong)clock.UnixMs(now) << 16);
            var held = new Held(shard, collection, index, index.AcquireSnapshot(), keepAlive);
            held.Until = now + clock.TicksOf(keepAlive);
            _held.Add(_lastId, held);
            _opened++;
            return _lastId;
        }
    }

    /// <summary>
    /// A held snapshot with a reference that the caller releases, kept anew from now on; null when it is not held.
    /// </summary>
    /// <param name="id">Its number.</param>
    /// <param name="shard">Its shard.</param>
    /// <param name="collection">The name that it was opened by, which may lead elsewhere now.</param>
    /// <param name="keepAlive">For how long it is kept from now on; null as before.</param>
    /// <param name="index">The index that it is of.</param>
    public IndexSnapshot? Use(
        ulong id, ushort shard, string collection, TimeSpan? keepAlive, out CollectionIndex? index)
    {
        index = null;
        var now = clock.Ticks();
        lock (_gate)
        {
            if (!_held.TryGetValue(id, out var held) || held.Shard != shard || held.Collection != collection)
                return null;
            if (held.Until <= now)
            {
                Expire(now);
                return null;
            }

            held.Until = now + clock.TicksOf(keepAlive ?? held.KeepAlive);
            index = held.Index;
            return held.Snapshot.TryAddReference() ? held.Snapshot : null;
        }
    }

    /// <summary>Lets go of one; false when it is not held.</summary>
    public bool Close(ulong id, ushort shard, string collection)
    {
        lock (_gate)
        {
            return _held.TryGetValue(id, out var held) && held.Shard == shard && held.Collection == collection
                && Drop(id);
        }
    }

    /// <summary>Lets go of those that nobody used in time, and of those that hold too much memory.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            Expire(clock.Ticks());
            while ((_memoryBytes = HeldAlone()) > options.PointInTimeMemoryBytes)
            {
                Drop(_held.Where(row => row.Value.Snapshot.UnflushedBytes > 0).MinBy(row => row.Value.Until).Key);
                _givenUp++;
            }
        }
    }

    /// <summary>Lets go of all of a shard, which is closing.</summary>
    public void Close(ushort shard)
    {
        lock (_gate)
        {
            foreach (var (id, held) in _held)
                if (held.Shard == shard) Drop(id);
        }
    }

    /// <summary>Lets go of all of an index, which is gone.</summary>
    public void Close(DocumentCollection collection)
    {
        lock (_gate)
        {
            foreach (var (id, held) in _held)
                if (collection.IsOver(held.Index)) Drop(id);
        }
    }

    private void Expire(long now)
    {
        foreach (var (id, held) in _held)
        {
            if (held.Until > now) continue;
            Drop(id);
            _expired++;
        }
    }

    private bool Drop(ulong id)
    {
        _held.Remove(id, out var held);
        held!.Snapshot.Release();
        return true;
    }

    /// <summary>Bytes of memory images that the indexes themselves have let go of.</summary>
    private long HeldAlone()
    {
        var images = new Dictionary<CollectionIndex, HashSet<Segment>>();
        foreach (var held in _held.Values)
        {
            if (held.Snapshot.UnflushedBytes == 0) continue;
            if (!images.TryGetValue(held.Index, out var of)) images.Add(held.Index, of = []);
            foreach (var view in held.Snapshot.Views)
                if (!view.Segment.IsFlushed) of.Add(view.Segment);
        }

        foreach (var (index, of) in images)
        {
            var newest = index.AcquireSnapshot();
            foreach (var view in newest.Views) of.Remove(view.Segment);
            newest.Release();
        }

        return images.Values.Sum(of => of.Sum(segment => segment.Bytes));
    }

    private sealed record Held(
        ushort Shard, string Collection, CollectionIndex Index, IndexSnapshot Snapshot, TimeSpan KeepAlive)
    {
        /// <summary>The reading of the clock at which it expires.</summary>
        public long Until { get; set; }
    }
}
