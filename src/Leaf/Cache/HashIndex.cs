using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Path hash to record address: a linear hash table (Litwin, VLDB 1980) of 64-byte buckets in segments of the pool.
/// It grows and shrinks a bucket at a time, so that no write ever waits for a rehash and its size follows the entries.
/// </summary>
/// <remarks>
/// <code>
///  bucket, one cache line                        slot, u64
///  +-----------+--------+--------+- - -+-------+  +----------+---------+-------------------+
///  | overflow  | slot 0 | slot 1 |     | slot 6|  | tag      | uses    | address           |
///  | u32 + pad | u64    | u64    |     | u64   |  | 20 bits  | 2 bits  | 42 bits           |
///  +-----------+--------+--------+- - -+-------+  +----------+---------+-------------------+
/// </code>
/// Slots of a chain are dense: the first empty one ends a search. The uses (0 to 3, S3-FIFO's frequency) stand here
/// and not in the record, so that a hit writes the line it has read anyway and readers without a gate stay possible:
/// they would check the bucket's pad as a version.
/// A chain has at most <see cref="ChainBucketsMax"/> buckets; an insert beyond displaces an entry of the same chain.
/// So paths made to collide cost their author entries, and cost others nothing.
/// Guarded by its partition's gate; slot pointers hold until the next insert or removal.
/// </remarks>
internal sealed unsafe class HashIndex : IDisposable
{
    public const int AddressBits = 42;
    public const int UsesMax = 3;

    /// <summary>Buckets of one chain: 63 slots, at 75 % load reached by hostile paths only.</summary>
    public const int ChainBucketsMax = 9;

    private const int SlotsPerBucket = 7;
    private const int TagShift = 44;
    private const ulong AddressMask = (1UL << AddressBits) - 1;
    private const ulong UseUnit = 1UL << AddressBits;

    /// <summary>Mean slots used of seven: above it the table splits a bucket, below half of it it merges one.</summary>
    private const double LoadTarget = 5.5;

    private readonly SegmentPool _pool;
    private readonly PlaceHash _hash;
    private readonly int _chunkShift;
    private readonly uint _chunkMask;
    private readonly ChunkList _chunks = new();
    private readonly ChunkList _overflowChunks = new();
    private uint _buckets;
    private uint _lowMask;
    private uint _overflowFree;
    private uint _overflowFresh = 1;

    /// <param name="pool">Where its segments come from.</param>
    /// <param name="hash">What the hashes of all paths here come from.</param>
    /// <param name="first">A segment for the first buckets.</param>
    /// <param name="second">A segment for the first overflow buckets.</param>
    public HashIndex(SegmentPool pool, PlaceHash hash, uint first, uint second)
    {
        _hash = hash;
        _pool = pool;
        _chunkShift = int.Log2(pool.SegmentBytes / Bucket.Bytes);
        _chunkMask = (1u << _chunkShift) - 1;
        AddChunk(_chunks, first);
        AddChunk(_overflowChunks, second);
        _buckets = 1u << _chunkShift;
        _lowMask = _buckets - 1;
    }

    /// <summary>Entries and tombstones indexed.</summary>
    public long Count { get; private set; }

    public long Bytes => (long)(_chunks.Count + _overflowChunks.Count) * _pool.SegmentBytes;

    /// <summary>Whether <see cref="AddSegment"/> should come before the next insert.</summary>
    public bool NeedsSegment => OverflowIsShort || (WantsSplit && _buckets >> _chunkShift >= _chunks.Count);

    private bool WantsSplit => Count > _buckets * LoadTarget;

    private bool OverflowIsShort =>
        _overflowFree == 0 && _overflowFresh + ChainBucketsMax > (uint)_overflowChunks.Count << _chunkShift;

    public static ulong AddressOf(ulong slot) => slot & AddressMask;

    public static int UsesOf(ulong slot) => (int)(slot / UseUnit) & UsesMax;

    public static void CountUse(ulong* slot)
    {
        if (UsesOf(*slot) < UsesMax) *slot += UseUnit;
    }

