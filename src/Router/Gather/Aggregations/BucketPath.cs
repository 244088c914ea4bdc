using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Names of numbers of a bucket: <c>_count</c>, <c>sales</c>, <c>price.avg</c>, <c>latency.99</c>, and through buckets
/// that are alone <c>cheap&gt;price.max</c>.
/// </summary>
internal static class BucketPath
{
    /// <summary>The number of a path; null where there was nothing to compute it of.</summary>
    /// <param name="path">The path.</param>
    /// <param name="count">Documents of the bucket.</param>
    /// <param name="results">What lies within it.</param>
    /// <param name="scope">Gets the error where the path names nothing.</param>
    public static double? Number(
        string path, long count, IReadOnlyList<AggregationResult> results, ReduceScope scope)
    {
        if (path == BucketOrder.Count) return count;
        var inner = path.IndexOf('>');
        if (inner > 0)
        {
            var outer = path[..inner].Trim();
            if (Find(results, outer) is BucketResult alone)
                return Number(path[(inner + 1)..].Trim(), alone.Count, alone.Within, scope);
            scope.Fail($"path '{path}' leads through '{outer}', which is no bucket that is alone; there are "
                + Names(results));
            return null;
        }

        var (name, part) = (path, "");
        for (var dot = path.Length; Find(results, name) is null && dot > 0;)
        {
            dot = path.LastIndexOf('.', dot - 1);
            if (dot > 0) (name, part) = (path[..dot], path[(dot + 1)..]);
        }

        if (Find(results, name) is not { } found)
        {
            scope.Fail($"path '{path}' names nothing; there are {BucketOrder.Count}, {Names(results)}");
            return null;
        }

        if (TryPart(found, part, out var number)) return number;
        scope.Fail($"path '{path}' names no single number: of '{name}' name a part, such as avg of stats, or 99 of "
            + "percentiles");
        return null;
    }

    private static AggregationResult? Find(IReadOnlyList<AggregationResult> results, string name)
    {
        foreach (var result in results)
            if (result.Name == name) return result;
        return null;
    }

    private static string Names(IReadOnlyList<AggregationResult> results) =>
        results.Count == 0 ? "no others" : string.Join(", ", results.Select(result => result.Name));

    private static bool TryPart(AggregationResult result, string part, out double? number)
    {
        number = null;
        switch (result)
        {
            case NumberResult one when part is "" or "value":
                number = one.Value;
                return true;
            case BucketResult alone when part is "" or "doc_count" or BucketOrder.Count:
                number = alone.Count;
                return true;
            case StatsResult stats:
                return TryStats(stats, part, out number);
            case CentroidResult centroid when part is "lat" or "lon" or "count":
                number = part == "count" ? centroid.Count
                    : part == "lat" ? centroid.Location?.Latitude : centroid.Location?.Longitude;
                return true;
            case PercentilesResult percentiles
                when double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var share):
                foreach (var row in percentiles.Rows)
                {
                    if (row.Asked != share) continue;
                    number = row.Answer;
                    return true;
                }

                return false;
            default:
                return false;
        }
    }

    private static bool TryStats(StatsResult stats, string part, out double? number)
    {
        number = part switch
        {
            "count" => stats.Count,
            "min" => stats.Min,
            "max" => stats.Max,
            "avg" => stats.Average,
            "sum" => stats.Sum,
            "variance" => stats.Spread?.Variance,
            "sum_of_squares" => stats.Spread?.SumOfSquares,
            "std_deviation" => stats.Spread?.Variance is { } variance ? Math.Sqrt(variance) : null,
            _ => null,
        };
        return part is "count" or "min" or "max" or "avg" or "sum"
            || (stats.Spread is not null && part is "variance" or "sum_of_squares" or "std_deviation");
    }
}
