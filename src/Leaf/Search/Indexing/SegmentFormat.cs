using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Parts of a segment file. The values are stored bytes.</summary>
/// <remarks>
/// A segment file is a frame (<see cref="FileFrame"/>) around its sections, each aligned to 8, and their table:
/// <code>
///  header | sections... | table: kind u16, field u16, zero u32, offset u64, length u64 each
///         | offset of the table u64 | sections u32 | documents u32 | footer
/// </code>
/// A field that no document has, has no sections. All numbers little-endian; the reader runs on such machines only.
/// </remarks>
internal enum SectionKind : ushort
{
    /// <summary>The fields: name, type, documents that have it, tokens.</summary>
    Fields = 1,

    /// <summary>Version of each document, u64.</summary>
    Versions = 2,

    /// <summary>Blocks of JSON.</summary>
    Stored = 3,

    /// <summary>Where the blocks are.</summary>
    StoredTable = 4,

    /// <summary>Paths of the documents.</summary>
    Paths = 5,

    /// <summary>Paths of the tombstones.</summary>
    TombstonePaths = 6,

    /// <summary>Version of each tombstone, u64.</summary>
    TombstoneVersions = 7,

    /// <summary>Postings of a field's terms, one after another.</summary>
    Postings = 16,

    /// <summary>A field's terms: see <see cref="TermDictionary"/>.</summary>
    Terms = 17,

    /// <summary>Length of a text field in each document, one byte.</summary>
    Norms = 18,

    /// <summary>The same exactly, 1, 2 or 4 bytes each: u32 says how many, then zero u32.</summary>
    Lengths = 19,

    /// <summary>Values of a number, date or keyword field.</summary>
    Column = 20,

    /// <summary>Vectors: see <see cref="Vectors.VectorColumn"/>. The field's column has their numbers.</summary>
    Vectors = 21,

    /// <summary>A graph over them: see <see cref="Vectors.HnswGraph"/>.</summary>
    VectorGraph = 22,

    /// <summary>Points of a geo field in their own order: see <see cref="PointTable"/>.</summary>
    Points = 23,

    /// <summary>
    /// The words of a text field in their order, as ordinals of its terms: a column; only where the schema asks for it.
    /// </summary>
    WordOrder = 28,

    /// <summary>How far each stands from the word before, from before the first one: a column.</summary>
    WordSteps = 29,

    /// <summary>Weights of a completion field, beside its column of ordinals.</summary>
    CompletionWeights = 30,

    /// <summary>Its entries by term: see <see cref="Suggest.CompletionTable"/>.</summary>
    Completions = 31,
}

/// <summary>Numbers of the format that are no section's.</summary>
internal static class SegmentFormat
{
    /// <summary>Stands beside a text field's type where its postings have no positions.</summary>
    public const byte NoPositionsFlag = 0x80;
}

/// <summary>A row of a segment's section table.</summary>
internal readonly record struct Section(SectionKind Kind, ushort Field, long Offset, long Length);

/// <summary>A field in a segment.</summary>
/// <param name="Name">Its name in the schema.</param>
/// <param name="Type">How it was indexed.</param>
/// <param name="Documents">Documents that have a token or a value in it, deleted ones included.</param>
/// <param name="Tokens">Tokens in all of them; text only.</param>
/// <param name="Positions">Whether a text field's postings have positions.</param>
internal sealed record SegmentFieldTotals(
    string Name, FieldType Type, long Documents, long Tokens, bool Positions = true)
{
    /// <summary>What the field's postings have.</summary>
    public PostingsShape Shape => PostingsShape.Of(Type, Positions);
}
