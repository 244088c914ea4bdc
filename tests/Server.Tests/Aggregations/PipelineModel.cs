using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Pipelines over a histogram's buckets, computed again from the buckets of the answer.</summary>
internal static class PipelineModel
{
    public static Aggregation[] Random(Random random)
    {
        Aggregation number = new MetricAggregation { Name = "n", Kind = MetricKind.Sum, Field = "counts" };
        var path = random.Next(2) == 0 ? "n" : BucketOrder.Count;
        var moving = new MovingAggregation
        {
            Name = "moving",
            Kind = (MovingKind)random.Next(1, 6),
            Path = path,
            Window = random.Next(1, 8),
            Shift = 0,
        };
        if (moving.Kind != MovingKind.Difference) moving = moving with { Shift = random.Next(-9, 10) };
        return
        [
            new HistogramAggregation
            {
                Name = "steps", Field = "counts", Interval = 1, MinimumCount = random.Next(2), Within =
                [
                    number, moving,
                    new RunningAggregation { Name = "sum", Kind = RunningKind.CumulativeSum, Path = path },
                ],
            },
            new SiblingAggregation { Name = "spread", Kind = SiblingKind.ExtendedStats, Path = $"steps>{path}" },
            new PercentilesBucketAggregation
            {
                Name = "shares", Path = $"steps>{path}", Percents = [0, 10, 50, 99, 100],
            },
        ];
    }

    public static void Check(IReadOnlyList<Aggregation> asked, IReadOnlyList<AggregationResult> results)
    {
        var moving = (MovingAggregation)asked[0].Within[1];
        var buckets = ((BucketsResult)results[0]).Buckets;
        double[] numbers = [.. buckets.Select(
            bucket => moving.Path == "n" ? ((NumberResult)bucket.Find("n")!).Value!.Value : bucket.Count)];
        for (var i = 0; i < numbers.Length; i++)
        {
            Assert.Equal(Of(moving, numbers, i), (buckets[i].Find("moving") as NumberResult)?.Value);
            Assert.Equal(numbers[..(i + 1)].Sum(), ((NumberResult)buckets[i].Find("sum")!).Value);
        }

        var stats = (StatsResult)results[1];
        Assert.Equal(numbers.Length, stats.Count);
        Assert.Equal(numbers.Sum(), stats.Sum);
        if (numbers.Length > 0)
        {
            Assert.Equal(ExactModel.Variance(numbers), stats.Spread!.Variance);
            Assert.Equal(numbers.Sum() / numbers.Length, stats.Average);
        }

        double[] sorted = [.. numbers.Order()];
        Assert.All(((PercentilesResult)results[2]).Rows, row => Assert.Equal(
            // At least so many are at or below it, and fewer below the one before.
            sorted.Length == 0
                ? null
                : sorted.First(number => sorted.Count(n => n <= number) >= row.Asked / 100 * sorted.Length),
            row.Answer));
    }

    private static double? Of(MovingAggregation moving, double[] numbers, int i)
    {
        if (moving.Kind == MovingKind.Difference)
            return i >= moving.Window ? numbers[i] - numbers[i - moving.Window] : null;
        double[] window = [.. numbers.Where(
            (_, j) => j >= i + moving.Shift - moving.Window && j < i + moving.Shift)];
        if (window.Length == 0) return null;
        return moving.Kind switch
        {
            MovingKind.Average => window.Sum() / window.Length,
            MovingKind.Min => window.Min(),
            MovingKind.Max => window.Max(),
            _ => window.Sum(),
        };
    }
}
