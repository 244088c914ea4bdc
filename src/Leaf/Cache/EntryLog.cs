using System.Diagnostics;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The records of one partition: three queues of segments that are only appended to, and emptied from the old end,
/// by a compaction, or by themselves when their last record dies. Guarded by its partition's gate.
/// </summary>
internal sealed class EntryLog(SegmentPool pool)
{
    private const int Queues = 3;
    private readonly SegmentQueue[] _queues = new SegmentQueue[Queues];
    private uint _spare;

    /// <summary>The places of sweep, compaction, walk and flush; moved on when their segment goes.</summary>
    public LogCursor SweepCursor;
    public LogCursor CompactCursor;
    public LogCursor WalkCursor;
    public LogCursor FlushCursor;

    public SegmentPool Pool => pool;

    /// <summary>Bytes that the donated segment holds, 0 when there is none.</summary>
    public int SpareBytes => _spare == 0 ? 0 : pool.Header(_spare).HeldBytes;

    /// <summary>Bytes of all segments' records, dead ones included whose memory is still held.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Bytes of records in segments that are not dead; blocks of large values are not counted.</summary>
    public long LiveInlineBytes { get; private set; }

    /// <summary>How often memory was given back since the start; a caller compares two readings.</summary>
    public long Returns { get; private set; }

    public ref SegmentQueue Queue(SegmentUse use) => ref _queues[(int)use];

    /// <summary>Takes a segment that was claimed outside the gate; the next append or the index uses it.</summary>
    public void Donate(uint segment)
    {
        if (_spare == 0) _spare = segment;
        else pool.Return(segment);
    }

    /// <summary>The donated segment or one from the pool, with memory for its first bytes, or 0.</summary>
    public uint TakeSegment(SegmentUse use, bool cleaning, int bytes)
    {
        var id = _spare;
        if (id == 0) return pool.TryTake(use, cleaning, bytes);
        _spare = 0;
        pool.Header(id).Use = use;
        return id;
    }

    /// <summary>Bytes left in a queue's open segment that have memory; 0 when none is open.</summary>
    public int RoomLeft(SegmentUse use)
    {
        var open = Queue(use).Open;
        return open == 0 ? 0 : pool.Header(open).HeldTo - pool.Header(open).UsedBytes;
    }

    /// <summary>
    /// Writes a record at the young end of a queue; false when no segment can be had for it. To be counted then.
    /// </summary>
    public unsafe bool TryAppend(SegmentUse use, in RecordDraft draft, bool cleaning, out ulong address)
    {
        Debug.Assert(draft.Bytes <= pool.SegmentBytes, "a record fits a segment");
        ref var queue = ref Queue(use);
        address = 0;
        var code = queue.Open == 0 ? 0 : draft.CodeFor(pool.VersionBase(queue.Open));
        var bytes = draft.BytesWith(code);
        while (queue.Open == 0 || pool.Header(queue.Open).UsedBytes + bytes > pool.Header(queue.Open).HeldTo)
        {
            var id = TakeSegment(use, cleaning, bytes);
            if (id == 0) return false;

            // Whole segments stay whole: a transaction has counted on what they hold.
            var isWhole = pool.Header(id).HeldBytes == pool.SegmentBytes;
            if (!isWhole && queue.Open != 0 && pool.Header(queue.Open).UsedBytes + bytes <= pool.SegmentBytes)
            {
                pool.Merge(queue.Open, id);
                continue;
            }

            Seal(use);
            Link(ref queue, id);
            pool.SetVersionBase(id, draft.Version);
            code = 0;
            bytes = draft.BytesWith(code);
        }

        ref var segment = ref pool.Header(queue.Open);
        address = pool.Address(queue.Open, segment.UsedBytes);
        segment.UsedBytes += bytes;
        UsedBytes += bytes;
        draft.WriteTo(pool.At(address), pool.VersionBase(queue.Open), code);
        return true;
    }

    /// <summary>Counts a record just appended.</summary>
    public unsafe void CountLive(ulong address, in Record record)
    {
        ref var segment = ref pool.Header(pool.SegmentOf(address));
        segment.LiveBytes += record.Bytes;
        segment.LiveRecords++;
        segment.BlockBytes += BlockBytes(record);
        LiveInlineBytes += record.Bytes;
        Queue(segment.Use).LiveBytes += record.Bytes + BlockBytes(record);
        NoteExpiry(address, record.ExpiresAtMs);
    }

    /// <summary>Lets the sweep know of an expiry that a record in this segment got.</summary>
    public void NoteExpiry(ulong address, long expiresAtMs)
    {
        ref var segment = ref pool.Header(pool.SegmentOf(address));
        if (expiresAtMs != 0 && expiresAtMs < segment.SweepAtMs) segment.SweepAtMs = expiresAtMs;
    }

    /// <summary>Marks a record dead. Its segment stays until <see cref="ReturnIfEmpty"/>.</summary>
    public unsafe void Kill(ulong address, in Record record)
    {
        Debug.Assert(!record.IsDead, "a record dies once");
        ref var segment = ref pool.Header(pool.SegmentOf(address));
        segment.LiveBytes -= record.Bytes;
        segment.LiveRecords--;
        segment.BlockBytes -= BlockBytes(record);
        LiveInlineBytes -= record.Bytes;
        Queue(segment.Use).LiveBytes -= record.Bytes + BlockBytes(record);
        record.Kill();
    }

