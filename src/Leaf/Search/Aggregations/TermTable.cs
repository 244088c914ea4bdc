using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Numbers terms over all segments, from 0 in the order they are met. One search.</summary>
internal sealed class TermTable(AggregationScope scope)
{
    private byte[] _bytes = [];
    private int[] _ends = [];
    private ulong[] _hashes = [];
    private int[] _slots = [];
    private int _length;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of a term.</summary>
    public ReadOnlySpan<byte> Bytes(int term) => _bytes.AsSpan((term == 0 ? 0 : _ends[term - 1]).._ends[term]);

    /// <summary>A term as text.</summary>
    public string Text(int term) => Encoding.UTF8.GetString(Bytes(term));

    /// <summary>The number of a term, a new one if need be.</summary>
    public int Take(ReadOnlySpan<byte> term)
    {
        if (Count * 2 >= _slots.Length) Widen();
        var hash = PathHash.OfPath(term);
        var mask = _slots.Length - 1;
        for (var at = (int)(hash & (uint)mask); ; at = (at + 1) & mask)
        {
            var found = _slots[at] - 1;
            if (found < 0) return Add(at, hash, term);
            if (_hashes[found] == hash && Bytes(found).SequenceEqual(term)) return found;
        }
    }

    private int Add(int slot, ulong hash, ReadOnlySpan<byte> term)
    {
        scope.Grow(ref _bytes, _length + term.Length);
        scope.Grow(ref _ends, Count + 1);
        scope.Grow(ref _hashes, Count + 1);
        term.CopyTo(_bytes.AsSpan(_length));
        _length += term.Length;
        _ends[Count] = _length;
        _hashes[Count] = hash;
        _slots[slot] = Count + 1;
        return Count++;
    }

    private void Widen()
    {
        var length = Math.Max(32, _slots.Length * 2);
        scope.Hold((length - _slots.Length) * (long)sizeof(int));
        _slots = new int[length];
        for (var term = 0; term < Count; term++)
        {
            var at = (int)(_hashes[term] & (uint)(length - 1));
            while (_slots[at] != 0) at = (at + 1) & (length - 1);
            _slots[at] = term + 1;
        }
    }
}
