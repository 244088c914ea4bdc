using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Walks the postings of one term in one segment, a decoded block at a time. Layout: <see cref="PostingsWriter"/>.
/// A bit set becomes document numbers, and frequencies and positions are unpacked, when first asked for. Reads through
/// the segment's memory, so whoever walks holds a reference on the segment. One thread.
/// </summary>
/// <remarks>
/// There are two ways to walk. Document by document: Next, Advance, Frequency, Positions. And by blocks, for whoever
/// works on arrays: <see cref="Enter"/> goes to the block that holds the first document from a number on, then the rest
/// of the block is taken as spans, set as bits, or probed for documents. Both may be mixed; neither goes back.
/// </remarks>
internal sealed unsafe class PostingsCursor : IPhraseWord
{
    /// <summary>The document behind the last.</summary>
    public const int End = int.MaxValue;

    private const int BlockDocuments = PostingsWriter.BlockDocuments;

    /// <summary>Frequencies of a block that are read one by one.</summary>
    private const int SinglesMax = 4;

    private readonly PostingsShape _shape;
    private readonly SearchBudget _budget;
    private readonly int[] _documents;
    private readonly int[] _frequencies;
    private byte* _term;
    private uint* _lasts;
    private byte* _frequenciesAt;
    private byte* _documentsEnd;
    private ulong* _words;
    private int _wordBase;
    private int _wordCount;
    private int _rankWord;
    private int _rank;
    private int _singles;
    private PositionsReader? _positions;
    private int _block = -1;
    private int _before;
    private int _last = -1;
    private int _count;
    private int _index;
    private bool _isDecoded;

    /// <summary>A cursor before the first document, of use until the search has ended.</summary>
    public PostingsCursor(byte* term, int documents, PostingsShape shape, SearchBudget budget)
    {
        _shape = shape;
        _budget = budget;
        _documents = budget.Arrays.TakeIntegers();
        _frequencies = shape.Frequencies ? budget.Arrays.TakeIntegers() : [];
        Reset(term, documents);
    }

    /// <summary>Working memory of the search.</summary>
    public BlockArrays Arrays => _budget.Arrays;

    /// <summary>Documents of the term, deleted ones included.</summary>
    public int DocumentCount { get; private set; }

    /// <summary>Blocks they are in.</summary>
    public int BlockCount { get; private set; }

    /// <summary>-1 before the first, <see cref="End"/> behind the last.</summary>
    public int Document { get; private set; } = -1;

    /// <summary>The last document of the block it stands in; -1 before the first, End behind the last.</summary>
    public int BlockLast => _last;

    /// <summary>Documents of the block from the current one on, as a span.</summary>
    public ReadOnlySpan<int> BlockDocumentsLeft
    {
        get
        {
            Decode();
            return _documents.AsSpan(_index, _count - _index);
        }
    }

    /// <summary>Their frequencies.</summary>
    public ReadOnlySpan<int> BlockFrequenciesLeft
    {
        get
        {
            if (_frequenciesAt != null) UnpackFrequencies();
            return _frequencies.AsSpan(_index, _count - _index);
        }
    }

    /// <summary>Occurrences in the current document.</summary>
    public int Frequency
    {
        get
        {
            if (_frequenciesAt != null) UnpackFrequencies();
            return _frequencies[_index];
        }
    }

    /// <summary>Impacts by block; only of terms of several blocks, with frequencies.</summary>
    public byte* Impacts => (byte*)(_lasts + (BlockCount * (long)(_shape.Positions ? 3 : 2)));

    /// <summary>Goes before the first document of another term of the same field.</summary>
    public void Reset(byte* term, int documents)
    {
        _term = term;
        _lasts = (uint*)term;
        DocumentCount = documents;
        BlockCount = (documents + BlockDocuments - 1) / BlockDocuments;
        _block = -1;
        _last = -1;
        _count = 0;
        _index = 0;
        _words = null;
        _isDecoded = true;
        _frequenciesAt = null;
        _positions?.Forget();
        Document = -1;
    }

    /// <summary>Goes before the first document again.</summary>
    public void Rewind() => Reset(_term, DocumentCount);

    /// <summary>Moves to the next document.</summary>
    public int Next()
    {
        Decode();
        return ++_index < _count ? Document = _documents[_index] : GoToBlock(_block + 1);
    }

