using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>A range of values as columns hold them.</summary>
/// <param name="From">Lowest.</param>
/// <param name="To">The one above the highest; null leaves the side open.</param>
/// <param name="Bounds">Both bounds as they are told.</param>
internal readonly record struct ValueSpan(long From, long? To, SortValue[] Bounds)
{
    public bool Has(long value) => value >= From && (To is not { } to || value < to);
}

/// <summary>One bucket for each range, in the order of the request.</summary>
internal sealed class RangeCollector(
    AggregationScope scope, string name, NumberField field, ValueSpan[] ranges, Collector[] within)
    : BucketCollector(scope, name, within)
{
    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        field.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var place = values.Places[i];
                var first = (buckets.IsEmpty ? 0 : buckets[place]) * ranges.Length;
                for (var range = 0; range < ranges.Length; range++)
                {
                    if (!ranges[range].Has(values.Values[i])) continue;
                    if (values.HasSeveral) PutOnce(documents[place], first + range);
                    else Put(documents[place], first + range);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        if (!Scope.Send(ranges.Length, Name)) return new BucketsPart([field.Type], []);
        var first = bucket * ranges.Length;
        return new BucketsPart(
            [field.Type],
            [.. ranges.Select((range, i) => Send(first + i, SortValue.Of(i)) with { Keys = range.Bounds })]);
    }
}

/// <summary>Buckets of one width, by their number from the offset on.</summary>
internal sealed class HistogramCollector(
    AggregationScope scope, HistogramAggregation histogram, NumberField field, Collector[] within)
    : BucketCollector(scope, histogram.Name, within)
{
    /// <summary>Numbers of buckets stay exact as floating-point numbers.</summary>
    private const double NumberMax = 1L << 52;

    private readonly BucketMap _map = new(scope);

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        field.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0; count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var place = values.Places[i];
                var number = Math.Floor((field.Number(values.Values[i]) - histogram.Offset) / histogram.Interval);
                if (!(Math.Abs(number) <= NumberMax))
                {
                    Scope.Fail($"the interval {histogram.Interval} of histogram '{Name}' is too small for the value "
                        + $"{field.Number(values.Values[i])}: it would be bucket {number}, 2^52 are told apart");
                    return;
                }

                var bucket = _map.Take(buckets.IsEmpty ? 0 : buckets[place], (long)number);
                if (values.HasSeveral) PutOnce(documents[place], bucket);
                else Put(documents[place], bucket);
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var all = _map.Within(bucket).ToArray();
        return Scope.Send(all.Length, Name)
            ? new BucketsPart([field.Type], [.. all.Select(one => Send(one, SortValue.Of(_map.Key(one))))])
            : new BucketsPart([field.Type], []);
    }
}

/// <summary>Buckets of time, by where they begin.</summary>
internal sealed class DateHistogramCollector(
    AggregationScope scope, string name, NumberField field, DateCells cells, Collector[] within)
    : BucketCollector(scope, name, within)
{
    private readonly BucketMap _map = new(scope);

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        field.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0; count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var place = values.Places[i];
                var bucket = _map.Take(buckets.IsEmpty ? 0 : buckets[place], cells.Floor(values.Values[i]));
                if (values.HasSeveral) PutOnce(documents[place], bucket);
                else Put(documents[place], bucket);
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var all = _map.Within(bucket).ToArray();
        return Scope.Send(all.Length, Name)
            ? new BucketsPart([FieldType.Date], [.. all.Select(one => Send(one, SortValue.Of(_map.Key(one))))])
            : new BucketsPart([FieldType.Date], []);
    }
}
