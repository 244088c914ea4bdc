namespace Hedgerow.Protocol;

/// <summary>
/// Hits as groups that have the same value in a field: of each only the best. Documents without a value are one group.
/// The total still counts documents.
/// </summary>
/// <param name="Field">
/// A keyword, number, integer or date field. A document with several values counts with its lowest; with the highest
/// where hits are ordered by the field first, and falling.
/// </param>
public sealed record Collapse(string Field)
{
    /// <summary>Most kinds of inner hits: 4.</summary>
    public const int InnerMax = 4;

    /// <summary>Most searches for inner hits, one a group and kind: 500.</summary>
    public const int SearchesMax = 500;

    /// <summary>More hits of each group; empty for none.</summary>
    public IReadOnlyList<InnerHits> InnerHits { get; init; } = [];
}

/// <summary>More hits of each group of a collapsed search, found by a search of their own for each.</summary>
/// <param name="Name">What they are called in the answer.</param>
/// <param name="Size">Hits of each group, 0 to <see cref="SizeMax"/>.</param>
/// <param name="Sort">What they are ordered by; empty for the score.</param>
public sealed record InnerHits(string Name, int Size, IReadOnlyList<SortKey> Sort)
{
    /// <summary>Most hits of a group: 100.</summary>
    public const int SizeMax = 100;
}

/// <summary>Hits of one group.</summary>
/// <param name="Name">As the request calls them.</param>
/// <param name="Total">Documents that match and have the group's value.</param>
/// <param name="Hits">The best.</param>
public sealed record InnerGroup(string Name, long Total, IReadOnlyList<SearchHit> Hits);
