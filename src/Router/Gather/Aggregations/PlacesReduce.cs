using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Where places lie: the corners of their box, or their middle.</summary>
/// <param name="it">A <see cref="GeoBoundsAggregation"/> or <see cref="GeoCentroidAggregation"/>.</param>
internal sealed class PlacesReduce(Aggregation it) : PartReduce
{
    private const double Steps = 1L << 32;

    private long _count;
    private double _south = double.PositiveInfinity;
    private double _north = double.NegativeInfinity;
    private LongitudeRange? _western;
    private LongitudeRange? _eastern;
    private UInt128 _rows;
    private UInt128 _columns;

    public override void Add(AggregationPart part)
    {
        if (part is not PlacesPart { Count: > 0 } other) return;
        _count += other.Count;
        _south = Math.Min(_south, other.South);
        _north = Math.Max(_north, other.North);
        _western = Union(_western, other.Western);
        _eastern = Union(_eastern, other.Eastern);
        _rows += other.Rows;
        _columns += other.Columns;
    }

    public override AggregationResult Finish()
    {
        if (it is GeoBoundsAggregation bounds) return Box(bounds);
        GeoPoint? middle = _count == 0
            ? null
            : new GeoPoint(
                (((double)_rows / _count) / Steps * 180) - 90, (((double)_columns / _count) / Steps * 360) - 180);
        return new CentroidResult(it.Name, middle, _count);
    }

    private BoundsResult Box(GeoBoundsAggregation bounds)
    {
        var (west, east) = (_western, _eastern) switch
        {
            (null, null) => (double.NaN, double.NaN),
            ({ } only, null) => (only.West, only.East),
            (null, { } only) => (only.West, only.East),
            // Over the date line the box reaches from the east's beginning to the west's end.
            ({ } left, { } right) => bounds.WrapsLongitude && 360 - right.West + left.East < right.East - left.West
                ? (right.West, left.East)
                : (left.West, right.East),
        };
        return double.IsNaN(west)
            ? new BoundsResult(it.Name, null, null)
            : new BoundsResult(it.Name, new GeoPoint(_north, west), new GeoPoint(_south, east));
    }

    private static LongitudeRange? Union(LongitudeRange? a, LongitudeRange? b)
    {
        if (a is not { } x) return b;
        return b is { } y ? new LongitudeRange(Math.Min(x.West, y.West), Math.Max(x.East, y.East)) : a;
    }
}
