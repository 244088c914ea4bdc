namespace Hedgerow.Protocol;

/// <summary>
/// What any of some queries match. The score is that of the best one, and a share of the others' (Lucene's disjunction
/// max): for one text searched in several fields.
/// </summary>
/// <param name="Queries">The queries.</param>
/// <param name="TieBreaker">The share, 0 to 1.</param>
public sealed record DisMaxQuery(IReadOnlyList<QueryNode> Queries, float TieBreaker) : QueryNode
{
    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() => Queries;

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, Queries.Count, this);
        return this with { Queries = [.. children] };
    }
}

/// <summary>What one query matches, those that another matches too scoring less.</summary>
/// <param name="Positive">What is found.</param>
/// <param name="Negative">What is put back.</param>
/// <param name="NegativeBoost">The factor on those that match both, 0 to 1.</param>
public sealed record BoostingQuery(QueryNode Positive, QueryNode Negative, float NegativeBoost) : QueryNode
{
    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() => [Positive, Negative];

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, 2, this);
        return this with { Positive = children[0], Negative = children[1] };
    }
}

/// <summary>How one text is searched in several fields. The values are wire bytes.</summary>
public enum MultiMatchType : byte
{
    /// <summary>As a match in each field; the best field counts, and a share of the others.</summary>
    BestFields = 0,

    /// <summary>As a match in each field; the scores are added.</summary>
    MostFields = 1,

    /// <summary>Word by word, as if the fields were one: see <see cref="CombinedFieldsQuery"/>.</summary>
    CrossFields = 2,

    /// <summary>As a phrase in each field; the best counts.</summary>
    Phrase = 3,

    /// <summary>As a phrase whose last word is unfinished; the best counts.</summary>
    PhrasePrefix = 4,

    /// <summary>As words of which the last is unfinished; the scores are added.</summary>
    BoolPrefix = 5,
}

/// <summary>
/// One text in several fields. Fields may have a boost, <c>title^3</c>, and be patterns, <c>title*</c>, which stand for
/// the text and keyword fields that they match; a field named twice has both boosts.
/// </summary>
/// <param name="Fields">Fields; empty means every text field of the schema.</param>
/// <param name="Text">The text.</param>
/// <param name="Type">How.</param>
public sealed record MultiMatchQuery(IReadOnlyList<string> Fields, string Text, MultiMatchType Type) : QueryNode
{
    /// <summary>Whether all words must match rather than any.</summary>
    public bool AllWords { get; init; }

    /// <summary>The share of the fields that are not the best, 0 to 1; null leaves it to the type.</summary>
    public float? TieBreaker { get; init; }

    /// <summary>Most moves within a phrase.</summary>
    public int Slop { get; init; }

    /// <summary>How words match.</summary>
    public MatchRules Rules { get; init; } = MatchRules.Plain;

    /// <inheritdoc/>
    public override bool MatchesByStatistics =>
        Rules.Fuzziness is not null || Type == MultiMatchType.PhrasePrefix;
}

/// <summary>
/// Words of a text in several text fields as if these were one: a word matches if it stands in any of them, and is
/// scored once by BM25F (Robertson, Zaragoza, Taylor: Simple BM25 extension to multiple weighted fields, 2004).
/// </summary>
/// <param name="Fields">As in <see cref="MultiMatchQuery"/>; a field's boost is its weight.</param>
/// <param name="Text">The text.</param>
/// <param name="AllWords">Whether all words must match, each in some field, rather than any.</param>
public sealed record CombinedFieldsQuery(IReadOnlyList<string> Fields, string Text, bool AllWords) : QueryNode
{
    /// <summary>How words match; they can't be misspelt here.</summary>
    public MatchRules Rules { get; init; } = MatchRules.Plain;
}

/// <summary>
/// A phrase whose last word is the beginning of one: it stands for the first terms, in the order of their bytes, of the
/// whole collection that begin so.
/// </summary>
/// <param name="Field">A text field with positions.</param>
/// <param name="Text">The text.</param>
/// <param name="Slop">Most moves.</param>
/// <param name="MaxExpansions">Most terms, 1 to <see cref="MatchRules.ExpansionsMax"/>.</param>
public sealed record PhrasePrefixQuery(string Field, string Text, int Slop, int MaxExpansions) : QueryNode
{
    /// <summary>As of <see cref="PhraseQuery.Analyzer"/>.</summary>
    public string? Analyzer { get; init; }

    /// <inheritdoc/>
    public override bool MatchesByStatistics => true;
}

/// <summary>Words of a text field of which the last is the beginning of one, in any order.</summary>
/// <param name="Field">A text field.</param>
/// <param name="Text">The text.</param>
/// <param name="AllWords">Whether all must match rather than any.</param>
public sealed record BoolPrefixQuery(string Field, string Text, bool AllWords) : QueryNode
{
    /// <summary>How the words but the last match.</summary>
    public MatchRules Rules { get; init; } = MatchRules.Plain;

    /// <inheritdoc/>
    public override bool MatchesByStatistics => Rules.Fuzziness is not null;
}
