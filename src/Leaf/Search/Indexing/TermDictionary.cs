using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Where a term's postings are, and how many.</summary>
/// <param name="Documents">Documents that have it, deleted ones included.</param>
/// <param name="Offset">First byte of its postings within the field's.</param>
/// <param name="Ordinal">Its place among the field's terms, from 0.</param>
internal readonly record struct TermEntry(int Documents, long Offset, int Ordinal);

/// <summary>The terms of one field in order of their UTF-8 bytes. Immutable; many threads may read.</summary>
/// <remarks>
/// Blocks of 32 terms. What a lookup needs of their first terms lies together: eight bytes each, taken from behind what
/// all terms of the field have in common, so that a binary search touches a few lines of one array; only first terms
/// with the same eight bytes are compared as a whole. One block is then read from its beginning.
/// <code>
///  section: terms u32 | bytes that all terms share u32 | key of each block u64... | where each begins u32... | blocks
///  key:     8 bytes of the block's first term, highest first, zeros behind its end
///  block:   offset of the first term's postings u64
///           per term: bytes shared with the term before (low 4 bits) and bytes of its own (high 4 bits), each 15
///                     where a varint with the rest follows; those bytes; documents, bytes of its postings (varints)
/// </code>
/// </remarks>
internal sealed unsafe class TermDictionary
{
    /// <summary>Terms in a block.</summary>
    public const int BlockTerms = 32;

    /// <summary>Bytes of the longest term; longer tokens are not indexed, longer keywords are refused.</summary>
    public const int TermBytesMax = 8_192;

    /// <summary>A length of so much or more has its rest in a varint.</summary>
    internal const int LongLength = 15;

    private readonly byte* _terms;
    private readonly uint* _blocks;
    private readonly ulong* _keys;
    private readonly int _shared;

    /// <summary>Reads from a segment's memory.</summary>
    /// <param name="section">Aligned to 8.</param>
    public TermDictionary(byte* section)
    {
        Count = *(int*)section;
        BlockCount = (Count + BlockTerms - 1) / BlockTerms;
        _shared = ((int*)section)[1];
        _keys = (ulong*)section + 1;
        _blocks = (uint*)(_keys + BlockCount);
        _terms = (byte*)(_blocks + BlockCount);
    }

    /// <summary>Terms.</summary>
    public int Count { get; }

    /// <summary>Blocks of them.</summary>
    internal int BlockCount { get; }

    /// <summary>Finds a term.</summary>
    public bool TryFind(ReadOnlySpan<byte> term, out TermEntry entry)
    {
        entry = default;
        var block = BlockOf(term);
        if (block < 0) return false;
        var at = BlockStart(block);
        var offset = *(long*)at;
        at += sizeof(long);
        var count = Math.Min(BlockTerms, Count - (block * BlockTerms));
        var matched = 0;
        for (var i = 0; i < count; i++)
        {
            ReadLengths(ref at, out var shared, out var length);
            var own = new ReadOnlySpan<byte>(at, length);
            at += length;
            var documents = (int)Varint.Read(ref at);
            var bytes = Varint.Read(ref at);

            // The term before is below the target and agrees with it in exactly `matched` bytes.
            if (shared < matched) return false;
            if (shared == matched)
            {
                var rest = term[matched..];
                var same = own.CommonPrefixLength(rest);
                if (same == rest.Length && same == own.Length)
                {
                    entry = new TermEntry(documents, offset, (block * BlockTerms) + i);
                    return true;
                }

                if (same == rest.Length || (same < own.Length && own[same] > rest[same])) return false;
                matched += same;
            }

            offset += bytes;
        }

        return false;
    }

    /// <summary>A cursor before the first term.</summary>
    public TermCursor Cursor() => new(this);

    /// <summary>The ordinal of the first term at or above; <see cref="Count"/> when there is none.</summary>
    public int LowerBound(ReadOnlySpan<byte> term)
    {
        var cursor = Cursor();
        return cursor.Seek(term) ? cursor.Entry.Ordinal : Count;
    }

