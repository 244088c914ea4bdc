using System.Diagnostics;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Makes room in one partition, a bounded number of records at a time: eviction by <see cref="Evictor"/>, compaction
/// of segments with many dead bytes, and the sweep of expired entries. Guarded by its partition's gate.
/// </summary>
internal sealed unsafe class Cleaner(EntryTable table, long limitBytes)
{
    /// <summary>Dead share of the log at which compaction comes before eviction: 1/20.</summary>
    private const int DeadShareDivisor = 20;

    /// <summary>Dead share of a segment at which it is worth compacting: 1/12.</summary>
    private const int CompactShareDivisor = 12;

    /// <summary>Records that a write compacts when there are that many dead bytes: few, or at 1/16 as many as may be.
    /// </summary>
    private const int PayRecords = 16;
    private const int PayAllShareDivisor = 16;

    /// <summary>After a vain look for a segment to compact, so much of one more has to die before the next.</summary>
    private const int VainShareDivisor = 8;

    /// <summary>What a page of the index costs to walk, in records.</summary>
    private const int RecordsPerIndexPage = 16;

    private readonly EntryLog _log = table.Log;
    private readonly SegmentPool _pool = table.Log.Pool;
    private readonly ExpiryOutlook _outlook = new();
    private readonly Evictor _evictor = new(table, limitBytes);

    /// <summary>The reading of returns at which a compaction found no memory.</summary>
    private long _stuckAt = -1;

    /// <summary>Dead bytes from which on it is worth looking for a segment again, after there was none.</summary>
    private long _vainUntil;

    /// <summary>The queue after the one being swept; past the last when the round is over.</summary>
    private SegmentUse _sweepQueue;

    /// <summary>
    /// Works towards free memory until a chunk or block is free, at most <paramref name="records"/> records far.
    /// False when nothing is left to evict.
    /// </summary>
    public bool MakeRoom(long nowMs, int records)
    {
        var returned = _log.Returns;
        while (records > 0 && _log.Returns == returned && !table.HasDoomed)
        {
            var compacts = !IsStuck && (_log.CompactCursor.Segment != 0 || TryChooseForCompaction());
            var walked = compacts ? WalkCompaction(nowMs, records) : _evictor.Step(nowMs, records);
            if (walked == 0) return _log.Returns != returned;
            records -= walked;
        }

        return true;
    }

    /// <summary>
    /// Compacts a little if the log has too many dead bytes: what a write does for those that it and others left. So
    /// they are bounded by what was written, however seldom a sweep comes.
    /// </summary>
    public void PayBack(long nowMs)
    {
        var dead = DeadBytes;
        if (dead <= DeadBytesMax || IsStuck) return;
        if (_log.CompactCursor.Segment == 0 && (dead < _vainUntil || !TryChooseForCompaction())) return;
        WalkCompaction(nowMs, dead > _log.UsedBytes / PayAllShareDivisor ? CacheStore.WalkRecordsMax : PayRecords);
    }

    /// <summary>
    /// Drops expired records, compacts what that and other writes leave, and gives pages of the index back, at most
    /// <paramref name="records"/> far. Returns how many it looked at, and as many for each page of the index;
    /// <paramref name="roundOver"/> says that every segment has had its turn and nothing is left to be done.
    /// </summary>
    public int Sweep(long nowMs, int records, out bool roundOver)
    {
        roundOver = false;
        var looked = table.ResizeIndex() * RecordsPerIndexPage;
        if (_log.CompactCursor.Segment != 0 && !IsStuck) return looked + WalkCompaction(nowMs, records);
        while (looked < records && (_log.CompactCursor.Segment == 0 || IsStuck))
        {
            ref var cursor = ref _log.SweepCursor;
            if (cursor.Segment == 0)
            {
                if (_sweepQueue > SegmentUse.Tombstones)
                {
                    _sweepQueue = SegmentUse.Small;
                    var hasDead = !IsStuck && TryChooseForCompaction();
                    roundOver = !hasDead && table.Index.TakeSettled();
                    break;
                }

                _sweepQueue++;
                cursor = new LogCursor { Segment = _log.Queue(_sweepQueue - 1).Oldest };
                continue;
            }

            ref var segment = ref _pool.Header(cursor.Segment);
            if (cursor.Offset == 0 && segment.SweepAtMs > nowMs)
            {
                cursor.Segment = segment.Newer;
                looked++;
                continue;
            }

            looked += WalkSweep(nowMs, records - looked);
        }

        return looked;
    }

    /// <summary>Whether a compaction waits for memory: eviction or a sweep brings one.</summary>
    private bool IsStuck => _stuckAt == _log.Returns;