    /// <summary>Passes over so many documents of the decoded block, the current one included; then as Next.</summary>
    public int Skip(int documents)
    {
        _index += documents - 1;
        return Next();
    }

    /// <summary>Moves to the first document at or behind the target, which is behind the current one.</summary>
    public int Advance(int target)
    {
        if (!Enter(target)) return Document = End;
        Decode();
        _index = IndexOf(target);
        return Document = _documents[_index];
    }

    /// <summary>Positions of the current document; valid until the next call. Text fields only.</summary>
    public ReadOnlySpan<int> Positions()
    {
        var frequency = Frequency;
        _positions ??= new PositionsReader();
        if (_positions.Block != _block)
        {
            var total = 0;
            for (var i = 0; i < _count; i++) total += _frequencies[i];
            _positions.Begin(_block, PositionsStart(), total);
        }

        return _positions.Read(_frequencies.AsSpan(0, _index), frequency);
    }

    /// <summary>Last document of a block.</summary>
    public int LastDocument(int block) => (int)_lasts[block];

    /// <summary>
    /// The first block from one on whose last document is not below a number: doubling steps, then halving. Only for
    /// terms of several blocks.
    /// </summary>
    public int FindBlock(int from, int target)
    {
        int low = from, step = 1;
        while (low + step < BlockCount && (int)_lasts[low + step - 1] < target)
        {
            low += step;
            step *= 2;
        }

        var high = Math.Min(low + step, BlockCount);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if ((int)_lasts[middle] < target) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>
    /// Goes to the block that holds the first document at or behind a number, unless it is there. False, once and for
    /// all, when there is none or the budget is spent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Enter(int target) => target <= _last ? _count > 0 : EnterLater(target);

    /// <summary>
    /// Documents of the entered block from a number on, which is not behind the block; the cursor stands on the first.
    /// </summary>
    public ReadOnlySpan<int> DocumentsFrom(int target)
    {
        Decode();
        if (_documents[_index] < target) _index = IndexOf(target);
        Document = _documents[_index];
        return _documents.AsSpan(_index, _count - _index);
    }

    /// <summary>
    /// Whether the entered block has a document, which is not behind the block's last nor below the last one probed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(int document)
    {
        if (!_isDecoded)
        {
            var slot = document - _wordBase;
            return slot >= 0 && (_words[slot >> 6] >> slot & 1) != 0;
        }

        _index = IndexOf(document);
        return _documents[_index] == document;
    }

    /// <summary>Occurrences in the document that <see cref="Has"/> just found.</summary>
    public int FrequencyOf(int document)
    {
        var index = _isDecoded ? _index : RankOf(document);
        if (_frequenciesAt == null) return _frequencies[index];
        // Few of a block are read one by one faster than by unpacking all.
        if (_singles++ < SinglesMax) return (int)PatchedPacking.One(_frequenciesAt, _count, index) + 1;
        UnpackFrequencies();
        return _frequencies[index];
    }

    /// <summary>Sets the bits of the documents in [from, to), of which the bit set's first and end are multiples of 64.
    /// </summary>
    /// <param name="words">A bit set.</param>
    /// <param name="first">The document of its first bit, at or below from.</param>
    /// <param name="from">Not below what was marked before.</param>
    /// <param name="to">Not behind the bit set's end; a multiple of 64, or behind all documents.</param>
    public void Mark(Span<ulong> words, int first, int from, int to)
    {
        while (from < to && Enter(from))
        {
            if (_isDecoded)
            {
                foreach (var document in DocumentsFrom(from))
                {
                    if (document >= to) return;
                    words[(document - first) >> 6] |= 1UL << document;
                }
            }
            else
            {
                MarkWords(words, first, from, to);
            }

            from = _last + 1;
        }
    }

    private void MarkWords(Span<ulong> words, int first, int from, int to)
    {
        // Bits below `from` in its word were marked before, or are below the bit set's range.
        var i = Math.Max(0, (from - _wordBase) >> 6);
        var end = (int)Math.Min(_wordCount, ((long)to - _wordBase + 63) >> 6);
        var into = (_wordBase - first) >> 6;
        if (i < end && from > _wordBase + (i << 6))
            words[into + i] |= _words[i++] & (ulong.MaxValue << from);
        for (; i < end; i++) words[into + i] |= _words[i];
    }

    /// <summary>Documents of the block, which is a bit set, below one that does not fall.</summary>
    private int RankOf(int document)
    {
        var slot = document - _wordBase;
        for (; _rankWord < slot >> 6; _rankWord++) _rank += BitOperations.PopCount(_words[_rankWord]);
        return _rank + BitOperations.PopCount(_words[slot >> 6] & ((1UL << slot) - 1));
    }

    private byte* PositionsStart() => BlockCount == 1 ? _documentsEnd : _term + _lasts[(2L * BlockCount) + _block];

    /// <summary>Index of the block's first document at or behind a number, which is not behind the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IndexOf(int target)
    {
        // Behind the last document the array holds End up to a whole vector.
        ref var first = ref MemoryMarshal.GetArrayDataReference(_documents);
        var at = _index;
        while (Unsafe.Add(ref first, at + 7) < target) at += 8;
        var below = Vector256.LessThan(Vector256.LoadUnsafe(ref Unsafe.Add(ref first, at)), Vector256.Create(target));
        return at + BitOperations.PopCount(below.ExtractMostSignificantBits());
    }

    private bool EnterLater(int target)
    {
        var block = _block + 1;
        if (BlockCount > 1) block = FindBlock(block, target);
        else if (block == 0 && !LoadBlock(0)) return false;
        else if (block == 0) return target <= _last || LoadBlock(1);
        return LoadBlock(block);
    }

    private int GoToBlock(int block)
    {
        if (!LoadBlock(block)) return Document = End;
        Decode();
        return Document = _documents[0];
    }

    private bool LoadBlock(int block)
    {
        _index = 0;
        _words = null;
        _isDecoded = true;
        _frequenciesAt = null;
        if (block >= BlockCount || !_budget.Spend())
        {
            _block = BlockCount;
            _count = 0;
            _last = End;
            return false;
        }

        _block = block;
        _before = block == 0 ? -1 : LastDocument(block - 1);
        _count = Math.Min(BlockDocuments, DocumentCount - (block * BlockDocuments));
        var at = BlockCount == 1 ? _term : _term + _lasts[(long)BlockCount + block];
        if (_count < PostingsWriter.PackedMin) ReadShortBlock(at);
        else ReadPackedBlock(at);
        return true;
    }

    private void ReadPackedBlock(byte* at)
    {
        int kind = *at++;
        if (kind < PostingsWriter.BitSetKind)
        {
            fixed (int* documents = _documents)
            {
                IntPacking.Unpack(at, kind, _count, (uint*)documents);
                IntPacking.Sum(documents, _count, _before);
            }

            at += IntPacking.Bytes(kind, _count);
            EndDocuments();
        }
        else
        {
            _wordCount = kind - PostingsWriter.BitSetKind;
            _words = (ulong*)at;
            _wordBase = (_before + 1) & ~63;
            _rankWord = 0;
            _rank = 0;
            _isDecoded = false;
            at += _wordCount * sizeof(ulong);
            _last = BlockCount > 1
                ? LastDocument(_block)
                : _wordBase + (_wordCount * 64) - 1 - BitOperations.LeadingZeroCount(_words[_wordCount - 1]);
        }

        _documentsEnd = at;
        if (!_shape.Frequencies) return;
        _frequenciesAt = at;
        _singles = 0;
        _documentsEnd = at + PatchedPacking.Bytes(at, _count);
    }

    private void ReadShortBlock(byte* at)
    {
        var document = _before;
        for (var i = 0; i < _count; i++)
        {
            var step = Varint.Read(ref at);
            if (_shape.Frequencies)
            {
                _frequencies[i] = (step & 1) != 0 ? 1 : (int)Varint.Read(ref at);
                step >>= 1;
            }

            document += (int)step + 1;
            _documents[i] = document;
        }

        EndDocuments();
        _documentsEnd = at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Decode()
    {
        if (!_isDecoded) DecodeWords();
    }

    private void DecodeWords()
    {
        fixed (int* documents = _documents) BitWords.Numbers(_words, _wordCount, _wordBase, documents);
        EndDocuments();
        _isDecoded = true;
    }

    private void EndDocuments()
    {
        _last = _documents[_count - 1];
        _documents.AsSpan(_count, IntPacking.Slack).Fill(End);
    }

    private void UnpackFrequencies()
    {
        fixed (int* frequencies = _frequencies)
        {
            PatchedPacking.Unpack(_frequenciesAt, _count, (uint*)frequencies);
            for (var i = 0; i < _count; i++) frequencies[i]++;
        }

        _frequenciesAt = null;
    }
}
