using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Where the places of each bucket lie, and the sums of their coordinates: all whole numbers of the grid that places
/// are stored in, so that nothing is rounded. For bounds and centroids alike.
/// </summary>
internal sealed class PlaceCollector(AggregationScope scope, NumberField field) : Collector(scope)
{
    private static readonly Extent Nowhere = new(
        0, uint.MaxValue, uint.MinValue, uint.MaxValue, uint.MinValue, uint.MaxValue, uint.MinValue, 0, 0);

    private Extent[] _extents = [];

    /// <inheritdoc/>
    public override void Enter(SegmentView view) => field.Enter(view);

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var bucket = buckets.IsEmpty ? 0 : buckets[values.Places[i]];
                if (bucket >= _extents.Length) Reach(bucket);
                _extents[bucket].Add(values.Values[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) => (bucket < _extents.Length ? _extents[bucket] : Nowhere).Part();

    private void Reach(int bucket)
    {
        var from = _extents.Length;
        Scope.Grow(ref _extents, bucket + 1);
        Array.Fill(_extents, Nowhere, from, _extents.Length - from);
    }

    /// <summary>Of one bucket. East and west of Greenwich are kept apart, for boxes across the date line.</summary>
    private record struct Extent(
        long Count, uint South, uint North, uint WesternLow, uint WesternHigh, uint EasternLow, uint EasternHigh,
        ulong Rows, ulong Columns)
    {
        private const uint Greenwich = 1U << 31;

        public void Add(long place)
        {
            var (row, column) = GeoGrid.Split(place);
            Count++;
            Rows += row;
            Columns += column;
            South = Math.Min(South, row);
            North = Math.Max(North, row);
            if (column < Greenwich)
            {
                WesternLow = Math.Min(WesternLow, column);
                WesternHigh = Math.Max(WesternHigh, column);
            }
            else
            {
                EasternLow = Math.Min(EasternLow, column);
                EasternHigh = Math.Max(EasternHigh, column);
            }
        }

        public readonly PlacesPart Part() => Count == 0
            ? new PlacesPart(0)
            : new PlacesPart(Count)
            {
                South = GeoGrid.Latitude(South),
                North = GeoGrid.Latitude(North),
                Western = Half(WesternLow, WesternHigh),
                Eastern = Half(EasternLow, EasternHigh),
                Rows = Rows,
                Columns = Columns,
            };

        private static LongitudeRange? Half(uint low, uint high) =>
            low <= high ? new LongitudeRange(GeoGrid.Longitude(low), GeoGrid.Longitude(high)) : null;
    }
}

/// <summary>Makes the collectors that read the places of a field. One search.</summary>
internal sealed class PlaceCollectors(AggregationScope scope, ValueCollectors values)
{
    private static readonly FieldType[] Types = [FieldType.GeoPoint];

    public Collector? Distance(GeoDistanceAggregation it, Collector[] within)
    {
        if (it.Ranges.Count is 0 or > AggregationLimits.RowsMax)
            return Fail($"'{it.Name}' has {it.Ranges.Count} ranges; 1 to {AggregationLimits.RowsMax} are allowed");
        if (GeoPlans.Problem(it.Origin) is { } problem) return Fail($"the origin of '{it.Name}': {problem}");
        if (!(it.UnitMetres > 0) || !double.IsFinite(it.UnitMetres))
            return Fail($"'{it.Name}' has a unit of {it.UnitMetres} metres; it has to be above 0");
        if (values.TypeOf(it.Name, it.Field, Types) is null) return null;
        var (origin, unit) = (it.Origin, it.UnitMetres);
        return new RangeCollector(
            scope, it.Name, new NumberField(it.Field, FieldType.GeoPoint, null), [.. it.Ranges.Select(Span)], within,
            place => FieldValue.Sortable(GreatCircle.Metres(origin, GeoGrid.Decode(place)) / unit));
    }

