using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What is told of a distribution.</summary>
internal delegate AggregationResult TellDistribution(DistributionSketch sketch, SketchPart part);

/// <summary>Distributions, joined bin by bin.</summary>
internal sealed class SketchReduce(double error, ReduceScope scope, TellDistribution tell) : PartReduce
{
    private const int BytesPerBin = 48;

    private readonly Dictionary<int, long> _bins = [];
    private FieldType _type;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;

    public override void Add(AggregationPart part)
    {
        if (part is not SketchPart other || other.Bins.Count == 0) return;
        _type = other.Type;
        _min = Math.Min(_min, other.Min);
        _max = Math.Max(_max, other.Max);
        var known = _bins.Count;
        foreach (var bin in other.Bins) _bins[bin.Bin] = _bins.GetValueOrDefault(bin.Bin) + bin.Count;
        scope.Hold((_bins.Count - known) * BytesPerBin);
    }

    public override AggregationResult Finish() => tell(
        new DistributionSketch(error),
        new SketchPart(
            _type, _min, _max, [.. _bins.OrderBy(bin => bin.Key).Select(bin => new SketchBin(bin.Key, bin.Value))]));
}

/// <summary>What aggregations tell of distributions.</summary>
internal static class Distributions
{
    /// <summary>Values at shares.</summary>
    public static AggregationResult Percentiles(
        this PercentilesAggregation it, DistributionSketch sketch, SketchPart part) =>
        Rows(it.Name, it.Percents, part, one => sketch.Quantile(part, Math.Clamp(one, 0, 100) / 100)) with
        {
            AreDates = part.Type == FieldType.Date,
        };

    /// <summary>Shares of values.</summary>
    public static AggregationResult Ranks(
        this PercentileRanksAggregation it, DistributionSketch sketch, SketchPart part) =>
        Rows(it.Name, it.Values, part, one => 100 * sketch.Rank(part, one));

    /// <summary>The median of the distances from the median.</summary>
    public static AggregationResult Deviation(
        this MedianDeviationAggregation it, DistributionSketch sketch, SketchPart part)
    {
        if (part.Bins.Count == 0) return new NumberResult(it.Name, null);
        var median = sketch.Quantile(part, 0.5);
        var distances = part.Bins
            .Select(bin => (
                Distance: Math.Abs(Math.Clamp(sketch.Value(bin.Bin), part.Min, part.Max) - median), bin.Count))
            .OrderBy(row => row.Distance)
            .ToArray();
        var left = (distances.Sum(row => row.Count) - 1) / 2;
        foreach (var (distance, count) in distances)
        {
            left -= count;
            if (left < 0) return new NumberResult(it.Name, distance);
        }

        return new NumberResult(it.Name, distances[^1].Distance);
    }

    private static PercentilesResult Rows(
        string name, IReadOnlyList<double> asked, SketchPart part, Func<double, double> answer) =>
        new(name, [.. asked.Select(one => new PercentileRow(one, part.Bins.Count == 0 ? null : answer(one)))]);
}
