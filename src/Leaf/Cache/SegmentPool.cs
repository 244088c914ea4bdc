using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The store's memory: hands out segments and claims bytes for large values, and refuses what would pass the budget.
/// Every native byte of a store is counted here before it is allocated and until after it is freed. Memory is claimed
/// by chunks. In a large store a chunk is a segment, and free ones are kept for the next taker; in a small one, where a
/// few segments in part would be much of it, a segment is many chunks, claimed as it is written and given up as it is
/// emptied from its old end, to the system at once.
/// </summary>
/// <remarks>
/// Writers may claim up to the budget less a reserve; those who are emptying segments may use the reserve, so that
/// making room never fails for want of room. Thread safe: one gate, taken last (see <see cref="CacheStore"/>).
/// </remarks>
internal sealed unsafe class SegmentPool : IDisposable
{
    private readonly PageArena _arena = new();
    private readonly long _reserveBytes;
    private readonly int _segmentsMax;
    private readonly Segment* _segments;

    /// <summary>Beside the headers and dense: reads look here.</summary>
    private readonly ulong* _versionBases;
    private readonly SegmentSpace _space;
    private readonly byte* _start;

    // Guarded by _gate.
    private SpinGate _gate;
    private long _usedBytes;
    private uint _pooled;
    private uint _vacant;
    private int _pooledCount;
    private int _freshNext = 1;
    private bool _disposed;

    /// <param name="limitBytes">The budget.</param>
    /// <param name="sizes">How it is divided.</param>
    public SegmentPool(long limitBytes, StoreSizes sizes)
    {
        LimitBytes = limitBytes;
        SegmentBytes = sizes.SegmentBytes;
        ChunkBytes = sizes.ChunkBytes;
        OffsetBits = int.Log2(SegmentBytes);
        _reserveBytes = sizes.ReserveBytes;
        _segmentsMax = checked((int)(limitBytes / SegmentBytes)) + 1 + sizes.SegmentsInPart;
        TableBytes = (long)_segmentsMax * (sizeof(Segment) + sizeof(ulong));
        _segments = (Segment*)NativeMemory.AlignedAlloc((nuint)((long)_segmentsMax * sizeof(Segment)), 64);
        _versionBases = (ulong*)NativeMemory.AllocZeroed((nuint)_segmentsMax, sizeof(ulong));
        _space = new SegmentSpace((long)_segmentsMax * SegmentBytes);
        _start = _space.Start;
        Blocks = new BlockTable(limitBytes);
        _usedBytes = TableBytes;
    }

    public long LimitBytes { get; }

    public int SegmentBytes { get; }

    public int ChunkBytes { get; }

    /// <summary>Whether segments are claimed and given up in parts.</summary>
    public bool HasChunks => ChunkBytes != SegmentBytes;

    /// <summary>Bytes of the pool's own tables.</summary>
    public long TableBytes { get; }

    /// <summary>Low bits of an address that are the offset in its segment; the segment's id is above them.</summary>
    public int OffsetBits { get; }

    /// <summary>Bytes held now, pooled segments included.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Most bytes that one entry of this store could ever get.</summary>
    public long ClaimableBytes => LimitBytes - _reserveBytes;

    public int PooledSegments => Volatile.Read(ref _pooledCount);

    public PageArena Arena => _arena;

    public BlockTable Blocks { get; }

    /// <summary>One past the largest address.</summary>
    public ulong AddressEnd => (ulong)_space.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Segment Header(uint id) => ref _segments[id];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Memory(uint id) => _start + ((long)id << OffsetBits);

    /// <summary>The byte that an address names. Ids start at 1, so address 0 is never one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(ulong address) => _start + address;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record RecordAt(ulong address) => new(_start + address, _versionBases + (address >> OffsetBits));

    /// <summary>The version that those of a segment's records are told from.</summary>
    public ulong VersionBase(uint id) => _versionBases[id];

    /// <summary>Only while the segment has no record.</summary>
    public void SetVersionBase(uint id, ulong version) => _versionBases[id] = version;

    public ulong Address(uint id, int offset) => ((ulong)id << OffsetBits) | (uint)offset;

    /// <summary>Whether a record of this length can stand at an address; for lengths that may be torn.</summary>
    public bool IsWithinSegment(ulong address, int bytes) =>
        (uint)bytes <= (uint)SegmentBytes - (uint)(address & ((1UL << OffsetBits) - 1));

    public uint SegmentOf(ulong address) => (uint)(address >> OffsetBits);

