using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What is made of results when all parts are joined, in the order of the request.</summary>
internal static class Pipelines
{
    /// <summary>The results of one level: those of its parts, and what is made of them.</summary>
    public static IReadOnlyList<AggregationResult> Level(
        IReadOnlyList<Aggregation> aggregations, PartReduce[] reduces, ReduceScope scope)
    {
        var results = new List<AggregationResult>(aggregations.Count);
        foreach (var reduce in reduces)
        {
            if (scope.Error is not null) return [];
            results.Add(reduce.Finish());
        }

        foreach (var aggregation in aggregations)
        {
            if (aggregation is SiblingAggregation sibling)
                results.Add(Siblings.Result(sibling, results, scope));
            else if (aggregation is PercentilesBucketAggregation percentiles)
                results.Add(Siblings.Result(percentiles, results, scope));
        }

        return results;
    }

    /// <summary>Runs what stands within an aggregation over its buckets.</summary>
    public static AggregationBucket[] Within(
        Aggregation aggregation, AggregationBucket[] buckets, ReduceScope scope)
    {
        foreach (var pipeline in aggregation.Within)
        {
            if (!pipeline.IsPipeline || scope.Error is not null) continue;
            buckets = pipeline switch
            {
                RunningAggregation running => Run(running, buckets, scope),
                MovingAggregation moving => Move(moving, buckets, scope),
                BucketSelectorAggregation selector => [.. buckets.Where(bucket => IsKept(selector, bucket, scope))],
                BucketSortAggregation sort => Sort(sort, buckets, scope),
                _ => buckets,
            };
        }

        return buckets;
    }

    private static AggregationBucket[] Run(
        RunningAggregation running, AggregationBucket[] buckets, ReduceScope scope)
    {
        var sum = new ExactSum();
        double? before = null;
        for (var i = 0; i < buckets.Length; i++)
        {
            var number = NumberOf(running.Path, buckets[i], scope);
            double? value;
            if (running.Kind == RunningKind.CumulativeSum)
            {
                if (number is { } more && double.IsFinite(more)) sum.Add(more);
                value = double.IsFinite(sum.Value) ? sum.Value : null;
            }
            else
            {
                value = number - before;
                before = number;
            }

            // The first derivative is of nothing, and some are beyond all numbers.
            var isTold = value is { } told && double.IsFinite(told);
            if (running.Kind == RunningKind.Derivative && !isTold) continue;
            buckets[i] = buckets[i] with { Within = [.. buckets[i].Within, new NumberResult(running.Name, value)] };
        }

        return buckets;
    }

    private static AggregationBucket[] Move(
        MovingAggregation moving, AggregationBucket[] buckets, ReduceScope scope)
    {
        var numbers = Array.ConvertAll(buckets, bucket => NumberOf(moving.Path, bucket, scope));
        var window = new MovingWindow(moving.Kind, numbers);
        for (var i = 0; i < buckets.Length; i++)
        {
            var end = (int)Math.Clamp(i + (long)moving.Shift, 0, buckets.Length);
            var begin = Math.Max(0, i + (long)moving.Shift - moving.Window);
            var value = moving.Kind == MovingKind.Difference
                ? i + moving.Shift >= moving.Window && begin < end ? numbers[i] - numbers[begin] : null
                : window.MoveTo((int)Math.Min(begin, end), end);
            // Where the window has nothing there is nothing to tell.
            if (value is not { } told || !double.IsFinite(told)) continue;
            buckets[i] = buckets[i] with { Within = [.. buckets[i].Within, new NumberResult(moving.Name, told)] };
        }

        return buckets;
    }

    private static bool IsKept(BucketSelectorAggregation selector, AggregationBucket bucket, ReduceScope scope)
    {
        if (NumberOf(selector.Path, bucket, scope) is not { } number) return false;
        var isAbove = selector.From is not { } from || number > from || (selector.IncludeFrom && number == from);
        var isBelow = selector.To is not { } to || number < to || (selector.IncludeTo && number == to);
        return isAbove && isBelow;
    }

    private static AggregationBucket[] Sort(
        BucketSortAggregation sort, AggregationBucket[] buckets, ReduceScope scope)
    {
        var rows = buckets.Select((bucket, place) => (
            Bucket: bucket, Place: place,
            Numbers: sort.Sort
                .Select(key => key.Path == BucketOrder.Key ? null : NumberOf(key.Path, bucket, scope)).ToArray()))
            .ToArray();
        Array.Sort(rows, (a, b) =>
        {
            for (var i = 0; i < sort.Sort.Count; i++)
            {
                var order = sort.Sort[i].Path == BucketOrder.Key
                    ? HitOrder.Compare(a.Bucket.Key, b.Bucket.Key)
                    : Compare(a.Numbers[i], b.Numbers[i], sort.Sort[i].Descending);
                if (order != 0) return sort.Sort[i].Descending ? -order : order;
            }

            return a.Place.CompareTo(b.Place);
        });
        return [.. rows.Skip(sort.From).Take(sort.Size ?? int.MaxValue).Select(row => row.Bucket)];
    }

    /// <summary>Buckets without the number are last in either direction.</summary>
    public static int Compare(double? a, double? b, bool descending)
    {
        if (a is { } x && b is { } y) return x.CompareTo(y);
        if (a is null == b is null) return 0;
        return a is null == descending ? -1 : 1;
    }

    public static double? NumberOf(string path, AggregationBucket bucket, ReduceScope scope) =>
        BucketPath.Number(path, bucket.Count, bucket.Within, scope);
}
