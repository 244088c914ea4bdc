using System.IO.Hashing;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>A number that a document has, whatever the query's terms: what scores are changed by. One search.</summary>
internal abstract class ScoreFactor
{
    /// <summary>Whether every document has one.</summary>
    public virtual bool IsForAll => true;

    /// <summary>What it is, for an explanation.</summary>
    public abstract string Description { get; }

    /// <summary>A reader of one segment.</summary>
    public abstract FactorReader Open(SegmentView view);
}

/// <summary>Reads one segment's numbers, of documents in any order.</summary>
internal abstract class FactorReader
{
    /// <summary>No document of the segment has more.</summary>
    public abstract double Bound { get; }

    /// <summary>The number of a document; false when it has none.</summary>
    public abstract bool TryRead(int document, out double value);
}

/// <summary>The same number for all.</summary>
internal sealed class FixedFactor(double number, string description) : ScoreFactor
{
    public override string Description => description;

    public override FactorReader Open(SegmentView view) => new Reader(number);

    private sealed class Reader(double number) : FactorReader
    {
        public override double Bound => number > 0 ? number : 0;

        public override bool TryRead(int document, out double value)
        {
            value = number;
            return true;
        }
    }
}

/// <summary>A function of the lowest or highest value of a field.</summary>
/// <param name="field">A number, integer, date or boolean field.</param>
/// <param name="highest">Which of several.</param>
/// <param name="missing">What a document without one counts as, if anything.</param>
/// <param name="curve">What becomes of it.</param>
/// <param name="hasPole">Whether the curve has no bound near 0; else no value of it between two is above both.</param>
internal sealed class ValueFactor(
    FieldSchema field, bool highest, double? missing, Func<double, double> curve, bool hasPole) : ScoreFactor
{
    public override bool IsForAll => missing is not null;

    public override string Description => $"value of {@field.Name}";

    public override FactorReader Open(SegmentView view) =>
        new Reader(this, view.Segment.Field(field.Name, field.Type)?.Column ?? default, view.Segment.DocumentCount);

    private double? Read(ValueColumn column, int document)
    {
        double? found = null;
        var count = column.Count(document);
        for (var i = 0; i < count; i++)
        {
            var value = FieldValue.NumberOf(field.Type, column[document, i]);
            if (found is null || (highest ? value > found : value < found)) found = value;
        }

        return (found ?? missing) is { } own ? curve(own) : null;
    }

    /// <summary>A curve's values between two lie below one at an end.</summary>
    private double BoundOf(ValueColumn column, int documents)
    {
        var bound = missing is { } own ? Math.Max(0, curve(own)) : 0;
        long low = long.MaxValue, high = long.MinValue;
        for (var document = 0; !column.IsEmpty && document < documents; document += ValueColumn.BlockDocuments)
        {
            var (blockLow, blockHigh) = column.Bounds(document);
            if (blockLow > blockHigh) continue;
            low = Math.Min(low, blockLow);
            high = Math.Max(high, blockHigh);
        }

        if (low > high) return double.IsNaN(bound) ? 0 : bound;
        var (least, most) = (FieldValue.NumberOf(field.Type, low), FieldValue.NumberOf(field.Type, high));
        if (hasPole && least <= 0) return double.PositiveInfinity;

        // What is no number counts as 0.
        foreach (var end in (ReadOnlySpan<double>)[curve(least), curve(most)])
            if (!(end <= bound)) bound = double.IsNaN(end) ? bound : end;
        return double.IsNaN(bound) ? double.PositiveInfinity : bound;
    }

    private sealed class Reader(ValueFactor factor, ValueColumn column, int documents) : FactorReader
    {
        public override double Bound { get; } = factor.BoundOf(column, documents);

        public override bool TryRead(int document, out double value)
        {
            var read = factor.Read(column, document);
            value = read ?? 0;
            return read is not null;
        }
    }
}

/// <summary>A function of the distances of a field's values from an origin.</summary>
/// <param name="field">A number, integer, date or geo point field.</param>
/// <param name="measure">The distance of each.</param>
/// <param name="mode">What several count as.</param>
/// <param name="missing">The number of a document without a value, if any.</param>
/// <param name="curve">What becomes of a distance: 0 to 1.</param>
internal sealed class DistanceFactor(
    FieldSchema field, Measure measure, ValueMode mode, double? missing, Func<double, double> curve) : ScoreFactor
{
    public override bool IsForAll => missing is not null;

    public override string Description => $"distance of {@field.Name}";

    public override FactorReader Open(SegmentView view) =>
        new Reader(this, view.Segment.Field(field.Name, field.Type)?.Column ?? default);

    private double? Read(ValueColumn column, int document, ref double[] distances)
    {
        var count = column.Count(document);
        if (count == 0) return missing;
        if (count == 1) return curve(measure.Of(column[document, 0]));
        if (distances.Length < count) distances = new double[count * 2];
        for (var i = 0; i < count; i++) distances[i] = measure.Of(column[document, i]);
        return curve(Several.Of(mode, distances.AsSpan(0, count)));
    }

    private sealed class Reader(DistanceFactor factor, ValueColumn column) : FactorReader
    {
        private double[] _distances = [];

        public override double Bound => 1;

        public override bool TryRead(int document, out double value)
        {
            var read = factor.Read(column, document, ref _distances);
            value = read ?? 0;
            return read is not null;
        }
    }
}

/// <summary>A number from 0 to below 1, in steps of 2^-24, by the path and a seed: XxHash3 of the path.</summary>
internal sealed class RandomFactor(long seed) : ScoreFactor
{
    public override string Description => $"random number by the path, seed {seed}";

    /// <summary>The number of a path.</summary>
    public static double Of(ReadOnlySpan<byte> path, long seed) =>
        (XxHash3.HashToUInt64(path, seed) >> 40) / (double)(1 << 24);

    public override FactorReader Open(SegmentView view) => new Reader(view.Segment.Paths, seed);

    private sealed class Reader(PathTable paths, long seed) : FactorReader
    {
        private PathCursor? _cursor;

        public override double Bound => 1;

        public override bool TryRead(int document, out double value)
        {
            // Documents mostly come in order, and neighbours share a block.
            if (_cursor is null || document < _cursor.Number || document - _cursor.Number > PathTable.BlockPaths)
                _cursor = paths.CursorAt(document);
            while (_cursor.Number < document) _cursor.MoveNext();
            value = Of(_cursor.Path, seed);
            return true;
        }
    }
}
