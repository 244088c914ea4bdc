using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Numbers the distinct terms of one field in the order they first come. One thread.
/// </summary>
/// <remarks>
/// Term bytes lie one behind another in an arena; the table is open addressing, at most half full. A slot has the
/// term's first eight bytes beside its hash and length, so that a known term of up to eight bytes (most are) costs one
/// cache miss, and an unknown one mostly as many:
/// <code>
///  slot:  first bytes u64, zero-filled | hash 24 bits, length 8 bits (255 and more as 255) | number + 1 i32
/// </code>
/// The hash is a product of the term's ends folded to 64 bits (the mixing of wyhash), by secrets of this process: none
/// outside can make terms that collide.
/// </remarks>
internal sealed class TermHash
{
    private const int FirstSlots = 1024;
    private const int FirstBytes = 16 * 1024;
    private const int PrefixBytes = sizeof(ulong);
    private const int BitsPerByte = 8;
    private const int ByteValues = 256;

    /// <summary>Terms between two looks at the pace.</summary>
    private const int TermsPerLook = 4_096;

    /// <summary>Keys that are sorted without one.</summary>
    private const int RunMax = 1_024;

    /// <summary>Start and two table slots of a term.</summary>
    private const int BytesPerTerm = sizeof(int) + (2 * 16);

    private static readonly ulong Secret = Random64() | 1;
    private static readonly ulong OtherSecret = Random64() | 1;

    private byte[] _bytes = new byte[FirstBytes];
    private int _length;
    private int[] _starts = new int[(FirstSlots / 2) + 1];
    private Slot[] _slots = new Slot[FirstSlots];
    private int[] _order = [];
    private ulong[] _keys = [];
    private readonly Comparison<int> _byBytes;

    public TermHash() => _byBytes = (a, b) => this[a].SequenceCompareTo(this[b]);

    /// <summary>Distinct terms.</summary>
    public int Count { get; private set; }

    /// <summary>Memory that they take; what stays reserved after a clear does not count.</summary>
    public long Bytes => _length + ((long)Count * BytesPerTerm);

    /// <summary>The bytes of a term.</summary>
    public ReadOnlySpan<byte> this[int number] => _bytes.AsSpan(_starts[number], _starts[number + 1] - _starts[number]);

    /// <summary>Number of a term, new or known.</summary>
    public int Add(ReadOnlySpan<byte> term)
    {
        var prefix = Prefix(term);
        var hash = Hash(prefix, term);
        var tag = (uint)(hash >> 40 << 8) | (uint)Math.Min(term.Length, byte.MaxValue);
        var slots = _slots;
        var mask = slots.Length - 1;
        for (var at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            ref var slot = ref slots[at];
            if (slot.Number == 0) return AddNew(ref slot, term, prefix, tag);
            if (slot.Prefix != prefix || slot.Tag != tag) continue;
            if (term.Length <= PrefixBytes || this[slot.Number - 1].SequenceEqual(term)) return slot.Number - 1;
        }
    }

    /// <summary>The numbers of all terms in order of their bytes; valid until it is called again, or a clear.</summary>
    /// <param name="pace">Breathes often; null where nobody waits.</param>
    public ReadOnlySpan<int> Sorted(MergePace? pace = null)
    {
        if (_order.Length < Count) (_order, _keys) = (new int[_slots.Length / 2], new ulong[_slots.Length / 2]);
        var order = _order.AsSpan(0, Count);
        var keys = _keys.AsSpan(0, Count);
        for (var i = 0; i < order.Length; i++)
        {
            if (i % TermsPerLook == 0) pace?.Breathe();
            order[i] = i;
            keys[i] = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Prefix(this[i]));
        }

        // The first eight bytes as a number order most terms; what they leave equal is compared from there.
        SortRun(0, Count, (sizeof(ulong) - 1) * BitsPerByte, pace);
        for (var i = 1; i < order.Length; i++)
        {
            if (keys[i] != keys[i - 1]) continue;
            var first = i - 1;
            while (i < order.Length && keys[i] == keys[first]) i++;
            order[first..i].Sort(_byBytes);
            pace?.Breathe();
        }

