using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Clauses joined: all of must and filter, none of mustNot, and of should at least one unless must or filter has
/// something. With neither must, filter nor should it matches nothing.
/// </summary>
internal sealed class BooleanWeight : Weight
{
    private readonly IReadOnlyList<Weight> _must;
    private readonly IReadOnlyList<Weight> _should;
    private readonly IReadOnlyList<Weight> _mustNot;
    private readonly IReadOnlyList<Weight> _filter;

    public BooleanWeight(
        IReadOnlyList<Weight> must,
        IReadOnlyList<Weight> should,
        IReadOnlyList<Weight> mustNot,
        IReadOnlyList<Weight> filter)
    {
        _must = must;
        _should = should;
        _mustNot = mustNot;
        _filter = filter;
    }

    /// <summary>At least so many of some clauses, and none of others.</summary>
    /// <param name="clauses">One at least.</param>
    /// <param name="minimum">1 to as many as there are.</param>
    /// <param name="excluded">The others.</param>
    public static BooleanWeight Of(IReadOnlyList<Weight> clauses, int minimum, IReadOnlyList<Weight> excluded)
    {
        if (minimum == clauses.Count) return new BooleanWeight(clauses, [], excluded, []);
        return minimum == 1
            ? new BooleanWeight([], clauses, excluded, [])
            : new BooleanWeight([new AtLeastWeight(clauses, minimum)], [], excluded, []);
    }

    /// <inheritdoc/>
    public override ClauseSet? OpenClauses(SegmentView view, SearchBudget budget)
    {
        var must = OpenAll(_must, view, budget);
        if (must.Length < _must.Count) return null;
        var filters = OpenAll(_filter, view, budget);
        if (filters.Length < _filter.Count) return null;
        var clauses = new ClauseSet([.. must, .. filters], OpenAll(_should, view, budget), []);
        return clauses.IsEmpty ? null : clauses with { Excluded = OpenAll(_mustNot, view, budget) };
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (OpenClauses(view, budget) is not { } clauses) return null;
        var matching = Joined(clauses);
        return clauses.Excluded.Length == 0 ? matching : new ExclusionScorer(matching, clauses.Excluded);
    }

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        var parts = new List<Explanation>();
        foreach (var weight in _mustNot)
            if (weight.Explain(view, document, budget) is not null) return null;
        foreach (var weight in _must.Concat(_filter))
        {
            if (weight.Explain(view, document, budget) is not { } part) return null;
            parts.Add(part);
        }

        foreach (var weight in _should)
            if (weight.Explain(view, document, budget) is { } part) parts.Add(part);
        return parts.Count == 0 ? null : SumOf(parts);
    }

    /// <summary>The sum of what matches, as scores are summed.</summary>
    internal static Explanation SumOf(IReadOnlyList<Explanation> parts) =>
        new((float)parts.Sum(part => (double)part.Value), "sum of the clauses that match", parts);

    private static Scorer Joined(ClauseSet clauses)
    {
        var required = clauses.Required;
        if (required.Length == 0) return Any(clauses.Optional);
        var all = required.Length == 1 ? required[0] : new ConjunctionScorer(required);
        return clauses.Optional.Length == 0 ? all : new OptionalScorer(all, Any(clauses.Optional));
    }

    /// <summary>Scorers of those that can match anything in the segment.</summary>
    internal static Scorer[] OpenAll(IReadOnlyList<Weight> weights, SegmentView view, SearchBudget budget)
    {
        if (weights.Count == 0) return [];
        var scorers = new Scorer[weights.Count];
        var count = 0;
        for (var i = 0; i < scorers.Length; i++)
            if (weights[i].Open(view, budget) is { } scorer) scorers[count++] = scorer;
        return count == scorers.Length ? scorers : scorers[..count];
    }

    /// <summary>What any of some scorers matches; one at least.</summary>
    internal static Scorer Any(Scorer[] scorers) => scorers.Length == 1 ? scorers[0] : new DisjunctionScorer(scorers);
}
