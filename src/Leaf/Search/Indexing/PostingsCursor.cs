using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Walks the postings of one term in one segment, a decoded block at a time. Layout: <see cref="PostingsWriter"/>.
/// Frequencies of a full block are unpacked when first asked for, positions chunk by chunk. Reads through the segment's
/// memory, so whoever walks holds a reference on the segment. One thread.
/// </summary>
internal sealed unsafe class PostingsCursor
{
    /// <summary>The document behind the last.</summary>
    public const int End = int.MaxValue;

    private const int BlockDocuments = PostingsWriter.BlockDocuments;

    private readonly PostingsShape _shape;
    private readonly SearchBudget _budget;
    private readonly int[] _documents = new int[BlockDocuments];
    private readonly int[] _frequencies;
    private byte* _term;
    private int _blockCount;
    private byte* _frequenciesAt;
    private byte* _documentsEnd;
    private PositionsReader? _positions;
    private int _block = -1;
    private int _count;
    private int _index;

    /// <summary>A cursor before the first document.</summary>
    public PostingsCursor(byte* term, int documents, PostingsShape shape, SearchBudget budget)
    {
        _shape = shape;
        _budget = budget;
        _frequencies = shape.Frequencies ? new int[BlockDocuments] : [];
        Reset(term, documents);
    }

    /// <summary>Documents of the term, deleted ones included.</summary>
    public int DocumentCount { get; private set; }

    /// <summary>-1 before the first, <see cref="End"/> behind the last.</summary>
    public int Document { get; private set; } = -1;

    /// <summary>Occurrences in the current document.</summary>
    public int Frequency
    {
        get
        {
            if (_frequenciesAt != null) UnpackFrequencies();
            return _frequencies[_index];
        }
    }

    /// <summary>The rest of the decoded block, the current document first: for scoring a block at a time.</summary>
    public ReadOnlySpan<int> BlockDocumentsLeft => _documents.AsSpan(_index, _count - _index);

    /// <summary>Their frequencies.</summary>
    public ReadOnlySpan<int> BlockFrequenciesLeft
    {
        get
        {
            if (_frequenciesAt != null) UnpackFrequencies();
            return _frequencies.AsSpan(_index, _count - _index);
        }
    }

    /// <summary>Goes before the first document of another term of the same field.</summary>
    public void Reset(byte* term, int documents)
    {
        _term = term;
        DocumentCount = documents;
        _blockCount = (documents + BlockDocuments - 1) / BlockDocuments;
        _block = -1;
        _count = 0;
        _index = 0;
        _frequenciesAt = null;
        _positions?.Forget();
        Document = -1;
    }

    /// <summary>Moves to the next document.</summary>
    public int Next() => ++_index < _count ? Document = _documents[_index] : LoadBlock(_block + 1);

    /// <summary>Passes over so many documents of the decoded block, the current one included; then as Next.</summary>
    public int Skip(int documents)
    {
        _index += documents - 1;
        return Next();
    }

    /// <summary>Moves to the first document at or behind the target, which is behind the current one.</summary>
    public int Advance(int target)
    {
        if (_count == 0 || _documents[_count - 1] < target)
        {
            var block = _blockCount > 1 ? FindBlock(_block + 1, target) : _block + 1;
            if (LoadBlock(block) >= target) return Document;
        }

        // Now the block's last document is at or behind the target, or there are no more blocks.
        var documents = _documents.AsSpan(_index, _count - _index);
        var at = documents.BinarySearch(target);
        _index += at < 0 ? ~at : at;
        return _index < _count ? Document = _documents[_index] : LoadBlock(_block + 1);
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

    private byte* PositionsStart() =>
        _blockCount == 1 ? _documentsEnd : _term + SkipRow(_block)[2];

    private uint* SkipRow(int block) => (uint*)(_term + ((long)block * PostingsWriter.SkipRowBytes));

    private int LastDocument(int block) => (int)SkipRow(block)[0];

    /// <summary>The first block from here on whose last document is not below: doubling steps, then halving.</summary>
    private int FindBlock(int from, int target)
    {
        int low = from, step = 1;
        while (low + step < _blockCount && LastDocument(low + step - 1) < target)
        {
            low += step;
            step *= 2;
        }

        var high = Math.Min(low + step, _blockCount);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (LastDocument(middle) < target) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int LoadBlock(int block)
    {
        if (block >= _blockCount || !_budget.Spend())
        {
            _block = _blockCount;
            _count = 0;
            _index = 0;
            return Document = End;
        }

        var before = block == 0 ? -1 : LastDocument(block - 1);
        var at = _blockCount == 1 ? _term : _term + SkipRow(block)[1];
        _count = Math.Min(BlockDocuments, DocumentCount - (block * BlockDocuments));
        if (_count == BlockDocuments) ReadFullBlock(at, before);
        else ReadShortBlock(at, before);
        _block = block;
        _index = 0;
        return Document = _documents[0];
    }

    private void ReadFullBlock(byte* at, int before)
    {
        int bits = *at++;
        fixed (int* documents = _documents)
        {
            IntPacking.Unpack(at, bits, (uint*)documents);
            for (var i = 0; i < BlockDocuments; i++)
            {
                before += documents[i] + 1;
                documents[i] = before;
            }
        }

        at += IntPacking.Bytes(bits);
        _frequenciesAt = null;
        _documentsEnd = at;
        if (!_shape.Frequencies) return;
        _frequenciesAt = at;
        _documentsEnd = at + 1 + IntPacking.Bytes(*at);
    }

    private void ReadShortBlock(byte* at, int before)
    {
        _frequenciesAt = null;
        for (var i = 0; i < _count; i++)
        {
            var step = Varint.Read(ref at);
            if (_shape.Frequencies)
            {
                _frequencies[i] = (step & 1) != 0 ? 1 : (int)Varint.Read(ref at);
                step >>= 1;
            }

            before += (int)step + 1;
            _documents[i] = before;
        }

        _documentsEnd = at;
    }

    private void UnpackFrequencies()
    {
        fixed (int* frequencies = _frequencies)
        {
            IntPacking.Unpack(_frequenciesAt + 1, *_frequenciesAt, (uint*)frequencies);
            for (var i = 0; i < BlockDocuments; i++) frequencies[i]++;
        }

        _frequenciesAt = null;
    }
}
