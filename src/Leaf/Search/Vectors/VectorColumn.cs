using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>
/// The vectors of one field in a segment, numbered in the order of their documents; the field's value column tells a
/// document's number. Read in place from the mapped file. Immutable; many threads may read, each holding the segment.
/// </summary>
/// <remarks>
/// The section begins at a multiple of 64 in the file, and so does each row. All numbers little-endian.
/// <code>
///   0  version u32 (1) | dims u32 | vectors u32 | m u32 | ef construction u32
///  20  similarity u8 | quantization u8 | indexed u8 | 1 if some document has none u8 | zeros to 64
///  64  floats:    a row for each vector, padded with zeros to a multiple of 16; under a cosine they are one long
///      codes:     with int8: round(number / scale), -127 to 127, padded to a multiple of 64
///      terms:     with int8: scale f32 (greatest magnitude / 127; each vector has its own), squared length f32
///      documents: where some document has none: the document of each vector, u32
/// </code>
/// A scale of its own makes a vector's codes depend on nothing else: they are the same in every segment and shard, and
/// a merge copies what it would compute.
/// </remarks>
internal sealed unsafe class VectorColumn
{
    /// <summary>Where sections of vectors and rows begin: a line of the caches.</summary>
    public const int Alignment = 64;

    /// <summary>Of this format.</summary>
    public const uint Version = 1;

    private readonly byte* _floats;
    private readonly byte* _codes;
    private readonly byte* _terms;
    private readonly uint* _documents;
    private readonly long _floatBytes;
    private readonly long _codeBytes;

    /// <summary>Reads from a segment's memory.</summary>
    /// <exception cref="IndexCorruptException">It is of another version, or its length is not what it should be.
    /// </exception>
    public VectorColumn(string file, byte* start, long length)
    {
        var head = (uint*)start;
        if (length < Alignment || *head != Version)
            throw new IndexCorruptException(file, $"vectors are of version {(length < 4 ? 0 : *head)}, not {Version}");
        Count = (int)head[2];
        Options = new VectorOptions
        {
            Dims = (int)head[1],
            M = (int)head[3],
            EfConstruction = (int)head[4],
            Similarity = (VectorSimilarity)start[20],
            Quantization = (VectorQuantization)start[21],
            Indexed = start[22] != 0,
        };
        _floatBytes = (long)VectorMetric.FloatsOf(Options.Dims) * sizeof(float);
        _floats = start + Alignment;
        var end = _floats + (Count * _floatBytes);
        if (HasCodes)
        {
            _codeBytes = VectorMetric.CodesOf(Options.Dims);
            _codes = end;
            _terms = _codes + (Count * _codeBytes);
            end = _terms + (Count * 2L * sizeof(float));
        }

        if (start[23] != 0)
        {
            _documents = (uint*)end;
            end += Count * (long)sizeof(uint);
        }

        if (end - start != length)
            throw new IndexCorruptException(file, $"its vectors have {length} bytes; {end - start} are due");
    }

    /// <summary>What they are.</summary>
    public VectorOptions Options { get; }

    /// <summary>Vectors.</summary>
    public int Count { get; }

    /// <summary>Whether they have codes.</summary>
    public bool HasCodes => Options.Quantization == VectorQuantization.Int8;

    /// <summary>One of them.</summary>
    public VectorRow this[int ordinal]
    {
        get
        {
            var codes = _codes == null ? null : _codes + (ordinal * _codeBytes);
            var terms = _codes == null ? null : _terms + (ordinal * 2L * sizeof(float));
            return new VectorRow((nint)(_floats + (ordinal * _floatBytes)), (nint)codes, (nint)terms);
        }
    }

    /// <summary>The document of a vector.</summary>
    public int Document(int ordinal) => _documents == null ? ordinal : (int)_documents[ordinal];
}

/// <summary>The vectors of one segment.</summary>
internal readonly struct ColumnRows(VectorColumn column) : IVectorRows
{
    public VectorRow this[int ordinal] => column[ordinal];
}
