using CsCheck;
using Hedgerow.Protocol;

namespace Hedgerow.Router.Tests;

/// <summary>What is made of joined results.</summary>
public sealed class PipelinesTests
{
    [Fact]
    public void A_moving_window_tells_what_a_look_at_each_of_its_numbers_does() => Gen.Select(
        Gen.OneOf(Gen.Double[-9, 9], Gen.Int[-3, 3].Select(i => (double)i), Gen.Const(1e300), Gen.Const(-1e-300))
            .Nullable().Array[0, 40],
        Gen.Int[1, 12], Gen.Int[-50, 50],
        Gen.Int[1, 4].Select(i => (MovingKind)i))
        .Sample((numbers, window, shift, kind) =>
        {
            var moving = new MovingAggregation
            {
                Name = "m", Kind = kind, Path = "n", Window = window, Shift = shift,
            };
            Assert.Equal(numbers.Select((_, i) => Naive(moving, numbers, i)), Moved(moving, numbers));
        });

    [Fact]
    public void A_wide_window_costs_no_more_than_a_narrow_one()
    {
        // Looked at one by one: 65 million numbers for each, and forty of them.
        var numbers = Enumerable.Range(0, 65_000).Select(i => (double?)i).ToArray();
        for (var i = 0; i < 40; i++)
        {
            var moving = new MovingAggregation
            {
                Name = "m", Kind = i % 2 == 0 ? MovingKind.Sum : MovingKind.Max, Path = "n",
                Window = MovingAggregation.WindowMax, Shift = 1,
            };
            Assert.Equal(i % 2 == 0 ? 64_499_500 : 64_999, Moved(moving, numbers)[^1]);
        }
    }

    [Fact]
    public void Weights_whose_sum_is_beyond_all_numbers_have_no_average()
    {
        var reduce = new WeightedReduce(new WeightedAverageAggregation { Name = "w", Field = "n", Weight = "k" });
        var (products, weights) = (new ExactSum(), new ExactSum());
        products.Add(5);
        for (var i = 0; i < 2; i++) weights.Add(double.MaxValue);
        reduce.Add(new MetricPart(FieldType.Number, 2)
        {
            Sum = products.Parts.ToArray(), Squares = weights.Parts.ToArray(),
        });
        Assert.Null(Assert.IsType<NumberResult>(reduce.Finish()).Value);
    }

    [Fact]
    public void What_is_made_of_numbers_at_the_end_of_all_numbers_is_a_number_or_nothing() => Gen.Select(
        Gen.OneOf(
            Gen.Const(double.MaxValue), Gen.Const(double.MinValue), Gen.Double[-9, 9], Gen.Const(1e200),
            Gen.Const(-1e160)).Nullable().Array[0, 130],
        Gen.Bool)
        .Sample((numbers, isOfDerivative) =>
        {
            var path = isOfDerivative ? "d" : "n";
            var around = new HistogramAggregation
            {
                Name = "h", Field = "n", Interval = 1,
                Within =
                [
                    new RunningAggregation { Name = "d", Kind = RunningKind.Derivative, Path = "n" },
                    new RunningAggregation { Name = "c", Kind = RunningKind.CumulativeSum, Path = path },
                ],
            };
            if (isOfDerivative && numbers.Length < 2) return;
            var buckets = Array.ConvertAll(
                numbers, number => new AggregationBucket(SortValue.Of(1), 1, [new NumberResult("n", number)]));
            var scope = new ReduceScope();
            buckets = Pipelines.Within(around with { Within = [around.Within[0]] }, buckets, scope);
            // Where there is no derivative there is nothing to sum.
            if (isOfDerivative) buckets = [.. buckets.Where(bucket => bucket.Within.Count == 2)];
            buckets = Pipelines.Within(around with { Within = [around.Within[1]] }, buckets, scope);
            Assert.All(
                buckets.SelectMany(bucket => bucket.Within).OfType<NumberResult>(),
                result => Assert.True(double.IsFinite(result.Value ?? 0), $"{result.Name} is {result.Value}"));
            foreach (var kind in Enum.GetValues<SiblingKind>())
            {
                var sibling = new SiblingAggregation { Name = "s", Kind = kind, Path = "h>n" };
                var told = Siblings.Result(sibling, [new BucketsResult("h", buckets)], scope);
                Assert.All(Numbers(told), number => Assert.True(double.IsFinite(number ?? 0), $"{kind}: {told}"));
            }

            Assert.Null(scope.Error);
        });

    private static double?[] Numbers(AggregationResult result) => result is StatsResult stats
        ?
        [
            stats.Min, stats.Max, stats.Average, stats.Sum, stats.Spread?.SumOfSquares, stats.Spread?.Variance,
            stats.Spread?.SampleVariance,
        ]
        : [Assert.IsType<NumberResult>(result).Value];

    private static double?[] Moved(MovingAggregation moving, double?[] numbers)
    {
        var around = new HistogramAggregation { Name = "h", Field = "n", Interval = 1, Within = [moving] };
        var buckets = numbers.Select(
            number => new AggregationBucket(SortValue.Of(1), 1, [new NumberResult("n", number)]));
        return
        [
            .. Pipelines.Within(around, [.. buckets], new ReduceScope())
                .Select(bucket => bucket.Within.OfType<NumberResult>().SingleOrDefault(it => it.Name == "m")?.Value),
        ];
    }

    private static double? Naive(MovingAggregation moving, double?[] numbers, int at)
    {
        var sum = new ExactSum();
        var seen = new List<double>();
        for (var i = at + moving.Shift - moving.Window; i < at + moving.Shift; i++)
        {
            if (i < 0 || i >= numbers.Length || numbers[i] is not { } number) continue;
            sum.Add(number);
            seen.Add(number);
        }

        if (seen.Count == 0) return null;
        return moving.Kind switch
        {
            MovingKind.Average => sum.Value / seen.Count,
            MovingKind.Min => seen.Min(),
            MovingKind.Max => seen.Max(),
            _ => sum.Value,
        };
    }
}
