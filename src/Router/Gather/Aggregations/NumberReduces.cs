using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Counts, lowest, highest and exact sums.</summary>
internal sealed class MetricReduce(MetricAggregation metric) : PartReduce
{
    private static readonly DateBuckets Utc =
        DateBuckets.Of(new DateRounding(CalendarUnit.Day, 0), out _)!;

    private readonly ExactSum _sum = new();
    private readonly ExactSum _squares = new();
    private FieldType _type;
    private long _count;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;

    public override void Add(AggregationPart part)
    {
        if (part is not MetricPart other || other.Count == 0) return;
        _type = other.Type;
        _count += other.Count;
        _min = Math.Min(_min, other.Min);
        _max = Math.Max(_max, other.Max);
        _sum.AddParts(other.Sum);
        _squares.AddParts(other.Squares);
    }

    public override AggregationResult Finish() => metric.Kind switch
    {
        MetricKind.Min => One(_min),
        MetricKind.Max => One(_max),
        MetricKind.Average => One(_sum.Value / _count),
        MetricKind.Sum => new NumberResult(metric.Name, Known(_sum.Value)),
        MetricKind.ValueCount => new NumberResult(metric.Name, _count),
        _ => Stats(),
    };

    private NumberResult One(double value) => new(metric.Name, _count == 0 ? null : Known(value))
    {
        Text = _count > 0 && _type == FieldType.Date ? Utc.Text((long)value) : null,
    };

    private StatsResult Stats()
    {
        var sum = Math.Clamp(_sum.Value, double.MinValue, double.MaxValue);
        var stats = _count == 0
            ? new StatsResult(metric.Name, 0, null, null, null, 0)
            : new StatsResult(metric.Name, _count, _min, _max, Known(_sum.Value / _count), sum);
        if (metric.Kind != MetricKind.ExtendedStats) return stats;
        if (_count == 0) return stats with { Spread = new SpreadResult(null, null, null, metric.Sigma) };
        var variance = ExactSum.Variance(_sum.Parts.ToArray(), _squares.Parts.ToArray(), _count);
        var sample = _count > 1 ? variance * _count / (_count - 1) : null;
        return stats with { Spread = new SpreadResult(Known(_squares.Value), variance, sample, metric.Sigma) };
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>Different values: hashes while they are few, registers from then on.</summary>
internal sealed class CardinalityReduce(CardinalityAggregation cardinality, ReduceScope scope) : PartReduce
{
    private readonly HashSet<ulong> _hashes = [];
    private byte[] _registers = [];

    public override void Add(AggregationPart part)
    {
        if (part is not CardinalityPart other) return;
        if (!other.Registers.IsEmpty)
        {
            Condense();
            if (other.Registers.Length == _registers.Length) DistinctCount.Join(_registers, other.Registers.Span);
            else scope.Fail($"a shard sent {other.Registers.Length} registers; {_registers.Length} were asked for");
        }

        foreach (var hash in other.Hashes)
        {
            if (_registers.Length > 0) DistinctCount.Add(_registers, hash);
            else if (_hashes.Add(hash) && _hashes.Count > cardinality.PrecisionThreshold) Condense();
        }
    }

    public override AggregationResult Finish() => new NumberResult(
        cardinality.Name, _registers.Length > 0 ? DistinctCount.Estimate(_registers) : _hashes.Count);

    private void Condense()
    {
        if (_registers.Length > 0) return;
        _registers = new byte[1 << DistinctCount.Precision(cardinality.PrecisionThreshold)];
        foreach (var hash in _hashes) DistinctCount.Add(_registers, hash);
        _hashes.Clear();
    }
}

/// <summary>Distributions, joined bin by bin.</summary>
internal sealed class SketchReduce(string name, double error, IReadOnlyList<double> asked, bool areRanks) : PartReduce
{
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
        foreach (var bin in other.Bins) _bins[bin.Bin] = _bins.GetValueOrDefault(bin.Bin) + bin.Count;
    }

    public override AggregationResult Finish()
    {
        var sketch = new DistributionSketch(error);
        var part = new SketchPart(
            _type, _min, _max, [.. _bins.OrderBy(bin => bin.Key).Select(bin => new SketchBin(bin.Key, bin.Value))]);
        return new PercentilesResult(name, [.. asked.Select(one => new PercentileRow(one, Answer(sketch, part, one)))])
        {
            AreDates = !areRanks && _type == FieldType.Date,
        };
    }

    private double? Answer(DistributionSketch sketch, SketchPart part, double one)
    {
        if (part.Bins.Count == 0) return null;
        return areRanks ? 100 * sketch.Rank(part, one) : sketch.Quantile(part, Math.Clamp(one, 0, 100) / 100);
    }
}

/// <summary>The best documents.</summary>
internal sealed class HitsReduce(TopHitsAggregation wanted) : PartReduce
{
    private long _total;
    private IReadOnlyList<SearchHit> _hits = [];

    public override void Add(AggregationPart part)
    {
        if (part is not HitsPart other) return;
        _total += other.Total;
        _hits = HitMerge.Merge([_hits, other.Hits], wanted.Sort, 0, wanted.From + wanted.Size);
    }

    public override AggregationResult Finish() =>
        new HitsResult(wanted.Name, _total, [.. _hits.Skip(wanted.From).Take(wanted.Size)]);
}
