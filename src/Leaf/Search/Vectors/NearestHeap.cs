namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>
/// The best of what it was offered, at most so many: by nearness, equal ones by number, lowest first. The worst is on
/// top. One thread; reused.
/// </summary>
internal sealed class NearestHeap
{
    private ulong[] _keys = new ulong[64];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many there may be.</summary>
    public int Capacity { get; private set; }

    /// <summary>Whether only better ones get in.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>The key that something has to be above to get in for sure; meaningless while there is none.</summary>
    public ulong Worst => _keys[0];

    /// <summary>Empties it.</summary>
    public void Clear(int capacity)
    {
        Count = 0;
        Capacity = capacity;
    }

    /// <summary>A key that is the higher the nearer; of equal nearness, the lower the number.</summary>
    public static ulong KeyOf(float near, int number)
    {
        var bits = BitConverter.SingleToInt32Bits(near);
        var rising = (uint)(bits ^ ((bits >> 31) & int.MaxValue)) ^ 0x8000_0000;
        return ((ulong)rising << 32) | ~(uint)number;
    }

    /// <summary>The nearness of a key.</summary>
    public static float NearOf(ulong key)
    {
        var bits = (int)((uint)(key >> 32) ^ 0x8000_0000);
        return BitConverter.Int32BitsToSingle(bits ^ ((bits >> 31) & int.MaxValue));
    }

    /// <summary>The number of a key.</summary>
    public static int NumberOf(ulong key) => (int)~(uint)key;

    /// <summary>Offers one; false if it did not get in.</summary>
    public bool Offer(ulong key)
    {
        if (Count == Capacity)
        {
            if (Capacity == 0 || key <= _keys[0]) return false;
            _keys[0] = key;
            SiftDown(Count);
            return true;
        }

        if (Count == _keys.Length) Array.Resize(ref _keys, Count * 2);
        var at = Count++;
        for (; at > 0 && _keys[(at - 1) / 2] > key; at = (at - 1) / 2) _keys[at] = _keys[(at - 1) / 2];
        _keys[at] = key;
        return true;
    }

    /// <summary>Takes the worst out.</summary>
    public ulong Pop()
    {
        var worst = _keys[0];
        _keys[0] = _keys[--Count];
        SiftDown(Count);
        return worst;
    }

    /// <summary>All of them, best first. Empties it.</summary>
    public ReadOnlySpan<ulong> Sorted()
    {
        var count = Count;
        var keys = _keys.AsSpan(0, count);
        keys.Sort();
        keys.Reverse();
        Count = 0;
        return keys;
    }

    private void SiftDown(int count)
    {
        var key = _keys[0];
        var at = 0;
        for (var child = 1; child < count; child = (at * 2) + 1)
        {
            if (child + 1 < count && _keys[child + 1] < _keys[child]) child++;
            if (_keys[child] >= key) break;
            _keys[at] = _keys[child];
            at = child;
        }

        _keys[at] = key;
    }
}
