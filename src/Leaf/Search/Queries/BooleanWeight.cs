using Hedgerow.Leaf.Search.Indexing;

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

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var matching = _must.Count + _filter.Count > 0
            ? OpenRequired(view, budget)
            : Any(OpenAll(_should, view, budget));
        if (matching is null) return null;
        var excluded = OpenAll(_mustNot, view, budget);
        return excluded.Length == 0 ? matching : new ExclusionScorer(matching, excluded);
    }

    private Scorer? OpenRequired(SegmentView view, SearchBudget budget)
    {
        var must = OpenAll(_must, view, budget);
        if (must.Length < _must.Count) return null;
        var filters = OpenAll(_filter, view, budget);
        if (filters.Length < _filter.Count) return null;
        var required = must.Length + filters.Length == 1
            ? must.Concat(filters).First()
            : new ConjunctionScorer(must.Concat(filters), must);
        return Any(OpenAll(_should, view, budget)) is { } optional ? new OptionalScorer(required, optional) : required;
    }

    private static Scorer[] OpenAll(IReadOnlyList<Weight> weights, SegmentView view, SearchBudget budget)
    {
        var scorers = new List<Scorer>(weights.Count);
        foreach (var weight in weights)
            if (weight.Open(view, budget) is { } scorer) scorers.Add(scorer);
        return [.. scorers];
    }

    private static Scorer? Any(Scorer[] scorers) => scorers.Length switch
    {
        0 => null,
        1 => scorers[0],
        _ => new DisjunctionScorer(scorers),
    };
}
