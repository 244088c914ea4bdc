using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>A field of numbers, dates or booleans, read segment by segment. One search.</summary>
/// <param name="name">Its name.</param>
/// <param name="type">Its type.</param>
/// <param name="missing">The value of documents without one; null leaves them out.</param>
internal sealed class NumberField(string name, FieldType type, long? missing)
{
    /// <summary>What it holds.</summary>
    public FieldType Type => type;

    /// <summary>Its values in the segment entered.</summary>
    public ColumnValues Values { get; } = new(missing);

    /// <summary>Goes to a segment.</summary>
    public void Enter(SegmentView view) => Values.Enter(view.Segment.Field(name, type)?.Column ?? default);

    /// <summary>A value as a number.</summary>
    public double Number(long value) => type == FieldType.Number ? FieldValue.Number(value) : value;

    /// <summary>A value as it is sent.</summary>
    public SortValue KeyOf(long value) =>
        type == FieldType.Number ? SortValue.Of(FieldValue.Number(value)) : SortValue.Of(value);

    /// <summary>A number as a column holds it; rounded down where only whole ones are held.</summary>
    public static long Stored(FieldType type, double number) =>
        type == FieldType.Number ? FieldValue.Sortable(number) : Whole(Math.Floor(number));

    /// <summary>A number without fraction, or the nearest of 64 bits.</summary>
    public static long Whole(double number) => number >= long.MaxValue ? long.MaxValue
        : number <= long.MinValue ? long.MinValue : (long)number;
}