    /// <summary>The last block whose first term is not above; -1 when all are.</summary>
    internal int BlockOf(ReadOnlySpan<byte> term)
    {
        if (BlockCount == 0) return -1;
        var order = term[..Math.Min(term.Length, _shared)].SequenceCompareTo(FirstTerm(0)[.._shared]);
        if (order != 0) return order < 0 ? -1 : BlockCount - 1;
        var key = Key(term[_shared..]);
        var low = FirstKeyFrom(key, 0);
        if (low == BlockCount || _keys[low] != key) return low - 1;
        var high = key == ulong.MaxValue ? BlockCount : FirstKeyFrom(key + 1, low);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (FirstTerm(middle).SequenceCompareTo(term) <= 0) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }

    /// <summary>Eight bytes as a number that orders as they do; zeros where there are fewer.</summary>
    internal static ulong Key(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(bytes);
        ulong key = 0;
        for (var i = 0; i < bytes.Length; i++) key |= (ulong)bytes[i] << (56 - (8 * i));
        return key;
    }

    /// <summary>Reads the two lengths that a term begins with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ReadLengths(ref byte* at, out int shared, out int own)
    {
        var both = *at++;
        shared = both & LongLength;
        own = both >> 4;
        if (shared == LongLength) shared += (int)Varint.Read(ref at);
        if (own == LongLength) own += (int)Varint.Read(ref at);
    }

    internal ReadOnlySpan<byte> FirstTerm(int block)
    {
        var at = BlockStart(block) + sizeof(long);
        ReadLengths(ref at, out _, out var length);
        return new ReadOnlySpan<byte>(at, length);
    }

    /// <summary>The first block from one on whose key is not below.</summary>
    private int FirstKeyFrom(ulong key, int low)
    {
        var high = BlockCount;
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_keys[middle] < key) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    internal byte* BlockStart(int block) => _terms + _blocks[block];
}

/// <summary>Walks the terms of a field in order. One thread; the segment is held meanwhile.</summary>
internal sealed unsafe class TermCursor
{
    private readonly TermDictionary _dictionary;
    private byte[] _term = new byte[64];
    private int _length;
    private byte* _at;
    private long _nextOffset;

    internal TermCursor(TermDictionary dictionary) => _dictionary = dictionary;

    /// <summary>The term it stands on; valid until it moves.</summary>
    public ReadOnlySpan<byte> Term => _term.AsSpan(0, _length);

    /// <summary>Its entry. Ordinal is -1 before the first.</summary>
    public TermEntry Entry { get; private set; } = new(0, 0, -1);

    /// <summary>Goes one on; false behind the last.</summary>
    public bool MoveNext()
    {
        var ordinal = Entry.Ordinal + 1;
        if (ordinal >= _dictionary.Count) return false;
        if (ordinal % TermDictionary.BlockTerms == 0) EnterBlock(ordinal / TermDictionary.BlockTerms);
        TermDictionary.ReadLengths(ref _at, out var shared, out var own);
        if (_term.Length < shared + own) Array.Resize(ref _term, Math.Max(shared + own, _term.Length * 2));
        new ReadOnlySpan<byte>(_at, own).CopyTo(_term.AsSpan(shared));
        _length = shared + own;
        _at += own;
        var documents = (int)Varint.Read(ref _at);
        Entry = new TermEntry(documents, _nextOffset, ordinal);
        _nextOffset += Varint.Read(ref _at);
        return true;
    }

    /// <summary>Goes to the first term at or above; false when there is none.</summary>
    public bool Seek(ReadOnlySpan<byte> term)
    {
        var block = Math.Max(0, _dictionary.BlockOf(term));
        Entry = new TermEntry(0, 0, (block * TermDictionary.BlockTerms) - 1);
        while (MoveNext())
            if (Term.SequenceCompareTo(term) >= 0) return true;
        return false;
    }

    /// <summary>Goes to the term of an ordinal that exists.</summary>
    public void SeekOrdinal(int ordinal)
    {
        Entry = new TermEntry(0, 0, ordinal - (ordinal % TermDictionary.BlockTerms) - 1);
        while (Entry.Ordinal < ordinal) MoveNext();
    }

    private void EnterBlock(int block)
    {
        _at = _dictionary.BlockStart(block);
        _nextOffset = *(long*)_at;
        _at += sizeof(long);
    }
}
