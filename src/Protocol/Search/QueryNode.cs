namespace Hedgerow.Protocol;

/// <summary>
/// A query as a tree, the same from every front end: what to match, not how. Immutable. A leaf turns it into weights
/// and scorers against its schema. Limits: depth 32, 1,024 nodes, texts of 8,192 characters; a leaf refuses more with
/// <see cref="StatusCode.BadQuery"/>.
/// </summary>
public abstract record QueryNode
{
    /// <summary>Nodes on the way from the root to a leaf, both counted: 32.</summary>
    public const int DepthMax = 32;

    /// <summary>
    /// Nodes of all queries of one request together, where a leaf counts each word in each field too: 1,024.
    /// </summary>
    public const int RequestNodesMax = 1_024;

    /// <summary>Factor on the score of what matches; above 0. 1 changes nothing.</summary>
    public float Boost { get; init; } = 1;

    private protected QueryNode()
    {
    }

    /// <summary>
    /// Whether what it matches, and not only how that scores, depends on the statistics of the whole collection: which
    /// terms a misspelt or unfinished word stands for.
    /// </summary>
    public virtual bool MatchesByStatistics => Children().Any(child => child.MatchesByStatistics);

    /// <summary>The nodes within, those of each member in its order; empty where there are none.</summary>
    public virtual IReadOnlyList<QueryNode> Children() => [];

    /// <summary>Nodes on the longest way down from this one, itself counted.</summary>
    public int Depth()
    {
        var most = 0;
        foreach (var child in Children()) most = Math.Max(most, child.Depth());
        return most + 1;
    }

    /// <summary>Nodes from this one on down, itself counted.</summary>
    public int Nodes()
    {
        var count = 1;
        foreach (var child in Children()) count += child.Nodes();
        return count;
    }

    /// <summary>What is wrong where queries have more than <see cref="RequestNodesMax"/> nodes.</summary>
    /// <param name="nodes">How many they have, as far as they were counted.</param>
    /// <param name="isCounted">Whether those are all.</param>
    public static string TooManyNodes(int nodes, bool isCounted = true) =>
        $"more than {RequestNodesMax} nodes, which is the limit: there are {nodes}{(isCounted ? "" : " or more")}, "
        + "where each word in each field, and each of its synonyms, counts as one. Search fewer words or fields at "
        + "once, list values in one terms query, or send several searches";

    /// <summary>The same node with other ones within, as many and in the same order.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public virtual QueryNode WithChildren(IReadOnlyList<QueryNode> children) => Counted(children, 0, this);

    private protected static QueryNode Counted(IReadOnlyList<QueryNode> children, int expected, QueryNode node) =>
        children.Count == expected
            ? node
            : throw new ArgumentException($"{children.Count} nodes; there have to be {expected}.", nameof(children));
}

/// <summary>Every document, each with the score of its boost.</summary>
public sealed record MatchAllQuery : QueryNode;

/// <summary>
/// Text as people type it: <c>word</c>, <c>"a phrase"</c>, <c>pre*</c>, <c>field:word</c>, <c>field:[1 TO 9]</c>,
/// <c>+must -not</c>, <c>AND OR NOT</c>, parentheses. Errors point at the column.
/// </summary>
/// <param name="Text">The query text.</param>
/// <param name="Fields">
/// Fields searched where the text names none, as in <see cref="MultiMatchQuery"/>; empty means every text field of the
/// schema.
/// </param>
/// <param name="AllWords">Whether words without an operator must all match (AND) rather than any (OR).</param>
public sealed record QueryStringQuery(string Text, IReadOnlyList<string> Fields, bool AllWords) : QueryNode
{
    /// <summary>
    /// For search boxes: whatever the text, it is no error. What does not fit the grammar is read as the words it has,
    /// and what does not fit the schema asks for nothing.
    /// </summary>
    public bool Lenient { get; init; }

    /// <summary>
    /// The analyzer of the text, one of the collection's or one that is always there; null for the field's.
    /// </summary>
    public string? Analyzer { get; init; }

    /// <summary>A lenient one, cut off where a text may not be longer.</summary>
    public static QueryStringQuery OfSearchBox(string text, IReadOnlyList<string> fields, bool allWords)
    {
        var kept = text.Length <= QueryNodeCodec.TextCharsMax ? text : text[..QueryNodeCodec.TextCharsMax];
        return new QueryStringQuery(kept, fields, allWords) { Lenient = true };
    }
}

/// <summary>Words of a text field, analysed as the field is; any of them matches unless all are demanded.</summary>
public sealed record MatchQuery(string Field, string Text, bool AllWords) : QueryNode
{
    /// <summary>How words match.</summary>
    public MatchRules Rules { get; init; } = MatchRules.Plain;

    /// <inheritdoc/>
    public override bool MatchesByStatistics => Rules.Fuzziness is not null;
}

/// <summary>The exact value of a keyword, number or date field, or one analysed term of a text field.</summary>
public sealed record TermQuery(string Field, string Value) : QueryNode;

