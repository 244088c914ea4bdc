using System.IO.Hashing;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Numbers the distinct terms of one field in the order they first come. Term bytes lie in one arena; the table is open
/// addressing over (hash, number), so that a miss mostly touches nothing else. One thread.
/// </summary>
internal sealed class TermHash
{
    private const int FirstSlots = 1024;
    private const int FirstBytes = 16 * 1024;

    /// <summary>Start and two table slots of a term.</summary>
    private const int BytesPerTerm = sizeof(int) + (2 * sizeof(ulong));

    private byte[] _bytes = new byte[FirstBytes];
    private int _length;
    private int[] _starts = new int[FirstSlots / 2];
    private ulong[] _slots = new ulong[FirstSlots];

    /// <summary>Distinct terms.</summary>
    public int Count { get; private set; }

    /// <summary>Memory that they take; what stays reserved after a clear does not count.</summary>
    public long Bytes => _length + ((long)Count * BytesPerTerm);

    /// <summary>The bytes of a term.</summary>
    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            var end = number + 1 < Count ? _starts[number + 1] : _length;
            return _bytes.AsSpan(_starts[number], end - _starts[number]);
        }
    }

    /// <summary>Number of a term, new or known.</summary>
    public int Add(ReadOnlySpan<byte> term)
    {
        var hash = (uint)XxHash3.HashToUInt64(term);
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if ((uint)(_slots[slot] >> 32) != hash) continue;
            var number = (int)(uint)_slots[slot] - 1;
            if (this[number].SequenceEqual(term)) return number;
        }

        if (Count == _starts.Length) Array.Resize(ref _starts, _starts.Length * 2);
        if (_bytes.Length - _length < term.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + term.Length));
        _starts[Count] = _length;
        term.CopyTo(_bytes.AsSpan(_length));
        _length += term.Length;
        Count++;
        _slots[slot] = ((ulong)hash << 32) | (uint)Count;
        if (Count * 2 > _slots.Length) Grow();
        return Count - 1;
    }

    /// <summary>The numbers of all terms in order of their bytes.</summary>
    public int[] Sorted()
    {
        var order = new int[Count];
        for (var i = 0; i < Count; i++) order[i] = i;
        order.AsSpan().Sort((a, b) => this[a].SequenceCompareTo(this[b]));
        return order;
    }

    /// <summary>Forgets all terms; keeps the memory if it was mostly used.</summary>
    public void Clear()
    {
        if (_slots.Length > FirstSlots && Count * 16 < _slots.Length)
        {
            _slots = new ulong[FirstSlots];
            _starts = new int[FirstSlots / 2];
            _bytes = new byte[FirstBytes];
        }
        else
        {
            Array.Clear(_slots);
        }

        Count = 0;
        _length = 0;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new ulong[old.Length * 2];
        var mask = _slots.Length - 1;
        foreach (var entry in old)
        {
            if (entry == 0) continue;
            var slot = (int)(uint)(entry >> 32) & mask;
            while (_slots[slot] != 0) slot = (slot + 1) & mask;
            _slots[slot] = entry;
        }
    }
}
