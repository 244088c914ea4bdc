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
        return stats with { Spread = Spread(_sum, _squares, _count, metric.Sigma) };
    }

    /// <summary>How far values are spread whose sums, and sums of squares, are these.</summary>
    public static SpreadResult Spread(ExactSum sum, ExactSum squares, long count, double sigma)
    {
        var variance = ExactSum.Variance(sum.Parts.ToArray(), squares.Parts.ToArray(), count);
        var sample = count > 1 ? variance * count / (count - 1) : null;
        return new SpreadResult(Known(squares.Value), variance, sample, sigma);
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>The quotient of two exact sums.</summary>
internal sealed class WeightedReduce(WeightedAverageAggregation it) : PartReduce
{
    private readonly ExactSum _products = new();
    private readonly ExactSum _weights = new();

    public override void Add(AggregationPart part)
    {
        if (part is not MetricPart { Count: > 0 } other) return;
        _products.AddParts(other.Sum);
        _weights.AddParts(other.Squares);
    }

    public override AggregationResult Finish()
    {
        // A sum of weights beyond all numbers would make 0 of any products.
        var average = _products.Value / _weights.Value;
        var isKnown = double.IsFinite(average) && double.IsFinite(_weights.Value);
        return new NumberResult(it.Name, isKnown ? average : null);
    }
}

/// <summary>Different values: hashes while they are few, registers from then on.</summary>
internal sealed class CardinalityReduce(CardinalityAggregation cardinality, ReduceScope scope) : PartReduce
{
    private const int BytesPerHash = 32;

    private readonly HashSet<ulong> _hashes = [];
    private byte[] _registers = [];

    public override void Add(AggregationPart part)
    {
        if (part is not CardinalityPart other) return;
        var known = _hashes.Count;
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

        scope.Hold(Math.Max(0, _hashes.Count - known) * BytesPerHash);
    }

    public override AggregationResult Finish() => new NumberResult(
        cardinality.Name, _registers.Length > 0 ? DistinctCount.Estimate(_registers) : _hashes.Count);

    private void Condense()
    {
        if (_registers.Length > 0) return;
        _registers = new byte[1 << DistinctCount.Precision(cardinality.PrecisionThreshold)];
        scope.Hold(_registers.Length);
        foreach (var hash in _hashes) DistinctCount.Add(_registers, hash);
        _hashes.Clear();
    }
}

/// <summary>The best documents.</summary>
internal sealed class HitsReduce(TopHitsAggregation wanted, ReduceScope scope) : PartReduce
{
    private const int BytesPerHit = 200;

    private long _total;
    private IReadOnlyList<SearchHit> _hits = [];

    public override void Add(AggregationPart part)
    {
        if (part is not HitsPart other) return;
        _total += other.Total;
        scope.Hold(other.Hits.Count * BytesPerHit);
        _hits = HitMerge.Merge([_hits, other.Hits], wanted.Sort, 0, wanted.From + wanted.Size);
    }

    public override AggregationResult Finish() =>
        new HitsResult(wanted.Name, _total, [.. _hits.Skip(wanted.From).Take(wanted.Size)]);
}