/// <summary>Words of a text field in this order, with at most <paramref name="Slop"/> moves (0: adjacent).</summary>
public sealed record PhraseQuery(string Field, string Text, int Slop) : QueryNode
{
    /// <summary>
    /// The analyzer of the text, one of the collection's or one that is always there; null for the field's.
    /// </summary>
    public string? Analyzer { get; init; }
}

/// <summary>Terms of a text or keyword field that begin so; each match scores the boost.</summary>
public sealed record PrefixQuery(string Field, string Prefix) : QueryNode;

/// <summary>
/// Values between two bounds, as text in the field's own notation; null leaves a side open. Bounds of dates may reckon:
/// <c>now-1d/d</c>, <c>2024-01-31||+1M</c>.
/// </summary>
public sealed record RangeQuery(
    string Field, string? From, string? To, bool IncludeFrom, bool IncludeTo) : QueryNode
{
    /// <summary>
    /// Dates only: the zone of dates without one, and of what is rounded: <c>+02:00</c> or <c>Europe/Paris</c>; null is
    /// UTC.
    /// </summary>
    public string? TimeZone { get; init; }
}

/// <summary>
/// Clauses that must, should, must not match, and filters that must match and do not score. With no must and no filter
/// at least one should has to match.
/// </summary>
public sealed record BooleanQuery(
    IReadOnlyList<QueryNode> Must,
    IReadOnlyList<QueryNode> Should,
    IReadOnlyList<QueryNode> MustNot,
    IReadOnlyList<QueryNode> Filter) : QueryNode
{
    /// <summary>
    /// How many of should have to match, 0 or more; null asks for one where there is neither must nor filter, and for
    /// none where there is. More than there are matches nothing.
    /// </summary>
    public int? MinimumShouldMatch { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() => [.. Must, .. Should, .. MustNot, .. Filter];

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, Must.Count + Should.Count + MustNot.Count + Filter.Count, this);
        QueryNode[] all = [.. children];
        var (should, mustNot) = (Must.Count + Should.Count, Must.Count + Should.Count + MustNot.Count);
        return this with
        {
            Must = all[..Must.Count],
            Should = all[Must.Count..should],
            MustNot = all[should..mustNot],
            Filter = all[mustNot..],
        };
    }
}

/// <summary>
/// Terms of a text or keyword field that a pattern matches as a whole: <c>*</c> is any characters, <c>?</c> is one, a
/// backslash takes the next character as it is. Each match scores the boost.
/// </summary>
public sealed record WildcardQuery(string Field, string Pattern) : QueryNode
{
    /// <summary>
    /// Most edits, 0 to <see cref="FuzzyQuery.EditsMax"/>, that a term may be away from what the pattern matches.
    /// </summary>
    public int Edits { get; init; }
}

/// <summary>
/// Terms of a text or keyword field that a regular expression matches as a whole, at most 1,000 characters:
/// <c>. [a-z] [^a-z] ( ) | * + ? {2} {2,} {2,5} \d \w \s \D \W \S</c>, and a backslash before anything else takes it
/// as it is. Each match scores the boost.
/// </summary>
public sealed record RegexpQuery(string Field, string Pattern) : QueryNode;

/// <summary>
/// Terms of a text or keyword field at most so many edits away from a text; an edit is a character more, less, another,
/// or two neighbours swapped. A match scores the boost divided by one more than its edits: the nearest term counts.
/// </summary>
/// <param name="Field">A text or keyword field.</param>
/// <param name="Text">One word, written as the field's terms are apart from case and accents.</param>
/// <param name="Edits">0 to 2, or <see cref="AutoEdits"/>.</param>
/// <param name="PrefixLength">Characters at the beginning that have to be the same.</param>
public sealed record FuzzyQuery(string Field, string Text, int Edits, int PrefixLength) : QueryNode
{
    /// <summary>By length: none up to 2 characters, one up to 5, two beyond.</summary>
    public const int AutoEdits = -1;

    /// <summary>Most edits: 2.</summary>
    public const int EditsMax = 2;
}

/// <summary>Documents that have any value in a field.</summary>
public sealed record ExistsQuery(string Field) : QueryNode;

/// <summary>Documents by their paths; each scores the boost. At most 1,024.</summary>
public sealed record PathsQuery(IReadOnlyList<string> Paths) : QueryNode
{
    /// <summary>Most paths of one query: 1,024.</summary>
    public const int PathsMax = 1_024;
}

/// <summary>
/// Documents by what their paths have behind the prefix of the collection; each scores the boost. At most
/// <see cref="PathsQuery.PathsMax"/>.
/// </summary>
public sealed record IdsQuery(IReadOnlyList<string> Ids) : QueryNode;

/// <summary>What another query matches, each match with the score of the boost.</summary>
public sealed record ConstantScoreQuery(QueryNode Query) : QueryNode
{
    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() => [Query];

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, 1, this);
        return this with { Query = children[0] };
    }
}
