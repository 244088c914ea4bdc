using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Documents that have any value in a field.</summary>
internal sealed class ExistsWeight(string field, FieldType type, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (view.Segment.Field(field, type) is not { } found) return null;
        return type == FieldType.Text
            ? new TextExistsScorer(found, view.Segment.DocumentCount, score)
            : new ColumnScorer<ValueRange>(found.Column, ValueRange.All, view.Segment.DocumentCount, score, budget);
    }
}

/// <summary>Documents by their paths.</summary>
internal sealed class PathsWeight(IReadOnlyList<byte[]> paths, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var documents = new SortedSet<int>();
        foreach (var path in paths)
        {
            var document = view.Segment.Paths.Find(path, PathTable.Hash(path));
            if (document >= 0) documents.Add(document);
        }

        return documents.Count == 0 ? null : new ListScorer([.. documents], score);
    }
}

/// <summary>What another weight matches, all with one score.</summary>
internal sealed class ConstantScoreWeight(Weight inner, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget) =>
        inner.Open(view, budget) is { } scorer ? new SameScoreScorer(scorer, score) : null;

    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget) =>
        inner.Explain(view, document, budget) is { } part
            ? new Explanation((float)score, "constant score of what matches", [part])
            : null;
}

/// <summary>Documents that at least so many of some weights match; 1 or more, and no more than there are.</summary>
internal sealed class AtLeastWeight(IReadOnlyList<Weight> weights, int minimum) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        var scorers = new List<Scorer>(weights.Count);
        foreach (var weight in weights)
            if (weight.Open(view, budget) is { } scorer) scorers.Add(scorer);
        if (scorers.Count < minimum) return null;
        return minimum == 1 && scorers.Count > 1
            ? new DisjunctionScorer([.. scorers])
            : new AtLeastScorer([.. scorers], minimum);
    }

    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        var parts = new List<Explanation>();
        foreach (var weight in weights)
            if (weight.Explain(view, document, budget) is { } part) parts.Add(part);
        return parts.Count < minimum ? null : BooleanWeight.SumOf(parts);
    }
}
