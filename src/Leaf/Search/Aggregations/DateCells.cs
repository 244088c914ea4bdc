using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Where buckets of time begin, remembered: in a zone that changes its clocks a beginning costs a microsecond or more
/// to find, so those between the lowest and the highest instant asked for are kept in order and searched. One search.
/// </summary>
/// <param name="buckets">Where they begin.</param>
/// <param name="scope">What memory is asked of; null for nobody.</param>
internal sealed class DateCells(DateBuckets buckets, AggregationScope? scope = null)
{
    private const int BeginningsMax = 65_536;

    private long[] _beginnings = [];
    private int _last;
    private bool _isTooWide;

    /// <summary>The beginning of the bucket of an instant.</summary>
    public long Floor(long instant)
    {
        if (!buckets.IsDear || _isTooWide || buckets.IsOutside(instant)) return buckets.Floor(instant);
        if (_last + 1 < _beginnings.Length && instant >= _beginnings[_last] && instant < _beginnings[_last + 1])
            return _beginnings[_last];
        if (_beginnings.Length == 0 || instant < _beginnings[0] || instant >= _beginnings[^1]) Widen(instant);
        if (_isTooWide) return buckets.Floor(instant);
        var at = Array.BinarySearch(_beginnings, instant);
        _last = at < 0 ? ~at - 1 : at;
        return _beginnings[_last];
    }

    /// <summary>
    /// Takes in an instant, and on its side half as much again as is known, so that few instants do it again.
    /// </summary>
    private void Widen(long instant)
    {
        var low = buckets.Floor(instant);
        var high = instant;
        if (_beginnings.Length > 0)
        {
            var more = (_beginnings[^1] - _beginnings[0]) / 2;
            // Where the calendar ends there is nothing beyond the instant to take in.
            if (instant >= _beginnings[0]) (low, high) = (_beginnings[0], Within(instant + more, instant));
            else (low, high) = (buckets.Floor(Within(low - more, instant)), _beginnings[^1]);
        }

        if (_beginnings.Length == 0) scope?.Hold(2L * BeginningsMax * sizeof(long));
        var all = new List<long> { low };
        while (all[^1] <= high && all[^1] < long.MaxValue && all.Count < BeginningsMax) all.Add(buckets.Next(all[^1]));
        // The bucket at the calendar's beginning has no next one that could be told.
        _isTooWide = all[^1] <= high || all[^1] == long.MaxValue;
        _beginnings = [.. all];
        _last = 0;
    }

    private long Within(long wider, long instant) => buckets.IsOutside(wider) ? instant : wider;
}
