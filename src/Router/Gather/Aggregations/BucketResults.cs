using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Makes the answer of joined buckets: in order, cut, named, gaps filled. One reduce.</summary>
internal sealed class BucketResults(Aggregation aggregation, BucketsReduce joined, ReduceScope scope)
{
    private static readonly BucketOrder[] ByKey = [new(BucketOrder.Key, false)];

    private static readonly BucketOrder[] ByCount = [new(BucketOrder.Count, true), .. ByKey];

    private static readonly DateBuckets Utc = DateBuckets.Of(new DateRounding(CalendarUnit.Day, 0), out _)!;

    public AggregationResult Make()
    {
        switch (aggregation)
        {
            case TermsAggregation terms:
                return Terms(terms);
            case SignificantTermsAggregation significant:
                return Significant(significant);
            case HistogramAggregation histogram:
                return Histogram(histogram);
            case DateHistogramAggregation dates:
                return Dates(dates);
            case CompositeAggregation composite:
                return Composite(composite);
            case GeoGridAggregation grid:
                return Grid(grid);
            case GeoDistanceAggregation distance:
                return Rows(distance.Ranges.Count, i => Named(distance.Ranges[i]));
            case RangeAggregation range:
                return Rows(range.Ranges.Count, i => Named(range.Ranges[i]));
            case FiltersAggregation filters:
                return Rows(
                    filters.Filters.Count + (filters.OtherKey is null ? 0 : 1),
                    i => i < filters.Filters.Count ? filters.Filters[i].Key : filters.OtherKey);
            default:
                var alone = joined.Buckets.FirstOrDefault() ?? Empty(default);
                scope.Answer(1);
                return new BucketResult(aggregation.Name, alone.Count, alone.Results(aggregation, scope));
        }
    }

    private BucketsResult Terms(TermsAggregation terms)
    {
        var kept = joined.Buckets.Where(bucket => bucket.Count >= terms.MinimumCount).ToList();
        var sorted = Sorted(kept, terms.Order.Count == 0 ? ByCount : [.. terms.Order, .. ByKey]);
        var page = sorted[..Math.Min(sorted.Count, terms.Size)];
        if (!scope.Answer(page.Count)) return new BucketsResult(aggregation.Name, []);
        var type = joined.Type;
        var buckets = page.Select(bucket => Bucket(bucket, bucket.Key, KeyText(type, bucket.Key)) with
        {
            ErrorBound = joined.ErrorBound - bucket.BoundOfSenders,
        });
        return Piped([.. buckets]) with
        {
            ErrorBound = joined.ErrorBound,
            OtherCount = joined.OtherCount + sorted.Skip(page.Count).Sum(bucket => bucket.Count),
        };
    }

    private BucketsResult Grid(GeoGridAggregation grid)
    {
        var sorted = Sorted([.. joined.Buckets], ByCount);
        var page = sorted[..Math.Min(sorted.Count, grid.Size)];
        return scope.Answer(page.Count)
            ? Piped([.. page.Select(bucket => Bucket(bucket, bucket.Key, null))])
            : new BucketsResult(aggregation.Name, []);
    }

    private BucketsResult Significant(SignificantTermsAggregation significant)
    {
        var background = scope.Backgrounds.GetValueOrDefault(aggregation) ?? Background.None;
        var scored = joined.Buckets
            .Where(bucket => bucket.Count >= significant.MinimumCount && bucket.Key.Text is not null)
            .Select(bucket =>
            {
                var known = background.Counts.GetValueOrDefault(bucket.Key.Text!);
                var score = Significance.Score(
                    significant.Measure, bucket.Count, joined.Total, known, background.Total);
                return (Bucket: bucket, Known: known, Score: score);
            })
            .Where(row => row.Score > 0)
            .OrderByDescending(row => row.Score)
            .ThenBy(row => row.Bucket.Key.Text!, PathOrder.Instance)
            .Take(significant.Size)
            .ToList();
        if (!scope.Answer(scored.Count)) return new BucketsResult(aggregation.Name, []);
        var buckets = scored.Select(row => Bucket(row.Bucket, row.Bucket.Key, null) with
        {
            BackgroundCount = row.Known, Score = row.Score,
        });
        return Piped([.. buckets]) with { Total = joined.Total, Background = background.Total };
    }

