using System.Diagnostics;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Makes room in one partition, a bounded number of records at a time: eviction by S3-FIFO (Yang et al., SOSP 2023)
/// over segments, compaction of segments with many dead bytes, and the sweep of expired entries.
/// </summary>
/// <remarks>
/// Eviction walks the oldest segment of a queue record by record. Small (new entries, a tenth of the bytes): used
/// twice or more, it moves to main; else it is evicted and its hash becomes a ghost. Main: used, it moves to the
/// young end with one use less; else it is evicted. A path whose ghost is known enters main at once.
/// SIEVE's hand was tried elsewhere and collapses on the corda trace, because new entries push the hand's prey; here
/// a new entry stands behind a tenth of the cache whatever the hand does.
/// A record that finds no segment to move to is evicted: making room always ends. So does a round of main in which
/// everything was used: after <see cref="MercyMax"/> moves without an eviction the next one is evicted regardless.
/// Guarded by its partition's gate.
/// </remarks>
internal sealed unsafe class Cleaner(EntryTable table, long limitBytes)
{
    /// <summary>Share of live bytes for entries seen once. 10 %, as in the paper.</summary>
    private const int SmallShareDivisor = 10;

    /// <summary>Share of the partition's part of the budget that tombstones may take.</summary>
    private const int TombstoneShareDivisor = 16;

    /// <summary>Uses that let an entry pass from small to main.</summary>
    internal const int UsesToPromote = 2;
    private const int MercyMax = 2_048;

    /// <summary>Dead share of the log at which compaction comes before eviction: 1/10.</summary>
    private const int DeadShareDivisor = 10;

    /// <summary>Dead share of a segment at which it is worth compacting: 1/4.</summary>
    private const int CompactShareDivisor = 4;

    private readonly EntryLog _log = table.Log;
    private readonly SegmentPool _pool = table.Log.Pool;
    private readonly ExpiryOutlook _outlook = new();
    private int _mercies;

    /// <summary>The queue after the one being swept; past the last when the round is over.</summary>
    private SegmentUse _sweepQueue;

    private enum Purpose
    {
        Evict,
        Compact,
        Sweep,
    }

    /// <summary>
    /// Works towards free memory until a segment or block is free, at most <paramref name="records"/> records far.
    /// False when nothing is left to evict.
    /// </summary>
    public bool MakeRoom(long nowMs, int records)
    {
        var returned = _log.SegmentsReturned;
        while (records > 0 && _log.SegmentsReturned == returned && !table.HasDoomed)
        {
            var walked = _log.CompactCursor.Segment != 0 || TryChooseForCompaction()
                ? WalkCompaction(nowMs, records)
                : WalkHand(nowMs, records);
            if (walked == 0) return _log.SegmentsReturned != returned;
            records -= walked;
        }

        return true;
    }