    /// <summary>Points a slot at its record's new place.</summary>
    public static void Move(ulong* slot, ulong address, int uses) =>
        *slot = (*slot >> TagShift << TagShift) | ((ulong)uses * UseUnit) | address;

    public void AddSegment(uint segment) => AddChunk(OverflowIsShort ? _overflowChunks : _chunks, segment);

    /// <summary>Asks for the line where a search for this hash begins; any thread, whatever it finds there.</summary>
    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Home(hash));
    }

    /// <summary>The slot of a path, or null.</summary>
    public ulong* Find(ulong hash, ReadOnlySpan<byte> path)
    {
        var tag = hash >> TagShift;
        for (var bucket = Home(hash); ; bucket = Overflow(bucket->Next))
        {
            var slots = bucket->Slots;
            for (var i = 0; i < SlotsPerBucket; i++)
            {
                var slot = slots[i];
                if (slot == 0) return null;
                if (slot >> TagShift == tag && new Record(_pool.At(slot & AddressMask)).Path.SequenceEqual(path))
                    return &slots[i];
            }

            if (bucket->Next == 0) return null;
        }
    }

    /// <summary>The slot that holds an address, or null.</summary>
    public ulong* FindAddress(ulong hash, ulong address)
    {
        for (var bucket = Home(hash); ; bucket = Overflow(bucket->Next))
        {
            for (var i = 0; i < SlotsPerBucket; i++)
            {
                if ((bucket->Slots[i] & AddressMask) == address) return &bucket->Slots[i];
            }

            if (bucket->Next == 0) return null;
        }
    }

    /// <summary>Adds a path that is not there. Returns the address of an entry displaced by it, or 0.</summary>
    public ulong Insert(ulong hash, ulong address)
    {
        var slot = (hash >> TagShift << TagShift) | address;
        Resize();
        Count++;
        var bucket = Home(hash);
        for (var length = 1; ; length++)
        {
            if (TryAdd(bucket, slot)) return 0;
            if (bucket->Next != 0)
            {
                bucket = Overflow(bucket->Next);
                continue;
            }

            var overflow = length < ChainBucketsMax ? TakeOverflow() : 0;
            if (overflow == 0) break;
            bucket->Next = overflow;
            bucket = Overflow(overflow);
        }

        Count--;
        var displaced = bucket->Slots[0] & AddressMask;
        bucket->Slots[0] = slot;
        return displaced;
    }

    /// <summary>Empties a slot; the last of its chain moves into it.</summary>
    public void Remove(ulong hash, ulong* slot)
    {
        Bucket* previous = null;
        var bucket = Home(hash);
        while (bucket->Next != 0)
        {
            previous = bucket;
            bucket = Overflow(bucket->Next);
        }

        var last = SlotsPerBucket - 1;
        while (bucket->Slots[last] == 0) last--;
        *slot = bucket->Slots[last];
        bucket->Slots[last] = 0;
        Count--;
        if (last == 0 && previous != null) FreeNext(previous);
    }

    /// <summary>Splits or merges a few buckets, as the count asks; gives back a segment that fell empty.</summary>
    public void Resize()
    {
        for (var i = 0; i < 2 && WantsSplit && _buckets >> _chunkShift < _chunks.Count; i++) Split();
        if (Count * 2 >= _buckets * LoadTarget || _buckets <= _chunkMask + 1) return;
        for (var i = 0; i < 2; i++) Merge();
        if ((_buckets >> _chunkShift) + 1 < _chunks.Count) _pool.Return(_chunks.RemoveLast());
    }

    /// <summary>Calls <paramref name="visit"/> with every slot.</summary>
    public void ForEach(Action<ulong> visit)
    {
        for (uint i = 0; i < _buckets; i++)
        {
            for (var bucket = At(i); ; bucket = Overflow(bucket->Next))
            {
                for (var s = 0; s < SlotsPerBucket && bucket->Slots[s] != 0; s++) visit(bucket->Slots[s]);
                if (bucket->Next == 0) break;
            }
        }
    }

    public void Dispose()
    {
        _chunks.Dispose();
        _overflowChunks.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Bucket* Home(ulong hash)
    {
        var index = (uint)hash & ((_lowMask << 1) | 1);
        return At(index < _buckets ? index : index & _lowMask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Bucket* At(uint index) => (Bucket*)_chunks.Memory[index >> _chunkShift] + (index & _chunkMask);

    private Bucket* Overflow(uint id) => (Bucket*)_overflowChunks.Memory[id >> _chunkShift] + (id & _chunkMask);

    private void Split()
    {
        var oldIndex = _buckets & _lowMask;
        var slots = stackalloc ulong[ChainBucketsMax * SlotsPerBucket];
        var count = Drain(At(oldIndex), slots);
        *At(_buckets) = default;
        _buckets++;
        if (_buckets > (_lowMask << 1) + 1) _lowMask = (_lowMask << 1) | 1;
        for (var i = 0; i < count; i++) Refill(Home(HashOf(slots[i])), slots[i]);
    }

    /// <summary>Folds the last bucket into the one it was split from, unless the chain would grow too long.</summary>
    private void Merge()
    {
        var last = _buckets - 1;
        var lowMask = last == _lowMask ? _lowMask >> 1 : _lowMask;
        var buddy = At(last & lowMask);
        if (ChainLength(At(last)) + ChainLength(buddy) > ChainBucketsMax) return;
        if (OverflowIsShort || _buckets <= _chunkMask + 1) return;
        var slots = stackalloc ulong[ChainBucketsMax * SlotsPerBucket];
        var count = Drain(At(last), slots);
        _buckets = last;
        _lowMask = lowMask;
        for (var i = 0; i < count; i++) Refill(buddy, slots[i]);
    }

    private ulong HashOf(ulong slot) => _hash.Of(new Record(_pool.At(slot & AddressMask)).Path);

    private int ChainLength(Bucket* bucket)
    {
        var length = 1;
        for (; bucket->Next != 0; bucket = Overflow(bucket->Next)) length++;
        return length;
    }

    /// <summary>Takes all slots out of a chain and frees its overflow buckets.</summary>
    private int Drain(Bucket* bucket, ulong* slots)
    {
        var count = 0;
        for (var each = bucket; ; each = Overflow(each->Next))
        {
            for (var i = 0; i < SlotsPerBucket && each->Slots[i] != 0; i++) slots[count++] = each->Slots[i];
            if (each->Next == 0) break;
        }

        FreeChain(bucket->Next);
        *bucket = default;
        return count;
    }

    private void Refill(Bucket* bucket, ulong slot)
    {
        while (!TryAdd(bucket, slot))
        {
            if (bucket->Next == 0) bucket->Next = TakeOverflow();
            bucket = Overflow(bucket->Next);
        }
    }

    private static bool TryAdd(Bucket* bucket, ulong slot)
    {
        for (var i = 0; i < SlotsPerBucket; i++)
        {
            if (bucket->Slots[i] != 0) continue;
            bucket->Slots[i] = slot;
            return true;
        }

        return false;
    }

    private uint TakeOverflow()
    {
        var id = _overflowFree;
        if (id != 0) _overflowFree = Overflow(id)->Next;
        else if (_overflowFresh < (uint)_overflowChunks.Count << _chunkShift) id = _overflowFresh++;
        if (id != 0) *Overflow(id) = default;
        return id;
    }

    private void FreeNext(Bucket* bucket)
    {
        var id = bucket->Next;
        bucket->Next = 0;
        FreeChain(id);
    }

    private void FreeChain(uint id)
    {
        while (id != 0)
        {
            var bucket = Overflow(id);
            var next = bucket->Next;
            *bucket = default;
            bucket->Next = _overflowFree;
            _overflowFree = id;
            id = next;
        }
    }

    private void AddChunk(ChunkList list, uint segment)
    {
        NativeMemory.Clear(_pool.Memory(segment), (nuint)_pool.SegmentBytes);
        list.Add(segment, _pool.Memory(segment));
    }

    [StructLayout(LayoutKind.Sequential, Size = Bytes)]
    internal struct Bucket
    {
        public const int Bytes = 64;

        public uint Next;
        public fixed ulong Slots[SlotsPerBucket];
    }
}