    private BucketsResult Histogram(HistogramAggregation it)
    {
        var kept = joined.Buckets.Where(bucket => bucket.Count >= it.MinimumCount).ToDictionary(
            bucket => bucket.Key.Whole ?? 0);
        if (it.MinimumCount == 0)
        {
            var (low, high) = Ends(kept.Keys, it.Bounds, bound => (long)Math.Floor((bound - it.Offset) / it.Interval));
            if (low <= high && !scope.Answer(((Int128)high - low) > int.MaxValue ? int.MaxValue : high - low + 1))
                return new BucketsResult(aggregation.Name, []);
            for (var number = low; number <= high; number++)
            {
                if (!kept.ContainsKey(number)) kept.Add(number, Empty(SortValue.Of(number)));
                if (number == long.MaxValue) break;
            }
        }
        else if (!scope.Answer(kept.Count))
        {
            return new BucketsResult(aggregation.Name, []);
        }

        var sorted = Sorted([.. kept.Values], it.Order.Count == 0 ? ByKey : [.. it.Order, .. ByKey]);
        var type = joined.Type;
        return Piped([.. sorted.Select(bucket =>
        {
            // The first bucket may begin below all numbers.
            var begin = Math.Clamp(
                ((bucket.Key.Whole ?? 0) * it.Interval) + it.Offset, double.MinValue, double.MaxValue);
            return Bucket(bucket, SortValue.Of(begin), type == FieldType.Date ? Utc.Text((long)begin) : null);
        })]);
    }

    private BucketsResult Dates(DateHistogramAggregation it)
    {
        var cut = DateBuckets.Of(it.Rounding, out var problem);
        if (cut is null)
        {
            scope.Fail($"'{it.Name}': {problem}");
            return new BucketsResult(aggregation.Name, []);
        }

        var kept = joined.Buckets.Where(bucket => bucket.Count >= it.MinimumCount).ToDictionary(
            bucket => bucket.Key.Whole ?? 0);
        var found = kept.Count;
        if (it.MinimumCount == 0)
        {
            var (low, high) = Ends(kept.Keys, it.Bounds, bound => cut.Floor((long)bound));
            for (var begin = low; begin <= high && kept.Count <= AggregationLimits.BucketsMax;)
            {
                if (!kept.ContainsKey(begin)) kept.Add(begin, Empty(SortValue.Of(begin)));
                var next = cut.Next(begin);
                // The calendar ends.
                if (next <= begin) break;
                begin = next;
            }
        }

        if (!scope.Answer(Math.Max(found, kept.Count))) return new BucketsResult(aggregation.Name, []);
        var sorted = Sorted([.. kept.Values], it.Order.Count == 0 ? ByKey : [.. it.Order, .. ByKey]);
        return Piped(
            [.. sorted.Select(bucket => Bucket(bucket, bucket.Key, cut.Text(bucket.Key.Whole ?? 0)))]);
    }

    private BucketsResult Composite(CompositeAggregation it)
    {
        var sorted = joined.Buckets.ToList();
        sorted.Sort((a, b) =>
        {
            for (var i = 0; i < it.Sources.Count; i++)
            {
                var order = HitOrder.Compare(a.Keys[i], b.Keys[i]);
                if (order != 0) return it.Sources[i].Descending ? -order : order;
            }

            return 0;
        });
        var page = sorted[..Math.Min(sorted.Count, it.Size)];
        if (!scope.Answer(page.Count)) return new BucketsResult(aggregation.Name, []);
        return Piped([.. page.Select(bucket => Bucket(bucket, default, null) with { Keys = bucket.Keys })]) with
        {
            After = page.Count > 0 ? page[^1].Keys : [], Sources = [.. it.Sources.Select(source => source.Name)],
        };
    }

