using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Documents with a point in an area: those of the intervals that cover it, as a bit set, each looked at only where its
/// interval is not wholly inside. Paid from the budget by blocks of points.
/// </summary>
internal sealed class GeoWeight(string field, GeoArea area, double score) : Weight
{
    private const int PointsPerLook = 128;

    private readonly GeoInterval[] _intervals = GeoCover.Of(area);

    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (view.Segment.Field(field, FieldType.GeoPoint) is not { } found || _intervals.Length == 0) return null;
        var words = new ulong[BitWords.For(view.Segment.DocumentCount)];
        var at = 0;
        foreach (var interval in _intervals)
        {
            at = found.Points.LowerBound(interval.From, at);
            var end = interval.To == long.MaxValue
                ? found.Points.Values.Length
                : found.Points.LowerBound(interval.To + 1, at);
            if (!Add(found.Points, at, end, interval.IsInside, words, budget)) return null;
            at = end;
        }

        return words.AsSpan().IndexOfAnyExcept(0UL) < 0 ? null : new BitSetScorer(words, score);
    }

    private bool Add(in PointTable points, int from, int to, bool isInside, ulong[] words, SearchBudget budget)
    {
        var values = points.Values;
        var documents = points.Documents;
        while (from < to)
        {
            if (!budget.Spend()) return false;
            var end = Math.Min(to, from + PointsPerLook);
            for (; from < end; from++)
                if (isInside || area.Has(values[from])) BitWords.Add(words, documents[from]);
        }

        return true;
    }
}
