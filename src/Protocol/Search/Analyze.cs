namespace Hedgerow.Protocol;

/// <summary>
/// Asks what an analyzer makes of a text: body of <see cref="Opcode.Analyze"/>. Either an analyzer by name, or a
/// field's, or a chain that is declared nowhere.
/// </summary>
public sealed record AnalyzeRequest
{
    /// <summary>Characters of the longest text: 65,536.</summary>
    public const int TextCharsMax = 65_536;

    /// <summary>Most tokens that are answered, of each part: 10,000. More is an error.</summary>
    public const int TokensMax = 10_000;

    /// <summary>The collection whose analyzers, synonyms and fields may be named; null for none.</summary>
    public string? Collection { get; init; }

    /// <summary>An analyzer of the collection, or one that is always there.</summary>
    public string? Analyzer { get; init; }

    /// <summary>A field of the collection, for its analyzer.</summary>
    public string? Field { get; init; }

    /// <summary>A chain to try; its name means nothing.</summary>
    public AnalyzerSchema? Chain { get; init; }

    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// Whether it is analysed as a query (by a field's search analyzer, and with synonyms) rather than as a document.
    /// Null: as a document where a field is named, else as a query.
    /// </summary>
    public bool? AsQuery { get; init; }

    /// <summary>Whether the answer shows what each part of the chain made.</summary>
    public bool Explain { get; init; }
}

/// <summary>What an analyzer made of a text.</summary>
/// <param name="Analyzer">Its name; empty for a chain that is declared nowhere.</param>
/// <param name="Tokens">The terms, as they are indexed or searched.</param>
/// <param name="Stages">What each part made, in order; empty unless it was asked for.</param>
public sealed record AnalyzeReply(
    string Analyzer, IReadOnlyList<AnalyzedToken> Tokens, IReadOnlyList<AnalyzeStage> Stages);

/// <summary>One term of a text.</summary>
/// <param name="Term">What is in the index, or looked up in it.</param>
/// <param name="Position">Its place among the words, from 0.</param>
/// <param name="PositionLength">Places that it reaches over; above 1 only for synonyms of several words.</param>
/// <param name="Start">Where its word begins in the text, in UTF-16 characters.</param>
/// <param name="End">Where that ends, exclusive.</param>
/// <param name="Type">As Lucene names them: <c>&lt;ALPHANUM&gt;</c>, <c>word</c>, <c>SYNONYM</c>, …</param>
public sealed record AnalyzedToken(string Term, int Position, int PositionLength, int Start, int End, string Type);

/// <summary>What one part of a chain made.</summary>
/// <param name="Part">Its type, with its settings.</param>
/// <param name="Text">The text behind a char filter; null for others.</param>
/// <param name="Tokens">The words behind a tokenizer or a filter; empty for a char filter.</param>
public sealed record AnalyzeStage(string Part, string? Text, IReadOnlyList<AnalyzedToken> Tokens);
