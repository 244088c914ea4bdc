using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Documents with a point in an area, as a bit set. The globe is quartered, and so on: a cell is a stretch of the
/// points in the order of the Z-curve (Orenstein, Merrett: A class of data structures for associative searching,
/// 1984), which is done with where it is empty, wholly outside or wholly inside, or so short that its points are
/// looked at one by one. So the work is in proportion to the points near the area's edge, whatever its size.
/// </summary>
internal sealed class GeoWeight(string field, GeoArea area, double score) : Weight
{
    public override Scorer? Open(SegmentView view, SearchBudget budget)
    {
        if (view.Segment.Field(field, FieldType.GeoPoint) is not { } found) return null;
        if (budget.TakeMarks(view.Segment.DocumentCount) is not { } words) return null;
        var descent = new GeoDescent(area, found.Points, words, budget);
        if (!descent.Visit(GeoCell.All, 0, 0, found.Points.Count)) return null;
        return descent.Words.AsSpan().IndexOfAnyExcept(0UL) < 0 ? null : new BitSetScorer(descent.Words, score);
    }
}

/// <summary>See <see cref="GeoWeight"/>. One segment, one thread.</summary>
internal sealed class GeoDescent(GeoArea area, PointTable points, ulong[] words, SearchBudget budget)
{
    /// <summary>Points that are looked at one by one sooner than four smaller cells.</summary>
    private const int FewPoints = 32;

    private const int PointsPerLook = 128;
    private const int Levels = 32;

    /// <summary>The documents found.</summary>
    public ulong[] Words => words;

    /// <summary>Adds the documents of a cell's points; false when the budget has run out.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="level">How often the globe was quartered for it.</param>
    /// <param name="from">Its first point.</param>
    /// <param name="to">The point behind its last.</param>
    public bool Visit(in GeoCell cell, int level, int from, int to)
    {
        if (from == to) return true;
        var lies = to - from <= FewPoints ? Lies.Across : area.Relate(cell);
        if (lies == Lies.Outside) return budget.Spend();
        if (lies == Lies.Inside || to - from <= FewPoints || level == Levels)
            return Add(from, to, lies == Lies.Inside);
        var half = level + 1 == Levels ? 0 : uint.MaxValue >> (level + 1);
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var south = quarter < 2 ? cell.South : cell.South + half + 1;
            var west = quarter % 2 == 0 ? cell.West : cell.West + half + 1;
            var part = new GeoCell(south, south + half, west, west + half);

            // The last quarter ends where the cell does.
            var end = quarter == 3 ? to : points.LowerBound(GeoGrid.Join(part.North, part.East) + 1, from, to);
            if (!Visit(part, level + 1, from, end)) return false;
            from = end;
        }

        return true;
    }

    private bool Add(int from, int to, bool isInside)
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
