namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Neighbouring values of the Z-order curve, both ends included.</summary>
/// <param name="From">The lowest.</param>
/// <param name="To">The highest.</param>
/// <param name="IsInside">Whether all places between are in the area, so that none needs to be looked at.</param>
internal readonly record struct GeoInterval(long From, long To, bool IsInside);

/// <summary>
/// An area as some intervals of the Z-order curve: the globe is quartered level by level, quarters that are wholly in
/// or wholly out are done with, and so on until there are enough (Orenstein, Merrett: A class of data structures for
/// associative searching, 1984).
/// </summary>
internal static class GeoCover
{
    /// <summary>Cells across the area's edge at which quartering ends.</summary>
    private const int AcrossMax = 256;

    private const int Levels = 32;

    /// <summary>Rising intervals that have every place of the area.</summary>
    public static GeoInterval[] Of(GeoArea area)
    {
        var done = new List<GeoInterval>();
        var across = new List<GeoCell>();
        if (area.Relate(GeoCell.All) is var lies && lies == Lies.Inside) Add(done, GeoCell.All, isInside: true);
        else if (lies == Lies.Across) across.Add(GeoCell.All);
        for (var level = 0; level < Levels && across.Count is > 0 and <= AcrossMax; level++)
        {
            var smaller = new List<GeoCell>(across.Count * 2);
            foreach (var cell in across) Quarter(area, cell, level + 1, done, smaller);
            across = smaller;
        }

        foreach (var cell in across) Add(done, cell, isInside: false);
        return Joined(done);
    }

    private static void Quarter(
        GeoArea area, in GeoCell cell, int level, List<GeoInterval> done, List<GeoCell> across)
    {
        var half = level == Levels ? 0 : uint.MaxValue >> level;
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var south = quarter < 2 ? cell.South : cell.South + half + 1;
            var west = quarter % 2 == 0 ? cell.West : cell.West + half + 1;
            var part = new GeoCell(south, south + half, west, west + half);
            var lies = area.Relate(part);
            if (lies == Lies.Inside) Add(done, part, isInside: true);
            else if (lies == Lies.Across) across.Add(part);
        }
    }

    /// <summary>The places of a cell are neighbours on the curve.</summary>
    private static void Add(List<GeoInterval> done, in GeoCell cell, bool isInside) => done.Add(new GeoInterval(
        GeoGrid.Join(cell.South, cell.West), GeoGrid.Join(cell.North, cell.East), isInside));

    private static GeoInterval[] Joined(List<GeoInterval> intervals)
    {
        intervals.Sort((a, b) => a.From.CompareTo(b.From));
        var joined = new List<GeoInterval>(intervals.Count);
        foreach (var next in intervals)
        {
            var last = joined.Count == 0 ? default : joined[^1];
            if (joined.Count > 0 && last.IsInside == next.IsInside && last.To + 1 == next.From)
                joined[^1] = last with { To = next.To };
            else
                joined.Add(next);
        }

        return [.. joined];
    }
}
