using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Sums of many buckets, each exact: see <see cref="ExactSum"/>. One search.</summary>
/// <remarks>
/// The parts of a bucket's sum lie side by side in one array, four for each: more are needed only where magnitudes lie
/// more than 2^150 apart. Such a bucket goes on with a sum of its own.
/// </remarks>
internal sealed class ExactSums(AggregationScope scope)
{
    private const int Inline = 4;
    private const byte Moved = byte.MaxValue;

    private readonly Dictionary<int, ExactSum> _long = [];
    private double[] _parts = [];
    private byte[] _counts = [];

    /// <summary>Adds a number to the sum of a bucket.</summary>
    public void Add(int bucket, double value)
    {
        if (bucket >= _counts.Length)
        {
            scope.Grow(ref _counts, bucket + 1);
            scope.Grow(ref _parts, _counts.Length * Inline);
        }

        var count = _counts[bucket];
        if (count == Moved)
        {
            _long[bucket].Add(value);
            return;
        }

        Span<double> room = stackalloc double[Inline + 1];
        var parts = _parts.AsSpan(bucket * Inline, Inline);
        parts.CopyTo(room);
        var next = ExactSum.Add(room, count, value);
        if (next <= Inline)
        {
            room[..Inline].CopyTo(parts);
            _counts[bucket] = (byte)next;
            return;
        }

        scope.Hold(ExactSum.PartsMax * sizeof(double));
        var sum = new ExactSum();
        sum.AddParts(room[..next].ToArray());
        _long[bucket] = sum;
        _counts[bucket] = Moved;
    }

    /// <summary>Adds a whole number, exactly.</summary>
    public void Add(int bucket, Int128 value)
    {
        for (var rest = value; rest != 0;)
        {
            var part = (double)rest;
            Add(bucket, part);
            rest -= (Int128)part;
        }
    }

    /// <summary>The parts of a bucket's sum.</summary>
    public double[] Parts(int bucket)
    {
        if (bucket >= _counts.Length) return [];
        scope.Hold((_counts[bucket] == Moved ? ExactSum.PartsMax : Inline) * sizeof(double));
        return _counts[bucket] == Moved
            ? _long[bucket].Parts.ToArray()
            : _parts.AsSpan(bucket * Inline, _counts[bucket]).ToArray();
    }
}
