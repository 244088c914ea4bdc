using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What is made of a number of all buckets of an aggregation beside it.</summary>
internal static class Siblings
{
    /// <summary>Standard deviations of the bounds of extended statistics.</summary>
    private const double Sigma = 2;

    /// <summary>A number, or statistics.</summary>
    public static AggregationResult Result(
        SiblingAggregation sibling, List<AggregationResult> results, ReduceScope scope)
    {
        var rows = Rows(sibling.Name, sibling.Path, results, scope);
        double[] numbers = [.. rows.Select(row => row.Number)];
        if (sibling.Kind is SiblingKind.Stats or SiblingKind.ExtendedStats)
            return Stats(sibling.Name, numbers, sibling.Kind == SiblingKind.ExtendedStats);
        if (numbers.Length == 0)
            return new NumberResult(sibling.Name, sibling.Kind == SiblingKind.Sum ? 0 : null);
        var sum = Told(Sum(numbers).Value);
        var (min, max) = (numbers.Min(), numbers.Max());
        return sibling.Kind switch
        {
            SiblingKind.Sum => new NumberResult(sibling.Name, sum),
            SiblingKind.Average => new NumberResult(sibling.Name, sum / numbers.Length),
            SiblingKind.Min => new NumberResult(sibling.Name, min) { Keys = KeysOf(rows, min) },
            _ => new NumberResult(sibling.Name, max) { Keys = KeysOf(rows, max) },
        };
    }

    /// <summary>Values at shares.</summary>
    public static PercentilesResult Result(
        PercentilesBucketAggregation it, List<AggregationResult> results, ReduceScope scope)
    {
        double[] numbers = [.. Rows(it.Name, it.Path, results, scope).Select(row => row.Number).Order()];
        return new PercentilesResult(it.Name, [.. it.Percents.Select(percent => new PercentileRow(
            percent, numbers.Length == 0 ? null : numbers[RankOf(percent, numbers.Length)]))]);
    }

    private static int RankOf(double percent, int count) =>
        Math.Max(0, (int)Math.Ceiling(Math.Clamp(percent, 0, 100) / 100 * count) - 1);

    /// <summary>The buckets that have the number; one beyond all numbers is none.</summary>
    private static (AggregationBucket Bucket, double Number)[] Rows(
        string name, string path, List<AggregationResult> results, ReduceScope scope)
    {
        var cut = path.IndexOf('>');
        var beside = cut < 0 ? path : path[..cut].Trim();
        var within = cut < 0 ? BucketOrder.Count : path[(cut + 1)..].Trim();
        if (results.Find(result => result.Name == beside) is not BucketsResult of)
        {
            scope.Fail($"'{name}' is of '{beside}', which is no aggregation with several buckets beside it; "
                + $"there are {string.Join(", ", results.OfType<BucketsResult>().Select(result => result.Name))}");
            return [];
        }

        var rows = new List<(AggregationBucket Bucket, double Number)>();
        foreach (var bucket in of.Buckets)
            if (Pipelines.NumberOf(within, bucket, scope) is { } number && double.IsFinite(number))
                rows.Add((bucket, number));
        return [.. rows];
    }

    private static StatsResult Stats(string name, double[] numbers, bool isExtended)
    {
        var sum = Sum(numbers);
        var total = Math.Clamp(sum.Value, double.MinValue, double.MaxValue);
        var stats = numbers.Length == 0
            ? new StatsResult(name, 0, null, null, null, 0)
            : new StatsResult(
                name, numbers.Length, numbers.Min(), numbers.Max(), Told(sum.Value / numbers.Length), total);
        if (!isExtended) return stats;
        if (numbers.Length == 0) return stats with { Spread = new SpreadResult(null, null, null, Sigma) };
        var squares = new ExactSum();
        foreach (var number in numbers)
        {
            var square = number * number;
            if (!double.IsFinite(square)) return stats with { Spread = new SpreadResult(null, null, null, Sigma) };
            squares.Add(square);
            squares.Add(Math.FusedMultiplyAdd(number, number, -square));
        }

        return stats with { Spread = MetricReduce.Spread(sum, squares, numbers.Length, Sigma) };
    }

    /// <summary>What is beyond all numbers is not told.</summary>
    private static double? Told(double number) => double.IsFinite(number) ? number : null;

    private static ExactSum Sum(double[] numbers)
    {
        var sum = new ExactSum();
        foreach (var number in numbers) sum.Add(number);
        return sum;
    }

    private static string[] KeysOf((AggregationBucket Bucket, double Number)[] rows, double number) =>
        [.. rows.Where(row => row.Number == number).Select(row => BucketResults.Text(row.Bucket))];
}
