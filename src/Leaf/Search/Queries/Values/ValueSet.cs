namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Many values or ranges of them: sorted, without overlaps, found by halving; thousands of single values by hash.
/// Immutable.
/// </summary>
internal readonly struct ValueSet : IValueTest
{
    private const int HashedFrom = 16;

    private readonly long[] _from;
    private readonly long[] _to;
    private readonly HashSet<long>? _single;

    private ValueSet(long[] from, long[] to, HashSet<long>? single)
    {
        _from = from;
        _to = to;
        _single = single;
    }

    /// <inheritdoc/>
    public bool IsEmpty => _from.Length == 0;

    /// <summary>Joins ranges in any order.</summary>
    public static ValueSet Of(List<ValueRange> ranges)
    {
        ranges.Sort((a, b) => a.From.CompareTo(b.From));
        var (from, to) = (new List<long>(ranges.Count), new List<long>(ranges.Count));
        var isSingle = true;
        foreach (var range in ranges)
        {
            if (range.IsEmpty) continue;
            if (to.Count > 0 && range.From <= to[^1])
            {
                to[^1] = Math.Max(to[^1], range.To);
            }
            else
            {
                from.Add(range.From);
                to.Add(range.To);
            }

            isSingle &= from[^1] == to[^1];
        }

        return new ValueSet([.. from], [.. to], isSingle && from.Count >= HashedFrom ? [.. from] : null);
    }

    /// <inheritdoc/>
    public bool Touches(long low, long high)
    {
        var at = At(high);
        return at >= 0 && _to[at] >= low;
    }

    /// <inheritdoc/>
    public bool Covers(long low, long high)
    {
        var at = At(low);
        return at >= 0 && _to[at] >= high;
    }

    /// <inheritdoc/>
    public bool Has(long value) => _single is not null ? _single.Contains(value) : Covers(value, value);

    /// <summary>The last range that begins at or before a value, or -1.</summary>
    private int At(long value)
    {
        var at = Array.BinarySearch(_from, value);
        return at >= 0 ? at : ~at - 1;
    }
}