    /// <summary>Gives back the memory of a segment's records before an offset, all dead, chunk by chunk.</summary>
    public void TrimFront(uint id, int offset)
    {
        ref var segment = ref pool.Header(id);
        if (offset - segment.HeldFrom < pool.ChunkBytes || !pool.HasChunks) return;
        UsedBytes -= offset - segment.FirstOffset;
        segment.FirstOffset = offset;
        pool.TrimFront(id, offset);
        Returns++;
    }

    /// <summary>Gives a segment back to the pool if every record in it is dead; also the open one.</summary>
    public void ReturnIfEmpty(uint id)
    {
        ref var segment = ref pool.Header(id);
        if (segment.LiveRecords != 0 || segment.Use > SegmentUse.Tombstones) return;
        if (SweepCursor.Segment == id) SweepCursor = new LogCursor { Segment = segment.Newer };
        Leave(id, segment.Newer);
        if (CompactCursor.Segment == id) CompactCursor = default;
        Unlink(id);
        UsedBytes -= segment.UsedBytes - segment.FirstOffset;
        Returns++;
        pool.Return(id);
    }

    /// <summary>Makes a sealed segment the youngest of another queue. No byte moves.</summary>
    public void Relink(uint id, SegmentUse use)
    {
        ref var segment = ref pool.Header(id);
        Debug.Assert(Queue(segment.Use).Open != id, "what takes appends stays");
        if (SweepCursor.Segment == id)
        {
            // What the sweep has learned of it so far is lost: it comes again.
            if (SweepCursor.Offset != 0) segment.SweepAtMs = 0;
            SweepCursor = new LogCursor { Segment = segment.Newer };
        }

        Leave(id, segment.Newer);
        Seal(use);
        Unlink(id);
        Queue(segment.Use).LiveBytes -= segment.AllLiveBytes;
        Queue(use).LiveBytes += segment.AllLiveBytes;
        segment.Use = use;
        segment.Newer = 0;
        Link(ref Queue(use), id);
        Queue(use).Open = 0;
    }

    /// <summary>Closes the open segment of a queue, so that it may be emptied.</summary>
    public void Seal(SegmentUse use)
    {
        ref var queue = ref Queue(use);
        var open = queue.Open;
        queue.Open = 0;
        if (open == 0) return;
        if (pool.HasChunks) pool.TrimBack(open, pool.Header(open).UsedBytes);
        ReturnIfEmpty(open);
    }

    public static unsafe long BlockBytes(in Record record) => record.IsLarge ? record.Block->ClaimedBytes : 0;

    /// <summary>
    /// Goes one record on, old to young and queue by queue. Records move towards the young end only, or to a later
    /// queue, so that whoever goes on to the end has met all that were there at the beginning and stayed.
    /// </summary>
    /// <param name="cursor">One of those here.</param>
    /// <param name="nextQueue">The queue after the one it is in; begins with the first.</param>
    /// <param name="last">The last queue wanted.</param>
    /// <param name="address">Of the record.</param>
    /// <param name="record">Dead or alive; none between two segments.</param>
    /// <returns>False when it is over.</returns>
    public bool TryWalk(
        ref LogCursor cursor, ref SegmentUse nextQueue, SegmentUse last, out ulong address, out Record record)
    {
        address = 0;
        record = default;
        if (cursor.Segment == 0)
        {
            if (nextQueue > last) return false;
            cursor = new LogCursor { Segment = Queue(nextQueue).Oldest };
            nextQueue++;
            return true;
        }

        ref var segment = ref pool.Header(cursor.Segment);
        cursor.Offset = Math.Max(cursor.Offset, segment.FirstOffset);
        if (cursor.Offset >= segment.UsedBytes)
        {
            cursor = new LogCursor { Segment = segment.Newer };
            return true;
        }

        address = pool.Address(cursor.Segment, cursor.Offset);
        record = pool.RecordAt(address);
        cursor.Offset += record.Bytes;
        return true;
    }

    private void Leave(uint id, uint newer)
    {
        if (WalkCursor.Segment == id) WalkCursor = new LogCursor { Segment = newer };
        if (FlushCursor.Segment == id) FlushCursor = new LogCursor { Segment = newer };
    }

    private void Unlink(uint id)
    {
        ref var segment = ref pool.Header(id);
        ref var queue = ref Queue(segment.Use);
        if (queue.Open == id) queue.Open = 0;
        if (queue.Oldest == id)
        {
            queue.Oldest = segment.Newer;
            queue.HandOffset = 0;
        }
        else
        {
            pool.Header(segment.Older).Newer = segment.Newer;
        }

        if (queue.Youngest == id) queue.Youngest = segment.Older;
        else pool.Header(segment.Newer).Older = segment.Older;
    }

    private void Link(ref SegmentQueue queue, uint id)
    {
        pool.Header(id).Older = queue.Youngest;
        if (queue.Youngest != 0) pool.Header(queue.Youngest).Newer = id;
        else queue.Oldest = id;
        queue.Youngest = id;
        queue.Open = id;
    }
}