    /// <summary>
    /// A segment with memory for its first bytes, or 0 when the budget has none. Its header is fresh, its bytes not.
    /// </summary>
    public uint TryTake(SegmentUse use, bool cleaning, int bytes)
    {
        Debug.Assert(bytes > 0, "whoever takes a segment writes to it");
        uint id;
        var held = Math.Min(SegmentBytes, (bytes + ChunkBytes - 1) & -ChunkBytes);
        _gate.Enter();
        if (BusyBytes + held > LimitBytes - (cleaning ? 0 : _reserveBytes))
        {
            id = 0;
        }
        else if (_pooled != 0)
        {
            id = _pooled;
            _pooled = _segments[id].Newer;
            _pooledCount--;
        }
        else
        {
            id = TakeVacant();
            if (id != 0) _usedBytes += held;
        }

        _gate.Exit();
        if (id != 0) _segments[id] = new Segment { SweepAtMs = long.MaxValue, Use = use, HeldTo = held };
        return id;
    }

    /// <summary>Gives a segment the memory that another holds, which goes, at its end.</summary>
    public void Merge(uint id, uint other)
    {
        ref var segment = ref _segments[id];
        var moved = Math.Min(_segments[other].HeldBytes, SegmentBytes - segment.HeldTo);
        segment.HeldTo += moved;
        _segments[other].HeldFrom += moved;

        // What it held was never written, so there are no pages to drop, or they are dropped with the rest.
        FreeMemory(other);
    }

    /// <summary>Gives up a segment's chunks before an offset. Its content there is void.</summary>
    public void TrimFront(uint id, int offset)
    {
        ref var segment = ref _segments[id];
        var from = segment.HeldFrom;
        segment.HeldFrom = offset & -ChunkBytes;
        Drop(id, from, segment.HeldFrom - from);
    }

    /// <summary>Gives up a segment's chunks behind an offset.</summary>
    public void TrimBack(uint id, int offset)
    {
        ref var segment = ref _segments[id];
        var to = segment.HeldTo;
        segment.HeldTo = (offset + ChunkBytes - 1) & -ChunkBytes;
        Drop(id, segment.HeldTo, to - segment.HeldTo);
    }

    /// <summary>Takes a segment back; if it is one chunk its memory is kept for the next taker until trimmed.</summary>
    public void Return(uint id)
    {
        if (HasChunks)
        {
            FreeMemory(id);
            return;
        }

        _gate.Enter();
        _segments[id] = new Segment { Use = SegmentUse.None, Newer = _pooled, HeldTo = SegmentBytes };
        _pooled = id;
        _pooledCount++;
        _gate.Exit();
    }

    /// <summary>Claims bytes for an allocation beside the segments, at the expense of pooled ones if need be.</summary>
    public bool TryClaim(long bytes)
    {
        while (true)
        {
            uint surplus = 0;
            _gate.Enter();
            var allowed = BusyBytes + bytes <= LimitBytes - _reserveBytes;
            var fits = allowed && _usedBytes + bytes <= LimitBytes;
            if (fits) _usedBytes += bytes;
            else if (allowed) surplus = PopPooled();
            _gate.Exit();
            if (surplus == 0) return fits;
            FreeMemory(surplus);
        }
    }

    /// <summary>Gives back what <see cref="TryClaim"/> claimed, after the memory has been freed.</summary>
    public void Unclaim(long bytes)
    {
        _gate.Enter();
        _usedBytes -= bytes;
        _gate.Exit();
    }

    /// <summary>Frees pooled segments beyond <paramref name="keep"/>: the process shrinks.</summary>
    public void Trim(int keep)
    {
        while (true)
        {
            _gate.Enter();
            var id = _pooledCount > keep ? PopPooled() : 0;
            _gate.Exit();
            if (id == 0) return;
            FreeMemory(id);
        }
    }

    /// <summary>Frees everything. Nothing may use the store any more.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _arena.Dispose();
        Blocks.Dispose();
        _space.Dispose();
        NativeMemory.AlignedFree(_segments);
        NativeMemory.Free(_versionBases);
    }

    private long BusyBytes => _usedBytes - ((long)_pooledCount * SegmentBytes);

    private uint TakeVacant()
    {
        var id = _vacant;
        if (id != 0) _vacant = _segments[id].Newer;
        else if (_freshNext < _segmentsMax) id = (uint)_freshNext++;
        return id;
    }

    private uint PopPooled()
    {
        var id = _pooled;
        if (id == 0) return 0;
        _pooled = _segments[id].Newer;
        _pooledCount--;
        return id;
    }

    private void FreeMemory(uint id)
    {
        var segment = _segments[id];
        Drop(id, segment.HeldFrom, segment.HeldBytes);
        _gate.Enter();
        _segments[id] = new Segment { Use = SegmentUse.None, Newer = _vacant };
        _vacant = id;
        _gate.Exit();
    }

    private void Drop(uint id, int from, int bytes)
    {
        if (bytes == 0) return;
        SegmentSpace.Drop(Memory(id) + from, bytes);
        Unclaim(bytes);
    }
}
