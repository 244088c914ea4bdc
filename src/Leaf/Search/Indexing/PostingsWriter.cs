using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>What a field keeps of each posting.</summary>
/// <param name="Frequencies">How often the term occurs, and impacts for pruning.</param>
/// <param name="Positions">Where it occurs; only with frequencies.</param>
internal readonly record struct PostingsShape(bool Frequencies, bool Positions)
{
    /// <summary>Text fields.</summary>
    public static readonly PostingsShape Text = new(true, true);

    /// <summary>Text fields that phrases are never sought in.</summary>
    public static readonly PostingsShape TextWithoutPositions = new(true, false);

    /// <summary>What the postings of a field have.</summary>
    public static PostingsShape Of(FieldType type, bool positions) =>
        type != FieldType.Text ? Keyword : positions ? Text : TextWithoutPositions;

    /// <summary>Keyword fields: which documents, and nothing else.</summary>
    public static readonly PostingsShape Keyword = new(false, false);
}

/// <summary>Encodes the postings of one term after another. One thread.</summary>
/// <remarks>
/// Documents come in blocks of 128; the last may be short, and most terms have only that one.
/// <code>
///  term of one block:    documents, frequencies | positions
///  term of more blocks:  per block: its last document u32
///                        per block: where its documents begin u32, counted from the first byte of the term
///                        per block: where its positions begin u32                    (with positions)
///                        per block, then per group of 32 blocks: impacts, 16 bytes (with frequencies)
///                        documents and frequencies by block | positions by block
///
///  block of 16 or more:  kind u8
///                          0 to 32: steps between documents less one, packed in so many bits
///                          64 + n:  n words u64, a bit per document from (last document before + 1) down to a
///                                   multiple of 64; where that is about as small
///                        frequencies less one, packed with patches                   (with frequencies)
///  block below 16:       varint per document: step less one, shifted left by one with 1 in the low bit for
///                          frequency 1; else a varint of the frequency follows. Without frequencies: just the step
///  positions:            steps within each document, of all the block's documents in a row, cut into chunks of 128:
///                          packed with patches; a last chunk below 16 as varints
/// </code>
/// A reader of packed values reads up to <see cref="IntPacking.ReadPast"/> bytes behind them; what follows the postings
/// in a segment is longer than that.
/// </remarks>
internal sealed class PostingsWriter
{
    /// <summary>Documents in a full block.</summary>
    public const int BlockDocuments = IntPacking.Count;

    /// <summary>Blocks in a group that has impacts of its own.</summary>
    public const int GroupBlocks = 32;

    /// <summary>Values below which packing costs more than it saves.</summary>
    public const int PackedMin = 16;

    /// <summary>Added to the words of a bit set to make its kind.</summary>
    public const int BitSetKind = 64;

    /// <summary>Bytes that a bit set may cost beyond packed steps: it is counted and probed as it is.</summary>
    private const int BitSetBias = 16;

    private readonly uint[] _steps = new uint[BlockDocuments];
    private readonly uint[] _frequencies = new uint[BlockDocuments];
    private readonly ulong[] _words = new ulong[byte.MaxValue];
    private readonly List<uint> _positionSteps = [];
    private readonly List<SkipRow> _rows = [];
    private readonly ByteSink _head = new();
    private readonly ByteSink _documents = new();
    private readonly ByteSink _positions = new();
    private readonly ByteSink _impacts = new();
    private readonly ByteSink _groups = new();
    private readonly ImpactSet _blockImpacts = new();
    private readonly ImpactSet _groupImpacts = new();
    private PostingsShape _shape;
    private int _inBlock;
    private int _last;
    private int _lastBefore;

    /// <summary>Documents of the term so far.</summary>
    public int Documents { get; private set; }

    /// <summary>Forgets the last term, with little memory if that had taken more than so many bytes.</summary>
    public void Trim(int bytesKept)
    {
        foreach (var sink in (ReadOnlySpan<ByteSink>)[_head, _documents, _positions, _impacts, _groups])
            sink.Trim(bytesKept);
        _positionSteps.Clear();
        _rows.Clear();
        if (_positionSteps.Capacity > bytesKept / sizeof(uint)) _positionSteps.Capacity = 0;
        if (_rows.Capacity > bytesKept / Unsafe.SizeOf<SkipRow>()) _rows.Capacity = 0;
    }

    /// <summary>Begins a field.</summary>
    /// <param name="documents">Documents that have it.</param>
    /// <param name="tokens">Tokens in all of them.</param>
    public void BeginField(long documents, long tokens)
    {
        var inverses = Bm25.Inverses(documents, tokens);
        _blockImpacts.BeginField(inverses);
        _groupImpacts.BeginField(inverses);
    }

    /// <summary>Begins a term.</summary>
    public void Begin(PostingsShape shape)
    {
        _shape = shape;
        _rows.Clear();
        _impacts.Clear();
        _groups.Clear();
        _documents.Clear();
        _positions.Clear();
        _positionSteps.Clear();
        _inBlock = 0;
        _last = -1;
        _lastBefore = -1;
        Documents = 0;
    }

