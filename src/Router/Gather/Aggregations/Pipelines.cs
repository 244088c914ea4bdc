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
            if (aggregation is SiblingAggregation sibling) results.Add(Sibling(sibling, results, scope));
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
                if (number is { } more) sum.Add(more);
                value = sum.Value;
            }
            else
            {
                value = number - before;
                before = number;
            }

            // The first derivative is of nothing.
            if (running.Kind == RunningKind.Derivative && value is null) continue;
            buckets[i] = buckets[i] with { Within = [.. buckets[i].Within, new NumberResult(running.Name, value)] };
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
    private static int Compare(double? a, double? b, bool descending)
    {
        if (a is { } x && b is { } y) return x.CompareTo(y);
        if (a is null == b is null) return 0;
        return a is null == descending ? -1 : 1;
    }

    private static double? NumberOf(string path, AggregationBucket bucket, ReduceScope scope) =>
        BucketPath.Number(path, bucket.Count, bucket.Within, scope);

    private static AggregationResult Sibling(
        SiblingAggregation sibling, List<AggregationResult> results, ReduceScope scope)
    {
        var cut = sibling.Path.IndexOf('>');
        var name = cut < 0 ? sibling.Path : sibling.Path[..cut].Trim();
        var path = cut < 0 ? BucketOrder.Count : sibling.Path[(cut + 1)..].Trim();
        if (results.Find(result => result.Name == name) is not BucketsResult of)
        {
            scope.Fail($"'{sibling.Name}' is of '{name}', which is no aggregation with several buckets beside it; "
                + $"there are {string.Join(", ", results.OfType<BucketsResult>().Select(result => result.Name))}");
            return new NumberResult(sibling.Name, null);
        }

        var rows = of.Buckets
            .Select(bucket => (Bucket: bucket, Number: NumberOf(path, bucket, scope)))
            .Where(row => row.Number is not null)
            .Select(row => (row.Bucket, Number: row.Number!.Value))
            .ToArray();
        var exact = new ExactSum();
        foreach (var row in rows) exact.Add(row.Number);
        double? sum = exact.Value;
        if (rows.Length == 0)
        {
            return sibling.Kind == SiblingKind.Stats
                ? new StatsResult(sibling.Name, 0, null, null, null, 0)
                : new NumberResult(sibling.Name, sibling.Kind == SiblingKind.Sum ? 0 : null);
        }

        var (min, max) = (rows.Min(row => row.Number), rows.Max(row => row.Number));
        return sibling.Kind switch
        {
            SiblingKind.Sum => new NumberResult(sibling.Name, sum),
            SiblingKind.Average => new NumberResult(sibling.Name, sum / rows.Length),
            SiblingKind.Min => new NumberResult(sibling.Name, min) { Keys = KeysOf(min) },
            SiblingKind.Max => new NumberResult(sibling.Name, max) { Keys = KeysOf(max) },
            _ => new StatsResult(sibling.Name, rows.Length, min, max, sum / rows.Length, exact.Value),
        };

        string[] KeysOf(double number) =>
            [.. rows.Where(row => row.Number == number).Select(row => BucketResults.Text(row.Bucket))];
    }
}
