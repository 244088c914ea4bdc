using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>How far a column's values are from an origin. Immutable.</summary>
internal abstract class Measure
{
    /// <summary>The distance, 0 or more: in the field's own numbers, in milliseconds, or in metres.</summary>
    public abstract double Of(long value);
}

/// <summary>Numbers and dates.</summary>
internal sealed class NumberMeasure(FieldType type, double origin) : Measure
{
    public override double Of(long value) => Math.Abs(FieldValue.NumberOf(type, value) - origin);
}

/// <summary>Places.</summary>
internal sealed class PlaceMeasure(GeoPoint origin) : Measure
{
    public override double Of(long value) => GreatCircle.Metres(origin, GeoGrid.Decode(value));
}
