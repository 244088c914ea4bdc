using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>What a declared collection holds: body of <see cref="Opcode.CollectionPut"/>.</summary>
public sealed record CollectionSchema
{
    /// <summary>Most fields one collection may have: 256.</summary>
    public const int FieldsMax = 256;

    /// <summary>Characters of the longest field name, dots and all: 255.</summary>
    public const int FieldNameCharsMax = 255;

    /// <summary>Most members that feed one field: 64.</summary>
    public const int SourcesMax = 64;

    /// <summary>Most objects within each other that fields may lie in, the document counted: 16.</summary>
    public const int DepthMax = 16;

    /// <summary>Bytes of the longest path prefix: 255.</summary>
    public const int PrefixBytesMax = 255;

    /// <summary>Most stop words of its own: 1,024.</summary>
    public const int StopWordsMax = 1_024;

    /// <summary>1 to 255 characters of <c>a-z 0-9 _ - /</c>; its documents' paths begin with <c>/name/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The fields that are indexed; others are stored in the source and not searched.</summary>
    public required IReadOnlyList<FieldSchema> Fields { get; init; }

    /// <summary>What happens to members of a document that are no field.</summary>
    public MappingMode Mapping { get; init; }

    /// <summary>
    /// What its documents' paths begin with, if that is not <c>/name/</c>: 1 to <see cref="PrefixBytesMax"/> bytes,
    /// such as <c>doc:</c>. Neither may it begin with another collection's prefix, nor another's with it.
    /// </summary>
    public string? OwnPrefix { get; init; }

    /// <summary>What its documents look like to those who read and write fields of them.</summary>
    public DocumentShape Shape { get; init; }

    /// <summary>
    /// Whether a value that does not fit its field's type is stored and not indexed; otherwise the document is refused.
    /// </summary>
    public bool IgnoreMalformed { get; init; }

    /// <summary>
    /// Words that the search commands of the RESP port leave out of what they look for, in lower case, at most <see
    /// cref="StopWordsMax"/>; they are indexed all the same. Null stands for those that RediSearch leaves out.
    /// </summary>
    public IReadOnlyList<string>? QueryStopWords { get; init; }

    /// <summary>Analyzers and synonyms of its own; null where it has none.</summary>
    public AnalysisSchema? Analysis { get; init; }

    /// <summary>The path prefix of the collection's documents.</summary>
    public string PathPrefix => OwnPrefix ?? $"/{Name}/";
}

/// <summary>What the documents of a collection look like from outside. The values are wire bytes.</summary>
public enum DocumentShape : byte
{
    /// <summary>JSON objects of any make.</summary>
    Json = 0,

    /// <summary>
    /// Hashes: flat objects, whose members the operations on fields read and change. See <see cref="FlatDocument"/>.
    /// </summary>
    Hash = 1,
}

/// <summary>One indexed field.</summary>
public sealed record FieldSchema
{
    /// <summary>
    /// Name of a member of the JSON document; dots name members of objects within, as in <c>author.name</c>.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>How it is indexed.</summary>
    public required FieldType Type { get; init; }

    /// <summary>
    /// Text only: <c>standard</c> (UAX #29 words, lower case, folding), or a Snowball language (<c>english</c>,
    /// <c>porter</c>, <c>german</c> …), which stems too, or <c>cjk</c> (pairs of ideographs, kana and Hangul), or one
    /// of the collection's own.
    /// </summary>
    public string Analyzer { get; init; } = "standard";

    /// <summary>Text only: leave out the analyzer language's stop words.</summary>
    public bool StopWords { get; init; }

    /// <summary>Text only: keep where words stand, which phrases need.</summary>
    public bool Positions { get; init; } = true;

    /// <summary>Text only: let the score fall with the length of the field.</summary>
    public bool Norms { get; init; } = true;

    /// <summary>
    /// Keyword only: one character at which a string is cut into several values, blanks around each taken off; empty
    /// leaves it whole.
    /// </summary>
    public string Separator { get; init; } = "";

    /// <summary>Keyword only: values, and what queries ask for, are put in lower case.</summary>
    public bool FoldCase { get; init; }

    /// <summary>Another name for it in the search commands of the RESP port; empty for none.</summary>
    public string Alias { get; init; } = "";

    /// <summary>Places only: of a text of two numbers the first is the longitude, as Redis has it.</summary>
    public bool LongitudeFirst { get; init; }

    /// <summary>Text only: factor on its scores in the search commands of the RESP port; above 0.</summary>
    public float Weight { get; init; } = 1;

    /// <summary>Vectors only, and there it must be: what they are and how they are searched.</summary>
    public VectorOptions? Vector { get; init; }

    /// <summary>
    /// Text only: keep the words of each document in their order, by which instant search ranks how near they stand;
    /// about two bytes a word.
    /// </summary>
    public bool Instant { get; init; }

    /// <summary>Text only: the analyzer of queries on it; null for the one it is indexed by. May be changed.</summary>
    public string? SearchAnalyzer { get; init; }

    /// <summary>
    /// The members of the document that feed it; none means the one of its name. So one member may be indexed in
    /// several ways (<c>title.raw</c> fed by <c>title</c>), and several members as one field.
    /// </summary>
    public FieldNames Sources { get; init; } = FieldNames.None;
}

/// <summary>What happens to members of a document that are no field. The values are wire bytes.</summary>
public enum MappingMode : byte
{
    /// <summary>They are stored and not searched.</summary>
    Ignore = 0,

    /// <summary>The document is refused.</summary>
    Strict = 1,

    /// <summary>
    /// They become fields: text from strings, numbers from numbers, booleans from booleans, the first value deciding.
    /// </summary>
    Dynamic = 2,
}

/// <summary>How a field is indexed. The values are wire bytes.</summary>
public enum FieldType : byte
{
    /// <summary>Analysed words with positions; scored by BM25.</summary>
    Text = 1,

    /// <summary>The whole string as one term.</summary>
    Keyword = 2,

    /// <summary>A 64-bit floating-point number.</summary>
    Number = 3,

    /// <summary>An instant: RFC 3339 text or Unix milliseconds.</summary>
    Date = 4,

    /// <summary>A 64-bit whole number.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The name that users of a schema know.")]
    Integer = 5,

    /// <summary>True or false.</summary>
    Boolean = 6,

    /// <summary>A place on the globe, to about a centimetre: see <see cref="GeoPoint"/>.</summary>
    GeoPoint = 7,

    /// <summary>A vector of floating-point numbers, one a document: see <see cref="VectorOptions"/>.</summary>
    DenseVector = 8,

    /// <summary>
    /// Texts that a prefix is completed to, each with a weight: a string, an object of <c>input</c> (a string or an
    /// array of them) and <c>weight</c>, or an array of such.
    /// </summary>
    Completion = 9,
}
