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
/// <param name="scope">What the search shares.</param>
/// <param name="name">Its name.</param>
/// <param name="field">The field.</param>
/// <param name="ranges">The ranges.</param>
/// <param name="within">What is computed for each.</param>
/// <param name="measure">Makes of a value what ranges are of; null where they are of values.</param>
internal sealed class RangeCollector(
    AggregationScope scope, string name, NumberField field, ValueSpan[] ranges, Collector[] within,
    Func<long, long>? measure = null)
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
                var first = FirstOf(buckets.IsEmpty ? 0 : buckets[place], ranges.Length);
                var value = measure is null ? values.Values[i] : measure(values.Values[i]);
                for (var range = 0; range < ranges.Length; range++)
                {
                    if (!ranges[range].Has(value)) continue;
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
        var first = FirstOf(bucket, ranges.Length);
        return new BucketsPart(
            [field.Type],
            [.. ranges.Select((range, i) => Send(first + i, SortValue.Of(i)) with { Keys = range.Bounds })]);
    }
}

/// <summary>One bucket for each cell that values are in: a histogram's steps, spans of time, cells of a grid.</summary>
/// <param name="scope">What the search shares.</param>
/// <param name="name">Its name.</param>
/// <param name="field">The field.</param>
/// <param name="cells">Which cells there are.</param>
/// <param name="within">What is computed for each.</param>
internal sealed class CellCollector(
    AggregationScope scope, string name, NumberField field, Cells cells, Collector[] within)
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
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets) =>
        PutByCell(field, _map, cells.Of, documents, buckets);

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) =>
        new BucketsPart([field.Type], Send(_map.Within(bucket), one => cells.KeyOf(_map.Key(one))));
}

/// <summary>Cells that values are in, and how they are told.</summary>
/// <param name="Of">The cell of a value.</param>
/// <param name="KeyOf">Its key as it is sent.</param>
internal sealed record Cells(CellOf Of, Func<long, SortValue> KeyOf)
{
    /// <summary>Numbers of steps stay exact as floating-point numbers.</summary>
    private const double NumberMax = 1L << 52;

    /// <summary>Steps of one width, by their number from the offset on.</summary>
    public static Cells OfSteps(AggregationScope scope, HistogramAggregation it, NumberField field) => new(
        (long value, out long cell) =>
        {
            var number = Math.Floor((field.Number(value) - it.Offset) / it.Interval);
            if (!(Math.Abs(number) <= NumberMax))
            {
                scope.Stop($"the interval {it.Interval} of histogram '{it.Name}' is too small for the value "
                    + $"{field.Number(value)}: it would be bucket {number}, 2^52 are told apart");
            }

            cell = (long)number;
            return true;
        },
        static cell => SortValue.Of(cell));

    /// <summary>Spans of time, by where they begin.</summary>
    public static Cells OfTime(DateCells cells) => new(
        (long value, out long cell) =>
        {
            cell = cells.Floor(value);
            return true;
        },
        static cell => SortValue.Of(cell));

    /// <summary>Cells of a grid over the globe.</summary>
    public static Cells OfGrid(GeoGridAggregation it) => it.Grid == GeoGridKind.Geohash
        ? new(
            (long value, out long cell) =>
            {
                cell = GeoCells.Geohash(value, it.Precision);
                return true;
            },
            cell => SortValue.Of(Geohash.Text((ulong)cell, it.Precision)))
        : new(
            (long value, out long cell) =>
            {
                cell = GeoCells.Tile(value, it.Precision);
                return true;
            },
            cell => SortValue.Of(GeoCells.TileText(cell, it.Precision)));
}