    public Collector? Grid(GeoGridAggregation it, Collector[] within)
    {
        var (least, most) = GeoGridAggregation.Precisions(it.Grid);
        if (it.Precision < least || it.Precision > most)
            return Fail($"'{it.Name}' has a precision of {it.Precision}; allowed are {least} to {most}");
        if (!values.SizeFits(it.Name, it.Size)) return null;
        return values.TypeOf(it.Name, it.Field, Types) is null
            ? null
            : new CellCollector(
                scope, it.Name, new NumberField(it.Field, FieldType.GeoPoint, null), Cells.OfGrid(it), within);
    }

    public Collector? Places(string name, string field) => values.TypeOf(name, field, Types) is null
        ? null
        : new PlaceCollector(scope, new NumberField(field, FieldType.GeoPoint, null));

    private static ValueSpan Span(DistanceRange range) => new(
        range.From is { } from ? FieldValue.Sortable(from) : long.MinValue,
        range.To is { } to ? FieldValue.Sortable(to) : null,
        [
            range.From is { } low ? SortValue.Of(low) : default,
            range.To is { } high ? SortValue.Of(high) : default,
        ]);

    private Collector? Fail(string error)
    {
        scope.Fail(error);
        return null;
    }
}

/// <summary>Sums of values times weights and of weights, both exact: the average is their quotient.</summary>
/// <param name="scope">What the search shares.</param>
/// <param name="values">The values.</param>
/// <param name="weights">A weight for each document, for all of its values.</param>
internal sealed class WeightedCollector(AggregationScope scope, NumberField values, NumberField weights)
    : Collector(scope)
{
    private readonly ExactSums _products = new(scope);
    private readonly ExactSums _weights = new(scope);
    private readonly double[] _weightOf = new double[Block];
    private long[] _counts = [];

    private const int Block = 1_024;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        values.Enter(view);
        weights.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        for (var from = 0; from < documents.Length; from += Block)
        {
            var count = Math.Min(Block, documents.Length - from);
            CollectBlock(documents.Slice(from, count), buckets.IsEmpty ? default : buckets.Slice(from, count));
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) =>
        bucket >= _counts.Length || _counts[bucket] == 0
            ? new MetricPart(FieldType.Number, 0)
            : new MetricPart(FieldType.Number, _counts[bucket])
            {
                Sum = _products.Parts(bucket), Squares = _weights.Parts(bucket),
            };

    private void CollectBlock(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var weightOf = _weightOf.AsSpan(0, documents.Length);
        weightOf.Fill(double.NaN);
        weights.Values.Begin();
        for (var count = weights.Values.Read(documents); count > 0; count = weights.Values.Read(documents))
        {
            if (!Scope.Spend()) return;
            for (var i = 0; i < count; i++)
            {
                ref var weight = ref weightOf[weights.Values.Places[i]];
                if (!double.IsNaN(weight))
                    Scope.Stop("a document has several weights; a weighted average takes one for each document");
                weight = weights.Number(weights.Values.Values[i]);
            }
        }

        values.Values.Begin();
        for (var count = values.Values.Read(documents); count > 0; count = values.Values.Read(documents))
        {
            if (!Scope.Spend()) return;
            for (var i = 0; i < count; i++)
            {
                var place = values.Values.Places[i];
                if (!double.IsNaN(weightOf[place]))
                    Add(buckets.IsEmpty ? 0 : buckets[place], values.Number(values.Values.Values[i]), weightOf[place]);
            }
        }
    }

    private void Add(int bucket, double value, double weight)
    {
        var product = value * weight;
        if (!double.IsFinite(product))
            Scope.Stop($"the product of the value {value} and its weight {weight} is no number");
        Scope.Grow(ref _counts, bucket + 1);
        _counts[bucket]++;
        _products.Add(bucket, product);
        _products.Add(bucket, Math.FusedMultiplyAdd(value, weight, -product));
        _weights.Add(bucket, weight);
    }
}
