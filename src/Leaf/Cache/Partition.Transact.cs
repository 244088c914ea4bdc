using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>A transaction's share of one partition. Its gate is held from the first look to the last write.</summary>
internal sealed unsafe partial class Partition
{
    /// <summary>The version of a live entry, or 0.</summary>
    public ulong LiveVersion(ulong hash, ReadOnlySpan<byte> path, long nowMs)
    {
        var target = Find(hash, path, nowMs);
        return target.IsLive ? target.StoredVersion : 0;
    }

    /// <summary>What a write of this path must be above.</summary>
    public ulong FloorOf(ulong hash, ReadOnlySpan<byte> path, long nowMs) => Find(hash, path, nowMs).StoredVersion;

    /// <summary>A version above the floor by this partition's clock.</summary>
    public ulong Stamp(ulong floor, long nowMs) => NextVersion(floor, nowMs);

    /// <summary>Keeps the clock above a version that another partition's clock gave.</summary>
    public void Observe(ulong version) => _versions.Observe(version);

    /// <summary>
    /// Counts the segments that a write will need beyond what the log has open: an upper bound, summed up over the
    /// writes in <paramref name="room"/>.
    /// </summary>
    public int SegmentsFor(
        in CacheCommand write, ulong hash, LargeBlock* block, long nowMs, ref TransactionRoom room)
    {
        var target = Find(hash, write.Path, nowMs);
        if (write.Opcode == Opcode.Touch && !target.IsLive) return 0;
        var use = write.Opcode == Opcode.Delete ? SegmentUse.Tombstones : QueueFor(target);
        var bytes = write.Opcode switch
        {
            Opcode.Delete => RecordDraft.BytesMax(write.Path.Length, 0),
            Opcode.Touch => Touched(write, ulong.MaxValue, target.Stored).Bytes,
            _ => Draft(write, ulong.MaxValue, block).Bytes,
        };
        if (target.Slot == null && Table.Index.NeedsSegment(hash)) room.NeedsIndex = true;
        return room.Take(use, (int)bytes, Table.Log) ? 0 : 1;
    }

    /// <summary>
    /// Makes one write of a transaction. It can't fail: what finds no room in spite of all, or has expired on arrival,
    /// is evicted by its own arrival.
    /// </summary>
    public StatusCode Apply(
        in CacheCommand write, ulong hash, ulong version, long nowMs, ref LargeBlock* block, SegmentStock stock)
    {
        var ticket = new WriteTicket { Block = block };
        while (true)
        {
            GrowIndex(hash, stock);
            var target = Find(hash, write.Path, nowMs);
            target.Version = version;
            if (write.Opcode == Opcode.Touch && !target.IsLive) return StatusCode.NotFound;
            var status = StatusCode.Ok;
            var meta = default(EntryMeta);
            var need = write.Opcode switch
            {
                Opcode.Delete => Bury(write.Path, target, ref ticket, out _),
                Opcode.Touch => Put(
                    Touched(write, version, target.Stored), target, ref ticket, ref status, ref meta, out _),
                _ => Put(Draft(write, version, block), target, ref ticket, ref status, ref meta, out _),
            };
            block = ticket.Block;
            if (need == Need.Segment)
            {
                // Of a path written twice the queue was foreseen for the first only: the cleaner's reserve lends.
                if (!stock.TryTake(out var segment))
                    segment = Table.Log.Pool.TryTake(SegmentUse.Small, cleaning: true, ticket.SegmentBytes);
                if (segment != 0) Table.Log.Donate(segment);
                else ticket.NoRoom = true;
                continue;
            }

            if (status != StatusCode.Ok && target.Slot != null) Remove(target);
            return write.Opcode == Opcode.Delete && !target.IsLive ? StatusCode.NotFound : StatusCode.Ok;
        }
    }

    /// <summary>Without a segment to be had the index goes on fuller than it likes.</summary>
    private void GrowIndex(ulong hash, SegmentStock stock)
    {
        while (Table.Index.NeedsSegment(hash))
        {
            if (!stock.TryTakeForIndex(out var segment))
                segment = Table.Log.Pool.TryTake(SegmentUse.Index, cleaning: false, IndexPages.PageBytes);
            if (segment == 0) return;
            Table.Index.AddSegment(segment);
        }
    }

    private void Remove(in Target target)
    {
        var segment = Table.Log.Pool.SegmentOf(HashIndex.AddressOf(*target.Slot));
        Table.Drop(target.Hash, target.Slot);
        Table.Log.ReturnIfEmpty(segment);
    }
}

/// <summary>What is left of a partition's open segments while a transaction's needs are added up.</summary>
internal struct TransactionRoom
{
    private int _small;
    private int _main;
    private int _tombstones;
    private bool _isRead;

    /// <summary>Whether the index needs a segment, too; more than one is never worth the waiting.</summary>
    public bool NeedsIndex;

    /// <summary>Takes bytes from the queue's open segment; false when that begins a new one.</summary>
    public bool Take(SegmentUse use, int bytes, EntryLog log)
    {
        if (!_isRead)
        {
            _small = log.RoomLeft(SegmentUse.Small);
            _main = log.RoomLeft(SegmentUse.Main);
            _tombstones = log.RoomLeft(SegmentUse.Tombstones);
            _isRead = true;
        }

        ref var left = ref _small;
        if (use == SegmentUse.Main) left = ref _main;
        else if (use == SegmentUse.Tombstones) left = ref _tombstones;
        var fits = bytes <= left;
        left = (fits ? left : log.Pool.SegmentBytes) - bytes;
        return fits;
    }
}

/// <summary>Segments claimed for a transaction before it begins. Used by one thread.</summary>
internal sealed class SegmentStock(SegmentPool pool)
{
    private readonly Stack<uint> _segments = new();

    public int Count => _segments.Count;

    /// <summary>How many of them are meant for indexes.</summary>
    public int ForIndex { get; set; }

    public void Add(uint segment) => _segments.Push(segment);

    public bool TryTake(out uint segment) => _segments.TryPop(out segment);

    public bool TryTakeForIndex(out uint segment)
    {
        segment = 0;
        if (ForIndex == 0 || !_segments.TryPop(out segment)) return false;
        ForIndex--;
        return true;
    }

    /// <summary>Gives back what was not needed.</summary>
    public void Return()
    {
        while (_segments.TryPop(out var segment)) pool.Return(segment);
    }
}