    /// <summary>Adds a document, above the one before.</summary>
    /// <param name="document">Its number.</param>
    /// <param name="norm">The field's length in it, as <see cref="FieldNorm"/>.</param>
    /// <param name="positions">Where the term occurs, not falling; one per occurrence, also where only
    /// their number is kept. Empty in a keyword field.</param>
    public void Add(int document, byte norm, ReadOnlySpan<int> positions)
    {
        _steps[_inBlock] = (uint)(document - _last - 1);
        _last = document;
        if (_shape.Frequencies)
        {
            _frequencies[_inBlock] = (uint)positions.Length - 1;
            _blockImpacts.Add(positions.Length, norm);
        }

        if (_shape.Positions)
        {
            var last = 0;
            foreach (var position in positions)
            {
                _positionSteps.Add((uint)(position - last));
                last = position;
            }
        }

        _inBlock++;
        Documents++;
        if (_inBlock == BlockDocuments) EndBlock();
    }

    /// <summary>Ends the term and appends its bytes.</summary>
    /// <returns>How many.</returns>
    public long End(IndexOutput output)
    {
        if (_inBlock > 0) EndBlock();
        if (_rows.Count % GroupBlocks != 0) EndGroup();
        _head.Clear();
        if (_rows.Count > 1) PutHead();
        output.Write(_head.Written);
        output.Write(_documents.Written);
        output.Write(_positions.Written);
        return (long)_head.Length + _documents.Length + _positions.Length;
    }

    /// <summary>Bytes before the first block of a term of more than one.</summary>
    public static long HeadBytes(int blocks, PostingsShape shape)
    {
        long tables = blocks * (long)sizeof(uint) * (shape.Positions ? 3 : 2);
        var groups = (blocks + GroupBlocks - 1) / GroupBlocks;
        return shape.Frequencies ? tables + ((blocks + (long)groups) * ImpactSet.Bytes) : tables;
    }

    private void PutHead()
    {
        var documents = (uint)HeadBytes(_rows.Count, _shape);
        var positions = documents + (uint)_documents.Length;
        foreach (var row in _rows) _head.PutU32((uint)row.LastDocument);
        foreach (var row in _rows) _head.PutU32(documents + row.Documents);
        if (_shape.Positions)
            foreach (var row in _rows) _head.PutU32(positions + row.Positions);
        if (!_shape.Frequencies) return;
        _head.Put(_impacts.Written);
        _head.Put(_groups.Written);
    }

    private void EndBlock()
    {
        _rows.Add(new SkipRow(_last, (uint)_documents.Length, (uint)_positions.Length));
        if (_shape.Frequencies)
        {
            _blockImpacts.PutAndClear(_impacts);
            _groupImpacts.AddWritten(_impacts.Written[^ImpactSet.Bytes..]);
        }

        if (_rows.Count % GroupBlocks == 0) EndGroup();
        if (_inBlock >= PackedMin)
        {
            PutDocuments(_steps.AsSpan(0, _inBlock));
            if (_shape.Frequencies) PatchedPacking.Put(_documents, _frequencies.AsSpan(0, _inBlock));
        }
        else
        {
            PutShortBlock();
        }

        if (_shape.Positions) PutPositions();
        _lastBefore = _last;
        _inBlock = 0;
    }

    private void EndGroup()
    {
        if (_shape.Frequencies) _groupImpacts.PutAndClear(_groups);
    }

    private void PutDocuments(ReadOnlySpan<uint> steps)
    {
        var bits = IntPacking.BitsFor(steps);
        var first = (_lastBefore + 1) & ~63;
        var words = ((_last - first) >> 6) + 1;
        if (words * sizeof(ulong) > IntPacking.Bytes(bits, steps.Length) + BitSetBias)
        {
            _documents.PutByte((byte)bits);
            IntPacking.Put(_documents, steps, bits);
            return;
        }

        var set = _words.AsSpan(0, words);
        set.Clear();
        var document = _lastBefore;
        foreach (var step in steps)
        {
            document += (int)step + 1;
            set[(document - first) >> 6] |= 1UL << document;
        }

        _documents.PutByte((byte)(BitSetKind + words));
        _documents.Put(MemoryMarshal.AsBytes(set));
    }

    private void PutShortBlock()
    {
        for (var i = 0; i < _inBlock; i++)
        {
            if (!_shape.Frequencies)
            {
                _documents.PutVarint(_steps[i]);
            }
            else if (_frequencies[i] == 0)
            {
                _documents.PutVarint((_steps[i] << 1) | 1);
            }
            else
            {
                _documents.PutVarint(_steps[i] << 1);
                _documents.PutVarint(_frequencies[i] + 1);
            }
        }
    }

    private void PutPositions()
    {
        var steps = CollectionsMarshal.AsSpan(_positionSteps);
        for (; steps.Length >= PackedMin; steps = steps[Math.Min(IntPacking.Count, steps.Length)..])
            PatchedPacking.Put(_positions, steps[..Math.Min(IntPacking.Count, steps.Length)]);
        foreach (var step in steps) _positions.PutVarint(step);
        _positionSteps.Clear();
    }

    private readonly record struct SkipRow(int LastDocument, uint Documents, uint Positions);
}
