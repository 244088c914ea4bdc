namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Goes once through every entry of a store while it serves: old to young, queue by queue, as the records lie, and
/// gives them as rows. Entries that stay are given; one that is written or moved meanwhile may be given twice, the
/// newer version last or with the same version, so whoever takes the rows keeps the highest. One walk at a time.
/// </summary>
/// <remarks>
/// A gate is held for at most <see cref="CacheStore.WalkRecordsMax"/> records or <see cref="BatchBytes"/> bytes of
/// them. Records move towards the young end only, so a walk that follows misses none; its place is kept by the log
/// when the segment goes. Large values are pinned and given from outside the gate.
/// </remarks>
internal sealed unsafe class EntryWalk : IDisposable
{
    private const int BatchBytes = 64 * 1024;
    private readonly SegmentPool _pool;
    private readonly Partition[] _partitions;
    private readonly byte[] _buffer;
    private readonly (ulong Address, ulong Hash, SegmentUse Use)[] _standing = new (
        ulong, ulong, SegmentUse)[CacheStore.WalkRecordsMax];
    private int _found;
    private int _partition;
    private SegmentUse _nextQueue;
    private int _used;
    private int _largeAt;
    private LargeBlock* _pinned;

    public EntryWalk(SegmentPool pool, Partition[] partitions)
    {
        _pool = pool;
        _partitions = partitions;
        _buffer = new byte[BatchBytes + pool.SegmentBytes + EntryRow.HeaderBytesMax];
    }

    /// <summary>Whole rows, <see cref="Count"/> of them; holds until the next step.</summary>
    public ReadOnlySpan<byte> Rows => _buffer.AsSpan(0, _largeAt);

    public int Count { get; private set; }

    /// <summary>Whether one more row follows, in two pieces.</summary>
    public bool HasLarge => _pinned != null;

    /// <summary>Of the large row: all but the pages of its value.</summary>
    public ReadOnlySpan<byte> LargeHead => _buffer.AsSpan(_largeAt, _used - _largeAt);

    public ReadOnlySpan<byte> LargeRest => LargeBlock.Pages(_pinned);

    /// <summary>The rest of the large row, to be kept beyond the next step and then disposed of.</summary>
    public PinnedPages TakeLargeRest()
    {
        LargeBlock.Pin(_pinned);
        return new PinnedPages(_pinned, _pool);
    }

    /// <summary>Goes on; false when there is nothing left. Tombstones and what has expired are left out.</summary>
    public bool MoveNext(long nowMs)
    {
        Release();
        _used = _largeAt = Count = 0;
        while (_partition < _partitions.Length)
        {
            var partition = _partitions[_partition];
            partition.Gate.Enter();
            var isOver = Step(partition.Table, nowMs);
            partition.Gate.Exit();
            if (!HasLarge) _largeAt = _used;
            if (isOver)
            {
                _partition++;
                _nextQueue = SegmentUse.Small;
            }

            if (Count != 0 || HasLarge) return true;
        }

        return false;
    }

    public void Dispose() => Release();

    /// <summary>Walks a little of a partition; true when it is over.</summary>
    private bool Step(EntryTable table, long nowMs)
    {
        var isOver = Find(table, nowMs);
        for (var i = 0; i < _found; i++)
        {
            var (address, hash, use) = _standing[i];
            Take(_pool.RecordAt(address), table.Index.FindAddress(hash, address), use);
        }

        return isOver;
    }

    /// <summary>
    /// Looks at the next records and asks for their buckets; the last one found may be large. True when the partition
    /// is over.
    /// </summary>
    private bool Find(EntryTable table, long nowMs)
    {
        var log = table.Log;
        _found = 0;
        var bytes = 0;
        for (var walked = 0; walked < CacheStore.WalkRecordsMax && bytes < BatchBytes; walked++)
        {
            if (!log.TryWalk(ref log.WalkCursor, ref _nextQueue, SegmentUse.Main, out var address, out var record))
                return true;
            if (record.IsNone || record.IsDead || record.IsTombstone || record.HasExpired(nowMs)) continue;
            var hash = table.HashOf(record);
            table.Index.PrefetchBoth(hash);
            _standing[_found++] = (address, hash, _pool.Header(_pool.SegmentOf(address)).Use);
            bytes += record.Bytes + EntryRow.HeaderBytesMax;
            if (record.IsLarge) break;
        }

        return false;
    }

    private void Take(in Record record, ulong* slot, SegmentUse use)
    {
        var row = new EntryRow
        {
            Version = record.Version,
            EntryFlags = record.EntryFlags,
            ExpiresAtMs = record.ExpiresAtMs,
            Kind = record.Kind,
            Mark = record.Mark,
            Uses = slot == null ? 0 : HashIndex.UsesOf(*slot),
            IsInMain = use == SegmentUse.Main,
            Path = record.Path,
            Value = record.Value,
        };
        if (record.IsLarge)
        {
            _pinned = record.Block;
            LargeBlock.Pin(_pinned);
            _largeAt = _used;
        }
        else
        {
            Count++;
        }

        _used += row.WriteHeader(_buffer.AsSpan(_used), record.ValueBytes);
        row.Path.CopyTo(_buffer.AsSpan(_used));
        _used += row.Path.Length;
        row.Value.CopyTo(_buffer.AsSpan(_used));
        _used += row.Value.Length;
    }

    private void Release()
    {
        if (_pinned != null) LargeBlock.Release(_pinned, _pool);
        _pinned = null;
    }
}
