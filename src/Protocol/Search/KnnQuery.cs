namespace Hedgerow.Protocol;

/// <summary>
/// The <paramref name="K"/> documents of the whole collection whose vectors are nearest to a given one, each with the
/// score of its similarity times the boost. Among which they are looked for, <see cref="Filter"/> says; a filter beside
/// this query, as of a boolean one, leaves out of the K what it does not match.
/// </summary>
/// <param name="Field">A field of type <see cref="FieldType.DenseVector"/>.</param>
/// <param name="Vector">As many finite numbers as the field's vectors have. Not copied.</param>
/// <param name="K">1 to <see cref="CandidatesMax"/>.</param>
/// <param name="Candidates">
/// Documents that each segment's graph is searched for, K to <see cref="CandidatesMax"/>: more find the nearest more
/// surely and take longer. See <see cref="CandidatesFor"/>.
/// </param>
public sealed record KnnQuery(string Field, ReadOnlyMemory<float> Vector, int K, int Candidates) : QueryNode
{
    /// <summary>Most documents and most candidates: 10,000.</summary>
    public const int CandidatesMax = 10_000;

    /// <summary>Most queries of this kind in one tree: 16.</summary>
    public const int NodesMax = 16;

    /// <summary>What documents have to match to be looked at; null for all. Has no query of this kind within.</summary>
    public QueryNode? Filter { get; init; }

    /// <summary>
    /// The least similarity, in the field's own measure: a cosine, a product, or the largest distance. Null for any.
    /// </summary>
    public double? Similarity { get; init; }

    /// <summary>The least score, before the boost. Null for any.</summary>
    public double? ScoreMin { get; init; }

    /// <summary>Whether every vector is compared, whatever that takes.</summary>
    public bool Exact { get; init; }

    /// <summary>With the standard number of candidates.</summary>
    public KnnQuery(string field, ReadOnlyMemory<float> vector, int k)
        : this(field, vector, k, CandidatesFor(k))
    {
    }

    /// <summary>The standard number of candidates: half as many again as are wanted, at least 100.</summary>
    public static int CandidatesFor(int k) => (int)Math.Clamp(k * 3L / 2, 100, CandidatesMax);

    /// <inheritdoc/>
    public override IReadOnlyList<QueryNode> Children() => Filter is null ? [] : [Filter];

    /// <inheritdoc/>
    public override QueryNode WithChildren(IReadOnlyList<QueryNode> children)
    {
        Counted(children, Filter is null ? 0 : 1, this);
        return Filter is null ? this : this with { Filter = children[0] };
    }
}