        return order;
    }

    /// <summary>
    /// Sorts a run of keys that are equal above a byte, and their terms with them: short ones as they are, long ones
    /// dealt out by that byte first, in place (McIlroy and others, "Engineering radix sort", 1993).
    /// </summary>
    private void SortRun(int from, int to, int shift, MergePace? pace)
    {
        var keys = _keys.AsSpan(from, to - from);
        var order = _order.AsSpan(from, to - from);
        pace?.Breathe();
        if (keys.Length <= RunMax || shift < 0)
        {
            keys.Sort(order);
            return;
        }

        Span<int> next = stackalloc int[ByteValues];
        Span<int> ends = stackalloc int[ByteValues];
        ends.Clear();
        foreach (var key in keys) ends[(byte)(key >> shift)]++;
        var sum = 0;
        for (var value = 0; value < ByteValues; value++)
        {
            next[value] = sum;
            sum += ends[value];
            ends[value] = sum;
        }

        for (var value = 0; value < ByteValues; value++)
        {
            pace?.Breathe();
            while (next[value] < ends[value])
            {
                var at = next[value];
                var place = next[(byte)(keys[at] >> shift)]++;
                (keys[at], keys[place]) = (keys[place], keys[at]);
                (order[at], order[place]) = (order[place], order[at]);
            }
        }

        for (var value = 0; value < ByteValues; value++)
        {
            var first = value == 0 ? 0 : ends[value - 1];
            if (ends[value] - first > 1) SortRun(from + first, from + ends[value], shift - BitsPerByte, pace);
        }
    }

    /// <summary>Forgets all terms; keeps the memory if it was mostly used.</summary>
    public void Clear()
    {
        if (_slots.Length > FirstSlots && Count * 16 < _slots.Length)
        {
            _slots = new Slot[FirstSlots];
            _starts = new int[(FirstSlots / 2) + 1];
            _bytes = new byte[FirstBytes];
            (_order, _keys) = ([], []);
        }
        else
        {
            Array.Clear(_slots);
        }

        Count = 0;
        _length = 0;
    }

    private int AddNew(ref Slot slot, ReadOnlySpan<byte> term, ulong prefix, uint tag)
    {
        if (Count + 1 == _starts.Length) Array.Resize(ref _starts, _starts.Length * 2);
        if (_bytes.Length - _length < term.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + term.Length));
        term.CopyTo(_bytes.AsSpan(_length));
        _length += term.Length;
        Count++;
        _starts[Count] = _length;
        slot = new Slot { Prefix = prefix, Tag = tag, Number = Count };
        if (Count * 2 > _slots.Length) Grow();
        return Count - 1;
    }

    private void Grow()
    {
        _slots = new Slot[_slots.Length * 2];
        var mask = _slots.Length - 1;
        for (var number = 0; number < Count; number++)
        {
            var term = this[number];
            var prefix = Prefix(term);
            var hash = Hash(prefix, term);
            var at = (int)hash & mask;
            while (_slots[at].Number != 0) at = (at + 1) & mask;
            var tag = (uint)(hash >> 40 << 8) | (uint)Math.Min(term.Length, byte.MaxValue);
            _slots[at] = new Slot { Prefix = prefix, Tag = tag, Number = number + 1 };
        }
    }

    /// <summary>The first eight bytes, little-endian, zeros behind a shorter term.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Prefix(ReadOnlySpan<byte> term)
    {
        ref var first = ref MemoryMarshal.GetReference(term);
        if (term.Length >= sizeof(ulong)) return Unsafe.ReadUnaligned<ulong>(ref first);
        if (term.Length >= sizeof(uint))
        {
            ulong high = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, term.Length - sizeof(uint)));
            return Unsafe.ReadUnaligned<uint>(ref first) | (high << ((term.Length - sizeof(uint)) * 8));
        }

        ulong prefix = 0;
        for (var i = term.Length - 1; i >= 0; i--) prefix = (prefix << 8) | Unsafe.Add(ref first, i);
        return prefix;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ulong prefix, ReadOnlySpan<byte> term)
    {
        if (term.Length <= PrefixBytes) return Mix(prefix ^ Secret, OtherSecret ^ (ulong)term.Length);
        ref var first = ref MemoryMarshal.GetReference(term);
        var last = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, term.Length - sizeof(ulong)));
        var hash = Mix(prefix ^ Secret, last ^ OtherSecret ^ (ulong)term.Length);
        for (var at = sizeof(ulong); at < term.Length - sizeof(ulong); at += sizeof(ulong))
            hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at)), OtherSecret);
        return hash;
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Random64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return Unsafe.ReadUnaligned<ulong>(ref MemoryMarshal.GetReference(bytes));
    }

    private struct Slot
    {
        public ulong Prefix;
        public uint Tag;
        public int Number;
    }
}