    private int WalkCompaction(long nowMs, int records)
    {
        var cursor = _log.CompactCursor;
        var walked = Walk(ref cursor, compacts: true, nowMs, records);
        _log.CompactCursor = cursor;
        _log.TrimFront(cursor.Segment, cursor.Offset);
        if (cursor.Offset >= _pool.Header(cursor.Segment).UsedBytes) _log.CompactCursor = default;
        _log.ReturnIfEmpty(cursor.Segment);
        return Math.Max(1, walked);
    }

    private int WalkSweep(long nowMs, int records)
    {
        var cursor = _log.SweepCursor;
        ref var segment = ref _pool.Header(cursor.Segment);
        if (cursor.Offset == 0)
        {
            _outlook.Clear();
            segment.SweepAtMs = long.MaxValue;
        }

        var walked = Walk(ref cursor, compacts: false, nowMs, records);
        var finished = cursor.Offset >= segment.UsedBytes;
        _log.SweepCursor = cursor;
        if (finished)
        {
            // Expiries set behind the cursor meanwhile have been noted in the header.
            segment.SweepAtMs = Math.Min(segment.SweepAtMs, _outlook.NextSweepMs(nowMs, segment.LiveBytes));
            _log.SweepCursor = new LogCursor { Segment = segment.Newer };
            if (_log.CompactCursor.Segment == 0 && IsWorthCompacting(cursor.Segment))
                _log.CompactCursor = new LogCursor { Segment = cursor.Segment };
        }

        _log.ReturnIfEmpty(cursor.Segment);
        return Math.Max(1, walked);
    }

    /// <summary>Visits records from the cursor on.</summary>
    private int Walk(ref LogCursor cursor, bool compacts, long nowMs, int records)
    {
        var end = _pool.Header(cursor.Segment).UsedBytes;
        cursor.Offset = Math.Max(cursor.Offset, _pool.Header(cursor.Segment).FirstOffset);
        var walked = 0;
        while (cursor.Offset < end && walked < records)
        {
            var address = _pool.Address(cursor.Segment, cursor.Offset);
            var record = _pool.RecordAt(address);
            cursor.Offset += record.Bytes;
            walked++;
            if (record.IsDead || TryVisit(record, address, compacts, nowMs)) continue;
            cursor.Offset -= record.Bytes;
            _stuckAt = _log.Returns;
            break;
        }

        return walked;
    }

    /// <summary>False when a compaction found no memory for a record that is to stay.</summary>
    private bool TryVisit(in Record record, ulong address, bool compacts, long nowMs)
    {
        var expired = record.HasExpired(nowMs);
        if (!expired && !compacts)
        {
            _outlook.Add(record.ExpiresAtMs, nowMs, record.Bytes);
            return true;
        }

        var hash = table.HashOf(record);
        var slot = table.Index.FindAddress(hash, address);
        Debug.Assert(slot != null, "every live record is indexed");
        if (expired)
        {
            table.Expire(hash, slot);
            return true;
        }

        var use = _pool.Header(_pool.SegmentOf(address)).Use;
        return table.TryMove(record, address, slot, use, HashIndex.UsesOf(*slot));
    }

    /// <summary>Points the compaction at the segment with the fewest live bytes, once the log has many dead.</summary>
    private bool TryChooseForCompaction()
    {
        if (DeadBytes <= DeadBytesMax) return false;
        uint best = 0;
        var bestLive = int.MaxValue;
        for (var use = SegmentUse.Small; use <= SegmentUse.Tombstones; use++)
        {
            for (var id = _log.Queue(use).Oldest; id != 0; id = _pool.Header(id).Newer)
            {
                var live = _pool.Header(id).LiveBytes;
                if (IsUnderHand(id) || live >= bestLive || !IsWorthCompacting(id)) continue;
                best = id;
                bestLive = live;
            }
        }

        _log.CompactCursor = new LogCursor { Segment = best };
        _vainUntil = best == 0 ? DeadBytes + (_pool.SegmentBytes / VainShareDivisor) : 0;
        return best != 0;
    }

    /// <summary>Whether eviction has begun with a segment: it will soon be through.</summary>
    private bool IsUnderHand(uint id)
    {
        ref var queue = ref _log.Queue(_pool.Header(id).Use);
        return queue.Oldest == id && queue.HandOffset > 0;
    }

    private long DeadBytes => _log.UsedBytes - _log.LiveInlineBytes;

    private long DeadBytesMax => (_log.UsedBytes / DeadShareDivisor) + (2L * _pool.ChunkBytes);

    private bool IsWorthCompacting(uint id)
    {
        ref var segment = ref _pool.Header(id);
        if (_log.Queue(segment.Use).Open == id) return false;
        var used = segment.UsedBytes - segment.FirstOffset;
        return used - segment.LiveBytes > used / CompactShareDivisor;
    }
}
