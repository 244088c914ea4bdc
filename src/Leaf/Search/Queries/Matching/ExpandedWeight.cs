using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// A misspelt or unfinished word of a text field: any of the terms that it stands for. Each scores by BM25 times its
/// similarity, as rare as the most frequent of them: else the rarest slip of the pen would score highest. Lucene blends
/// the terms of a fuzzy query so. One search.
/// </summary>
internal sealed class ExpandedWeight(string field, TermExpansion expansion, float boost, bool isScoring)
    : Weight, IBoundWeight
{
    private IReadOnlyList<Weight> _terms = [];

    /// <inheritdoc/>
    public void Count(StatisticsRows rows)
    {
        if (isScoring) rows.Add(field);
        foreach (var term in rows.Statistics.Expand(field, expansion)) rows.Add(field, term.Text);
    }

    /// <inheritdoc/>
    public void Bind(QueryStatistics statistics)
    {
        var terms = statistics.Expand(field, expansion);
        var documents = terms.Length == 0 ? 0 : terms.Max(term => statistics.Documents(field, term.Text));
        _terms = Array.ConvertAll(terms, term => Bound(term, documents, statistics));
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var scorers = BooleanWeight.OpenAll(_terms, view, budget);
        return scorers.Length == 0 ? null : BooleanWeight.Any(scorers);
    }

    /// <inheritdoc/>
    public override ClauseSet? OpenClauses(SegmentView view, SearchBudget budget)
    {
        var scorers = BooleanWeight.OpenAll(_terms, view, budget);
        return scorers.Length == 0 ? null : new ClauseSet([], scorers, []);
    }

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        var parts = new List<Explanation>();
        foreach (var term in _terms)
            if (term.Explain(view, document, budget) is { } part) parts.Add(part);
        return parts.Count == 0 ? null : BooleanWeight.SumOf(parts);
    }

    private Weight Bound(ExpandedTerm term, long documents, QueryStatistics statistics)
    {
        if (!isScoring) return new ConstantTermWeight(field, FieldType.Text, Encoding.UTF8.GetBytes(term.Text), 0);
        var weight = new TermWeight(field, term.Text, boost * term.Similarity, documents);
        weight.Bind(statistics);
        return weight;
    }
}
