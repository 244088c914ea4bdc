namespace Hedgerow.Protocol;

/// <summary>
/// Joins the best hits of several queries by their places in each: a document's score is the sum of 1 / (constant +
/// place) over the lists that have it, places counted from 1 (Cormack, Clarke, Büttcher: Reciprocal rank fusion
/// outperforms Condorcet and individual rank learning methods, SIGIR 2009). So scores of different kinds, of text and
/// of vectors, need not be comparable.
/// </summary>
/// <param name="Queries">The lists beside that of <see cref="SearchRequest.Query"/>, 1 to <see cref="QueriesMax"/>.
/// </param>
/// <param name="Constant">1 or more: the larger, the less the first places count before the later ones.</param>
/// <param name="Window">Hits of each list, 1 to <see cref="WindowMax"/>; the page has to lie within.</param>
public sealed record RankFusion(
    IReadOnlyList<QueryNode> Queries,
    int Constant = RankFusion.ConstantStandard,
    int Window = RankFusion.WindowStandard)
{
    /// <summary>Most lists beside the first: 15.</summary>
    public const int QueriesMax = 15;

    /// <summary>Largest constant: 10,000.</summary>
    public const int ConstantMax = 10_000;

    /// <summary>The constant of the paper: 60.</summary>
    public const int ConstantStandard = 60;

    /// <summary>Largest window: 1,000.</summary>
    public const int WindowMax = 1_000;

    /// <summary>Hits of each list where nothing else is said: 100.</summary>
    public const int WindowStandard = 100;
}
