using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Numbers of a field: count, lowest, highest, sum, sum of squares, as far as they are asked for.</summary>
internal sealed class MetricCollector(AggregationScope scope, NumberField field, MetricKind kind) : Collector(scope)
{
    private readonly ExactSums? _sums = kind is MetricKind.Sum or MetricKind.Average or >= MetricKind.Stats
        ? new ExactSums(scope)
        : null;

    private readonly ExactSums? _squares = kind == MetricKind.ExtendedStats ? new ExactSums(scope) : null;
    private long[] _counts = [];
    private long[] _lowest = [];
    private long[] _highest = [];

    /// <inheritdoc/>
    public override void Enter(SegmentView view) => field.Enter(view);

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            var read = values.Values.AsSpan(0, count);
            if (buckets.IsEmpty) AddAll(read);
            else
                for (var i = 0; i < count; i++) AddOne(buckets[values.Places[i]], read[i]);
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        if (bucket >= _counts.Length || _counts[bucket] == 0) return new MetricPart(field.Type, 0);
        return new MetricPart(field.Type, _counts[bucket])
        {
            Min = field.Number(_lowest[bucket]),
            Max = field.Number(_highest[bucket]),
            Sum = _sums?.Parts(bucket) ?? [],
            Squares = _squares?.Parts(bucket) ?? [],
        };
    }

    private void AddAll(ReadOnlySpan<long> values)
    {
        Reach(0);
        long low = _lowest[0], high = _highest[0];
        foreach (var value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        (_lowest[0], _highest[0]) = (low, high);
        _counts[0] += values.Length;
        if (_sums is null) return;
        if (field.Type == FieldType.Number)
        {
            foreach (var value in values) _sums.Add(0, field.Number(value));
        }
        else
        {
            var sum = Int128.Zero;
            foreach (var value in values) sum += value;
            _sums.Add(0, sum);
        }

        if (_squares is null) return;
        foreach (var value in values) AddSquare(0, value);
    }

    private void AddOne(int bucket, long value)
    {
        Reach(bucket);
        _lowest[bucket] = Math.Min(_lowest[bucket], value);
        _highest[bucket] = Math.Max(_highest[bucket], value);
        _counts[bucket]++;
        if (_sums is null) return;
        if (field.Type == FieldType.Number) _sums.Add(bucket, field.Number(value));
        else _sums.Add(bucket, (Int128)value);
        if (_squares is not null) AddSquare(bucket, value);
    }

    private void AddSquare(int bucket, long value)
    {
        var number = field.Number(value);
        var square = number * number;
        if (!double.IsFinite(square))
        {
            Scope.Stop($"the square of {number} is no number; extended statistics take magnitudes up to 1e154");
        }

        _squares!.Add(bucket, square);
        _squares.Add(bucket, Math.FusedMultiplyAdd(number, number, -square));
    }

    private void Reach(int bucket)
    {
        if (bucket < _counts.Length) return;
        var from = _counts.Length;
        Scope.Grow(ref _counts, bucket + 1);
        Scope.Grow(ref _lowest, _counts.Length);
        Scope.Grow(ref _highest, _counts.Length);
        Array.Fill(_lowest, long.MaxValue, from, _lowest.Length - from);
        Array.Fill(_highest, long.MinValue, from, _highest.Length - from);
    }
}

/// <summary>How many keywords there are: nothing else can be computed of them.</summary>
internal sealed class KeywordCountCollector(AggregationScope scope, SegmentTerms terms) : Collector(scope)
{
    private long[] _counts = [];

    /// <inheritdoc/>
    public override void Enter(SegmentView view) => terms.Enter(view);

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = terms.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var bucket = buckets.IsEmpty ? 0 : buckets[values.Places[i]];
                Scope.Grow(ref _counts, bucket + 1);
                _counts[bucket]++;
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) =>
        new MetricPart(FieldType.Keyword, bucket < _counts.Length ? _counts[bucket] : 0);
}
