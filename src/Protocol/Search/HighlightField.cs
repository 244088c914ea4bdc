namespace Hedgerow.Protocol;

/// <summary>How snippets are cut from some fields and marked: names as in OpenSearch's unified highlighter.</summary>
/// <param name="Name">
/// A text field, or a pattern with <c>*</c> for any characters: all text fields that it fits.
/// </param>
public sealed record HighlightField(string Name)
{
    /// <summary>Most characters of a fragment: 100,000.</summary>
    public const int FragmentSizeMax = 100_000;

    /// <summary>Most fragments of a field: 100.</summary>
    public const int FragmentsMax = 100;

    /// <summary>Characters of a field that are looked at unless told: 1,000,000; more can't be asked for.</summary>
    public const int AnalyzedMax = 1_000_000;

    /// <summary>UTF-8 bytes of the longest mark: 255.</summary>
    public const int TagBytesMax = 255;

    /// <summary>
    /// Characters that a fragment grows to, whole sentences at a time; a longer sentence is cut at words. 0 takes one
    /// sentence each, however long.
    /// </summary>
    public int FragmentSize { get; init; } = 100;

    /// <summary>Fragments at most, the best; 0 takes each value that has a match, whole.</summary>
    public int Fragments { get; init; } = 5;

    /// <summary>What stands before a match.</summary>
    public string PreTag { get; init; } = "<em>";

    /// <summary>What stands behind it.</summary>
    public string PostTag { get; init; } = "</em>";

    /// <summary>Whether text is escaped for a web page; marks are not.</summary>
    public bool Html { get; init; }

    /// <summary>Whether the best fragment comes first, rather than the one that stands first.</summary>
    public bool BestFirst { get; init; }

    /// <summary>Characters of the beginning that are returned where nothing matches; 0 returns nothing then.</summary>
    public int NoMatchSize { get; init; }

    /// <summary>Whether only queries on the field mark its words; false has those on any text field do so.</summary>
    public bool RequireFieldMatch { get; init; } = true;

    /// <summary>What to mark; null takes the search's own query.</summary>
    public QueryNode? Query { get; init; }

    /// <summary>Characters of the field that are looked at; what is behind them is never marked or returned.</summary>
    public int AnalyzedChars { get; init; } = AnalyzedMax;
}
