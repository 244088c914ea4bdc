using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The order of hits that every leaf keeps too: by score, highest first, or by the keys of the request; then by path
/// bytes, lowest first.
/// </summary>
internal sealed class HitOrder(IReadOnlyList<SortKey> keys) : IComparer<SearchHit>
{
    public int Compare(SearchHit? x, SearchHit? y)
    {
        if (keys.Count == 0)
        {
            var byScore = y!.Score.CompareTo(x!.Score);
            if (byScore != 0) return byScore;
        }

        for (var i = 0; i < keys.Count; i++)
        {
            var order = Compare(keys[i], ValueOf(x!, i), ValueOf(y!, i));
            if (order != 0) return order;
        }

        return PathOrder.Instance.Compare(x!.Path, y!.Path);
    }

    private static int Compare(SortKey key, SortValue x, SortValue y)
    {
        if (x.IsMissing || y.IsMissing)
        {
            if (x.IsMissing == y.IsMissing) return 0;
            return x.IsMissing == key.MissingFirst ? -1 : 1;
        }

        var order = Compare(x, y);
        return key.Descending ? -order : order;
    }

    /// <summary>Order of two values that are there.</summary>
    public static int Compare(SortValue x, SortValue y)
    {
        if (x.Text is not null && y.Text is not null) return PathOrder.Instance.Compare(x.Text, y.Text);
        if (x.Whole is { } a && y.Whole is { } b) return a.CompareTo(b);

        // Shards that found a field by themselves may hold it by different types: numbers before texts.
        if (x.Text is null != y.Text is null) return x.Text is null ? -1 : 1;
        return Number(x).CompareTo(Number(y));
    }

    private static double Number(SortValue value) => value.Number ?? value.Whole ?? 0;

    private static SortValue ValueOf(SearchHit hit, int key) =>
        key < hit.SortValues.Count ? hit.SortValues[key] : default;
}
