using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>The order of hits of an instant search, which every leaf keeps too.</summary>
internal sealed class InstantOrder(bool rankDescending) : IComparer<InstantHit>
{
    public int Compare(InstantHit? x, InstantHit? y)
    {
        var (a, b) = (x!.Ranking, y!.Ranking);
        if (a.Words != b.Words) return b.Words - a.Words;
        if (a.Typos != b.Typos) return a.Typos - b.Typos;
        if (a.Proximity != b.Proximity) return a.Proximity - b.Proximity;
        if (a.Attribute != b.Attribute) return a.Attribute - b.Attribute;
        if (a.Exactness != b.Exactness) return b.Exactness - a.Exactness;
        var byRank = Compare(a.Rank, b.Rank);
        return byRank != 0 ? byRank : PathOrder.Instance.Compare(x.Path, y.Path);
    }

    private int Compare(SortValue x, SortValue y)
    {
        if (x.IsMissing || y.IsMissing) return (x.IsMissing ? 1 : 0) - (y.IsMissing ? 1 : 0);
        var order = x.Whole is { } a && y.Whole is { } b
            ? a.CompareTo(b)
            : (x.Number ?? x.Whole ?? 0).CompareTo(y.Number ?? y.Whole ?? 0);
        return rankDescending ? -order : order;
    }
}