    /// <summary>
    /// Drops expired records and compacts what that leaves, at most <paramref name="records"/> far. Returns how many
    /// it looked at; <paramref name="roundOver"/> says that every segment has had its turn.
    /// </summary>
    public int Sweep(long nowMs, int records, out bool roundOver)
    {
        roundOver = false;
        table.ResizeIndex();
        if (_log.CompactCursor.Segment != 0) return WalkCompaction(nowMs, records);
        var looked = 0;
        while (looked < records && _log.CompactCursor.Segment == 0)
        {
            ref var cursor = ref _log.SweepCursor;
            if (cursor.Segment == 0)
            {
                roundOver = _sweepQueue > SegmentUse.Tombstones;
                _sweepQueue = roundOver ? SegmentUse.Small : _sweepQueue + 1;
                if (roundOver) break;
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

    private int WalkHand(long nowMs, int records)
    {
        var use = ChooseQueue();
        ref var queue = ref _log.Queue(use);
        if (queue.Oldest == 0) return 0;
        if (queue.Open == queue.Oldest) _log.Seal(use);
        var id = queue.Oldest;
        if (id == 0) return 1;
        var cursor = new LogCursor { Segment = id, Offset = queue.HandOffset };
        var walked = Walk(ref cursor, Purpose.Evict, nowMs, records);
        queue.HandOffset = cursor.Offset;
        _log.ReturnIfEmpty(id);
        return Math.Max(1, walked);
    }

    private int WalkCompaction(long nowMs, int records)
    {
        var cursor = _log.CompactCursor;
        var walked = Walk(ref cursor, Purpose.Compact, nowMs, records);
        _log.CompactCursor = cursor;
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

        var walked = Walk(ref cursor, Purpose.Sweep, nowMs, records);
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

    /// <summary>
    /// Visits records from the cursor on. For an eviction it stops early when a block came free: room for a large
    /// value must not cost a segment of small ones.
    /// </summary>
    private int Walk(ref LogCursor cursor, Purpose purpose, long nowMs, int records)
    {
        var end = _pool.Header(cursor.Segment).UsedBytes;
        var walked = 0;
        while (cursor.Offset < end && walked < records)
        {
            var address = _pool.Address(cursor.Segment, cursor.Offset);
            var record = _pool.RecordAt(address);
            cursor.Offset += record.Bytes;
            walked++;
            if (record.IsDead) continue;
            Visit(record, address, purpose, nowMs);
            if (purpose == Purpose.Evict && table.HasDoomed) break;
        }

        return walked;
    }

    private void Visit(in Record record, ulong address, Purpose purpose, long nowMs)
    {
        var expired = record.HasExpired(nowMs);
        if (!expired && purpose == Purpose.Sweep)
        {
            _outlook.Add(record.ExpiresAtMs, nowMs, record.Bytes);
            return;
        }

        var hash = table.HashOf(record);
        var slot = table.Index.FindAddress(hash, address);
        Debug.Assert(slot != null, "every live record is indexed");
        if (expired)
        {
            table.Expire(hash, slot);
            return;
        }

        var use = _pool.Header(_pool.SegmentOf(address)).Use;
        var uses = HashIndex.UsesOf(*slot);
        var kept = purpose == Purpose.Compact
            ? table.TryMove(record, address, slot, use, uses)
            : TryKeep(record, address, slot, use);
        if (kept) return;
        _mercies = 0;
        if (use == SegmentUse.Small) table.Ghosts.Add(hash);
        table.Evict(hash, slot);
    }

    private bool TryKeep(in Record record, ulong address, ulong* slot, SegmentUse use)
    {
        var uses = HashIndex.UsesOf(*slot);
        if (use == SegmentUse.Tombstones || _mercies >= MercyMax) return false;
        var earned = use == SegmentUse.Small ? uses >= UsesToPromote : uses > 0;
        if (!earned) return false;
        _mercies++;
        return table.TryMove(record, address, slot, SegmentUse.Main, use == SegmentUse.Small ? 0 : uses - 1);
    }

    private SegmentUse ChooseQueue()
    {
        var small = _log.Queue(SegmentUse.Small);
        var main = _log.Queue(SegmentUse.Main);
        var tombstones = _log.Queue(SegmentUse.Tombstones);
        if (tombstones.LiveBytes > limitBytes / TombstoneShareDivisor) return SegmentUse.Tombstones;
        if (small.Oldest == 0 && main.Oldest == 0) return SegmentUse.Tombstones;
        if (main.Oldest == 0) return SegmentUse.Small;
        if (small.Oldest == 0) return SegmentUse.Main;
        return small.LiveBytes > (small.LiveBytes + main.LiveBytes) / SmallShareDivisor
            ? SegmentUse.Small
            : SegmentUse.Main;
    }

    /// <summary>Points the compaction at the segment with the fewest live bytes, once the log has many dead.</summary>
    private bool TryChooseForCompaction()
    {
        var dead = _log.UsedBytes - _log.LiveInlineBytes;
        if (dead <= (_log.UsedBytes / DeadShareDivisor) + (2L * _pool.SegmentBytes)) return false;
        uint best = 0;
        var bestLive = int.MaxValue;
        for (var use = SegmentUse.Small; use <= SegmentUse.Tombstones; use++)
        {
            var oldest = _log.Queue(use).Oldest;
            for (var id = oldest; id != 0; id = _pool.Header(id).Newer)
            {
                var live = _pool.Header(id).LiveBytes;
                if (id == oldest || live >= bestLive || !IsWorthCompacting(id)) continue;
                best = id;
                bestLive = live;
            }
        }

        _log.CompactCursor = new LogCursor { Segment = best };
        return best != 0;
    }

    private bool IsWorthCompacting(uint id)
    {
        ref var segment = ref _pool.Header(id);
        if (_log.Queue(segment.Use).Open == id) return false;
        return segment.UsedBytes - segment.LiveBytes > segment.UsedBytes / CompactShareDivisor;
    }
}
