namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Where a term's postings are, and how many.</summary>
/// <param name="Documents">Documents that have it, deleted ones included.</param>
/// <param name="Offset">First byte of its postings within the field's.</param>
/// <param name="Ordinal">Its place among the field's terms, from 0.</param>
internal readonly record struct TermEntry(int Documents, long Offset, int Ordinal);

/// <summary>The terms of one field in order of their UTF-8 bytes. Immutable; many threads may read.</summary>
/// <remarks>
/// Blocks of 32 terms; a table holds where each block begins (u32), so that a lookup is a binary search over the first
/// terms of blocks and a scan of one.
/// <code>
///  block:  offset of the first term's postings u64
///          per term: bytes shared with the term before (0 for the first), bytes of its own, those bytes,
///                    documents, bytes of its postings      (numbers as varints)
/// </code>
/// </remarks>
internal sealed unsafe class TermDictionary
{
    /// <summary>Terms in a block.</summary>
    public const int BlockTerms = 32;

    /// <summary>Bytes of the longest term; longer tokens are not indexed, longer keywords are refused.</summary>
    public const int TermBytesMax = 8_192;

    private readonly byte* _terms;
    private readonly uint* _blocks;
    private readonly int _blockCount;

    /// <summary>Reads from a segment's memory.</summary>
    public TermDictionary(byte* terms, uint* blocks, int count)
    {
        _terms = terms;
        _blocks = blocks;
        Count = count;
        _blockCount = (count + BlockTerms - 1) / BlockTerms;
    }

    /// <summary>Terms.</summary>
    public int Count { get; }

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
            var shared = (int)Varint.Read(ref at);
            var length = (int)Varint.Read(ref at);
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

    /// <summary>The last block whose first term is not above; -1 when all are.</summary>
    internal int BlockOf(ReadOnlySpan<byte> term)
    {
        int low = 0, high = _blockCount - 1;
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            var at = BlockStart(middle) + sizeof(long) + 1; // the first term shares nothing: one zero byte
            var length = (int)Varint.Read(ref at);
            if (new ReadOnlySpan<byte>(at, length).SequenceCompareTo(term) <= 0) low = middle + 1;
            else high = middle - 1;
        }

        return high;
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
        var shared = (int)Varint.Read(ref _at);
        var own = (int)Varint.Read(ref _at);
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