    private BucketsResult Rows(int count, Func<int, string?> name)
    {
        if (!scope.Answer(count)) return new BucketsResult(aggregation.Name, []);
        var byPlace = joined.Buckets.ToDictionary(bucket => bucket.Key.Whole ?? -1);
        var buckets = new AggregationBucket[count];
        for (var i = 0; i < count; i++)
        {
            var bucket = byPlace.GetValueOrDefault(i) ?? Empty(SortValue.Of(i));
            var key = name(i) is { } text ? SortValue.Of(text) : default;
            buckets[i] = Bucket(bucket, key, null) with { Keys = bucket.Keys };
        }

        return Piped(buckets) with
        {
            IsNamed = aggregation is FiltersAggregation && Array.TrueForAll(buckets, one => one.Key.Text is not null),
        };
    }

    private BucketsResult Piped(AggregationBucket[] buckets) =>
        new(aggregation.Name, Pipelines.Within(aggregation, buckets, scope));

    private AggregationBucket Bucket(ReducedBucket bucket, SortValue key, string? text) =>
        new(key, bucket.Count, bucket.Results(aggregation, scope)) { KeyText = text };

    private ReducedBucket Empty(SortValue key) => new(key, [], PartReduce.All(aggregation.Within, scope));

    private List<ReducedBucket> Sorted(List<ReducedBucket> buckets, IReadOnlyList<BucketOrder> order)
    {
        // The numbers of a path are found once for each bucket, not for each comparison.
        var rows = new List<(ReducedBucket Bucket, double?[] Numbers)>(buckets.Count);
        var hasPaths = order.Any(key => key.Path is not (BucketOrder.Count or BucketOrder.Key));
        foreach (var bucket in buckets)
        {
            if (scope.Error is not null) return [];
            rows.Add((bucket, hasPaths ? [.. order.Select(key => NumberOf(key.Path, bucket))] : []));
        }

        rows.Sort((a, b) =>
        {
            for (var i = 0; i < order.Count; i++)
            {
                var key = order[i];
                var compared = key.Path == BucketOrder.Count ? a.Bucket.Count.CompareTo(b.Bucket.Count)
                    : key.Path == BucketOrder.Key ? HitOrder.Compare(a.Bucket.Key, b.Bucket.Key)
                    : Pipelines.Compare(a.Numbers[i], b.Numbers[i], key.Descending);
                if (compared != 0) return key.Descending ? -compared : compared;
            }

            return 0;
        });
        return rows.ConvertAll(row => row.Bucket);
    }

    private double? NumberOf(string path, ReducedBucket bucket) => path is BucketOrder.Count or BucketOrder.Key
        ? null
        : BucketPath.Number(path, bucket.Count, bucket.Results(aggregation, scope), scope);

    /// <summary>The first and the last bucket; the first behind the last where there is none.</summary>
    private static (long Low, long High) Ends(
        IReadOnlyCollection<long> found, BucketBounds? bounds, Func<double, long> floor)
    {
        long low = long.MaxValue, high = long.MinValue;
        foreach (var key in found) (low, high) = (Math.Min(low, key), Math.Max(high, key));
        if (bounds is not null && bounds.Min <= bounds.Max)
            (low, high) = (Math.Min(low, floor(bounds.Min)), Math.Max(high, floor(bounds.Max)));
        return (low, high);
    }

    private static string Named(BucketRange range) => range.Key ?? $"{range.From ?? "*"}-{range.To ?? "*"}";

    private static string Named(DistanceRange range) => range.Key ?? $"{Text(range.From)}-{Text(range.To)}";

    private static string Text(double? bound) => bound?.ToString(CultureInfo.InvariantCulture) ?? "*";

    private static string? KeyText(FieldType type, SortValue key) => type switch
    {
        FieldType.Date when key.Whole is { } instant => Utc.Text(instant),
        FieldType.Boolean => key.Whole == 0 ? "false" : "true",
        _ => null,
    };

    /// <summary>The key of a bucket as text.</summary>
    public static string Text(AggregationBucket bucket) => bucket.KeyText ?? bucket.Key.Text
        ?? (bucket.Key.Number ?? bucket.Key.Whole)?.ToString(CultureInfo.InvariantCulture) ?? "";
}
