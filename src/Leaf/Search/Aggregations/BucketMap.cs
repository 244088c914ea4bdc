using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Numbers the buckets of one collector, from 0 in the order they are met: by the bucket they lie within and a key. One
/// search.
/// </summary>
/// <remarks>
/// Open addressing over a power of two of slots, at most half of them in use; keys are mixed by a multiplication, so
/// that neighbouring values spread.
/// </remarks>
internal sealed class BucketMap(AggregationScope scope)
{
    private int[] _slots = [];
    private int[] _owners = [];
    private long[] _keys = [];
    private int[] _order = [];
    private int[] _starts = [];
    private int _ordered = -1;

    /// <summary>How many buckets there are.</summary>
    public int Count { get; private set; }

    /// <summary>What a bucket lies within.</summary>
    public int Owner(int bucket) => _owners[bucket];

    /// <summary>The key of a bucket.</summary>
    public long Key(int bucket) => _keys[bucket];

    /// <summary>The number of a bucket, a new one if need be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take(int owner, long key)
    {
        if (Count * 2 >= _slots.Length) Widen();
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var at = (int)(Hash(owner, key) & (uint)mask); ; at = (at + 1) & mask)
        {
            var bucket = slots[at] - 1;
            if (bucket < 0) return Add(at, owner, key);
            if (_keys[bucket] == key && _owners[bucket] == owner) return bucket;
        }
    }

    /// <summary>The buckets within one, in the order they were met.</summary>
    public ReadOnlySpan<int> Within(int owner)
    {
        if (_ordered != Count) Order();
        return owner + 1 < _starts.Length ? _order.AsSpan(_starts[owner].._starts[owner + 1]) : default;
    }

    private static uint Hash(int owner, long key)
    {
        var mixed = ((ulong)key ^ ((ulong)(uint)owner << 40)) * 0x9E37_79B9_7F4A_7C15UL;
        mixed ^= mixed >> 32;
        return (uint)((mixed * 0xD6E8_FEB8_6659_FD93UL) >> 32);
    }

    private int Add(int slot, int owner, long key)
    {
        scope.Grow(ref _owners, Count + 1);
        scope.Grow(ref _keys, Count + 1);
        _owners[Count] = owner;
        _keys[Count] = key;
        _slots[slot] = Count + 1;
        return Count++;
    }

    private void Widen()
    {
        var length = Math.Max(32, _slots.Length * 2);
        scope.Hold((length - _slots.Length) * (long)sizeof(int));
        _slots = new int[length];
        for (var bucket = 0; bucket < Count; bucket++)
        {
            var at = (int)(Hash(_owners[bucket], _keys[bucket]) & (uint)(length - 1));
            while (_slots[at] != 0) at = (at + 1) & (length - 1);
            _slots[at] = bucket + 1;
        }
    }

    /// <summary>Counting sort by what they lie within.</summary>
    private void Order()
    {
        scope.Look();
        var owners = 0;
        for (var i = 0; i < Count; i++) owners = Math.Max(owners, _owners[i] + 1);
        scope.Hold((owners + 2L + Count) * sizeof(int));
        _starts = new int[owners + 2];
        for (var i = 0; i < Count; i++) _starts[_owners[i] + 2]++;
        for (var i = 1; i < _starts.Length; i++) _starts[i] += _starts[i - 1];
        _order = new int[Count];
        for (var i = 0; i < Count; i++) _order[_starts[_owners[i] + 1]++] = i;
        _ordered = Count;
    }
}
