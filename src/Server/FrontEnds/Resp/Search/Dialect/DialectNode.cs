using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// A query in the language of RediSearch (dialect 2) as a tree: what was written, before an index says what it means.
/// </summary>
/// <param name="At">Where it begins in the query, for errors.</param>
internal abstract record DialectNode(int At);

/// <summary>Every document.</summary>
internal sealed record AllNode(int At) : DialectNode(At);

/// <summary>One word, as it was written but for its escapes.</summary>
internal sealed record WordNode(int At, string Text) : DialectNode(At);

/// <summary>Words in quotes.</summary>
internal sealed record PhraseNode(int At, string Text) : DialectNode(At);

/// <summary>A beginning, an end or a middle of a word: <c>pre*</c>, <c>*post</c>, <c>*mid*</c>.</summary>
internal sealed record AffixNode(int At, string Text, bool AnyBefore, bool AnyBehind) : DialectNode(At);

/// <summary>A pattern of a whole word, <c>w'h?llo*'</c>.</summary>
internal sealed record PatternNode(int At, string Pattern) : DialectNode(At);

/// <summary>A word with so many edits, <c>%word%</c>.</summary>
internal sealed record FuzzyNode(int At, string Text, int Edits) : DialectNode(At);

/// <summary>Numbers between two bounds; infinite ones leave a side open.</summary>
internal sealed record NumberNode(
    int At, string Field, double From, bool IncludeFrom, double To, bool IncludeTo) : DialectNode(At);

/// <summary>Points within a radius.</summary>
internal sealed record GeoNode(
    int At, string Field, double Longitude, double Latitude, double Radius, string Unit) : DialectNode(At)
{
    /// <summary>Whether distances have this unit: m, km, mi, ft, in any case.</summary>
    public static bool IsUnit(string unit) => unit.ToUpperInvariant() is "M" or "KM" or "FT" or "MI";
}

/// <summary>Any of some tags: words, phrases, affixes and patterns, each a whole tag.</summary>
internal sealed record TagNode(int At, string Field, IReadOnlyList<DialectNode> Tags) : DialectNode(At);

/// <summary>Documents without a value in a field.</summary>
internal sealed record MissingNode(int At, string Field) : DialectNode(At);

/// <summary>What is within concerns these fields.</summary>
internal sealed record ScopeNode(int At, IReadOnlyList<string> Fields, DialectNode Inner) : DialectNode(At);

/// <summary>All of them.</summary>
internal sealed record AndNode(int At, IReadOnlyList<DialectNode> Parts) : DialectNode(At)
{
    /// <summary>Moves that its words may be apart, if they have to be near; null if they need not.</summary>
    public int? Slop { get; init; }
}

/// <summary>Any of them.</summary>
internal sealed record OrNode(int At, IReadOnlyList<DialectNode> Parts) : DialectNode(At);

/// <summary>Not that.</summary>
internal sealed record NotNode(int At, DialectNode Inner) : DialectNode(At);

/// <summary>Better with that.</summary>
internal sealed record OptionalNode(int At, DialectNode Inner) : DialectNode(At);

/// <summary>The nearest vectors of what matches: <c>… =&gt;[KNN 10 @vector $query AS name]</c>.</summary>
internal sealed record NearestNode(int At, DialectNode Inner, string Field, int Count, string Query) : DialectNode(At)
{
    /// <summary>What the distance is called; null for RediSearch's own name.</summary>
    public string? Name { get; init; }

    /// <summary>EF_RUNTIME: candidates of each shard; null for the usual.</summary>
    public int? Candidates { get; init; }

    /// <summary>VECTOR_RANGE: how far they may be, in RediSearch's distance; null for any.</summary>
    public double? Radius { get; init; }

    /// <summary>What the distance is called in rows.</summary>
    public string ScoreName => Name ?? $"__{Field}_score";
}

/// <summary>Vectors within a distance: <c>@vector:[VECTOR_RANGE 0.5 $query]</c>.</summary>
internal sealed record VectorRangeNode(int At, string Field, double Radius, string Query) : DialectNode(At)
{
    /// <summary>What the distance is called in rows; null where it is not asked for.</summary>
    public string? Name { get; init; }

    /// <summary>The nearest of what matches, as far as they are within the distance.</summary>
    public NearestNode ToNearest(DialectNode inner) => new(At, inner, Field, KnnQuery.CandidatesMax, Query)
    {
        Radius = Radius, Name = Name,
    };
}

/// <summary>A factor on the score.</summary>
internal sealed record WeightNode(int At, DialectNode Inner, double Weight) : DialectNode(At);
