using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>What a field keeps of each posting.</summary>
/// <param name="Frequencies">How often the term occurs, and impacts for pruning.</param>
/// <param name="Positions">Where it occurs; only with frequencies.</param>
internal readonly record struct PostingsShape(bool Frequencies, bool Positions)
{
    /// <summary>Text fields.</summary>
    public static readonly PostingsShape Text = new(true, true);

    /// <summary>Keyword fields: which documents, and nothing else.</summary>
    public static readonly PostingsShape Keyword = new(false, false);
}

/// <summary>Encodes the postings of one term after another. One thread.</summary>
/// <remarks>
/// Documents come in blocks of 128; the last may be short, and most terms have only that one.
/// <code>
///  term of one block:    documents, frequencies | positions
///  term of more blocks:  skip row per block: last document u32, and where its documents, positions and impacts begin,
///                          u32 each, counted from the first byte of the term
///                        where the impacts of each group of 32 blocks begin, u32 each
///                        impacts | documents and frequencies by block | positions by block
///
///  full block:   bits u8, 128 steps between documents less one; bits u8, 128 frequencies less one
///  short block:  varint per document: step less one, shifted left by one with 1 in the low bit for frequency 1;
///                  else a varint of the frequency follows. Without frequencies: just the step less one
///  positions:    steps within each document, of all the block's documents in a row, cut into chunks of 128:
///                  bits u8, 128 steps; the last, short chunk as varints
/// </code>
/// </remarks>
internal sealed class PostingsWriter
{
    /// <summary>Documents in a full block.</summary>
    public const int BlockDocuments = IntPacking.Count;

    /// <summary>Blocks in a group that has impacts of its own.</summary>
    public const int GroupBlocks = 32;

    /// <summary>Bytes of a skip row.</summary>
    public const int SkipRowBytes = 16;

    private readonly uint[] _steps = new uint[BlockDocuments];
    private readonly uint[] _frequencies = new uint[BlockDocuments];
    private readonly List<uint> _positionSteps = [];
    private readonly List<SkipRow> _rows = [];
    private readonly List<uint> _groups = [];
    private readonly ByteSink _head = new();
    private readonly ByteSink _documents = new();
    private readonly ByteSink _positions = new();
    private readonly ByteSink _impacts = new();
    private readonly ImpactSet _blockImpacts = new();
    private readonly ImpactSet _groupImpacts = new();
    private PostingsShape _shape;
    private int _inBlock;
    private int _last;

    /// <summary>Documents of the term so far.</summary>
    public int Documents { get; private set; }

    /// <summary>Begins a term.</summary>
    public void Begin(PostingsShape shape)
    {
        _shape = shape;
        _rows.Clear();
        _groups.Clear();
        _documents.Clear();
        _positions.Clear();
        _impacts.Clear();
        _positionSteps.Clear();
        _inBlock = 0;
        _last = -1;
        Documents = 0;
    }

    /// <summary>Adds a document, above the one before.</summary>
    /// <param name="document">Its number.</param>
    /// <param name="norm">The field's length in it, as <see cref="FieldNorm"/>.</param>
    /// <param name="positions">Where the term occurs, not falling; one per occurrence. Empty in a keyword
    /// field.</param>
    public void Add(int document, byte norm, ReadOnlySpan<int> positions)
    {
        _steps[_inBlock] = (uint)(document - _last - 1);
        _last = document;
        if (_shape.Frequencies)
        {
            _frequencies[_inBlock] = (uint)positions.Length - 1;
            _blockImpacts.Add(positions.Length, norm);
            _groupImpacts.Add(positions.Length, norm);
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
        if (_shape.Frequencies && _rows.Count % GroupBlocks != 0) EndGroup();
        _head.Clear();
        if (_rows.Count > 1) PutHead();
        output.Write(_head.Written);
        if (_rows.Count > 1) output.Write(_impacts.Written);
        output.Write(_documents.Written);
        output.Write(_positions.Written);
        return (long)_head.Length + (_rows.Count > 1 ? _impacts.Length : 0) + _documents.Length + _positions.Length;
    }

    private void PutHead()
    {
        var impacts = (uint)((_rows.Count * SkipRowBytes) + (_groups.Count * sizeof(uint)));
        var documents = impacts + (uint)_impacts.Length;
        var positions = documents + (uint)_documents.Length;
        foreach (var row in _rows)
        {
            _head.PutU32((uint)row.LastDocument);
            _head.PutU32(documents + row.Documents);
            _head.PutU32(positions + row.Positions);
            _head.PutU32(impacts + row.Impacts);
        }

        foreach (var group in _groups) _head.PutU32(impacts + group);
    }

    private void EndBlock()
    {
        _rows.Add(new SkipRow(_last, (uint)_documents.Length, (uint)_positions.Length, (uint)_impacts.Length));
        if (_inBlock == BlockDocuments)
        {
            IntPacking.Put(_documents, _steps);
            if (_shape.Frequencies) IntPacking.Put(_documents, _frequencies);
        }
        else
        {
            PutShortBlock();
        }

        if (_shape.Positions) PutPositions();
        if (_shape.Frequencies)
        {
            _blockImpacts.PutAndClear(_impacts);
            if (_rows.Count % GroupBlocks == 0) EndGroup();
        }

        _inBlock = 0;
    }

    private void EndGroup()
    {
        _groups.Add((uint)_impacts.Length);
        _groupImpacts.PutAndClear(_impacts);
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
        for (; steps.Length >= IntPacking.Count; steps = steps[IntPacking.Count..])
            IntPacking.Put(_positions, steps[..IntPacking.Count]);
        foreach (var step in steps) _positions.PutVarint(step);
        _positionSteps.Clear();
    }

    private readonly record struct SkipRow(int LastDocument, uint Documents, uint Positions, uint Impacts);
}
