using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>What is told of some numbers.</summary>
internal enum NumberKind
{
    /// <summary>SUM.</summary>
    Sum,

    /// <summary>AVG.</summary>
    Mean,

    /// <summary>MIN.</summary>
    Least,

    /// <summary>MAX.</summary>
    Greatest,

    /// <summary>STDDEV.</summary>
    Deviation,
}

/// <summary>
/// What SUM, AVG, MIN, MAX and STDDEV are made of, whoever counted: the steps of FT.AGGREGATE or the leaves.
/// </summary>
/// <param name="Count">Numbers.</param>
/// <param name="Sum">Their sum, rounded once.</param>
/// <param name="Least">The lowest; infinity of none.</param>
/// <param name="Greatest">The highest; minus infinity of none.</param>
/// <param name="SampleVariance">Of a sample; null where there is none, or it is too large.</param>
internal readonly record struct NumberSummary(
    long Count, double Sum, double Least, double Greatest, double? SampleVariance)
{
    /// <summary>Of no numbers.</summary>
    public static NumberSummary None { get; } = new(0, 0, double.PositiveInfinity, double.NegativeInfinity, null);

    /// <summary>With one number more, but for sum and variance.</summary>
    public NumberSummary With(double number) => this with
    {
        Count = Count + 1, Least = Math.Min(Least, number), Greatest = Math.Max(Greatest, number),
    };

    /// <summary>One of them.</summary>
    public double Of(NumberKind kind) => kind switch
    {
        NumberKind.Sum => Sum,
        NumberKind.Mean => Sum / Count,
        NumberKind.Least => Least,
        NumberKind.Greatest => Greatest,
        _ => Count < 2 ? 0 : SampleVariance is { } variance ? Math.Sqrt(variance) : double.NaN,
    };
}

/// <summary>The parts of an <see cref="ExactSum"/>, in no more memory than they need. One thread.</summary>
internal sealed class ExactParts
{
    private const int PartsMin = 4;

    private double[] _parts = [];
    private int _count;

    /// <summary>The sum, rounded once.</summary>
    public double Value
    {
        get
        {
            var sum = new ExactSum();
            sum.AddParts(Parts());
            return sum.Value;
        }
    }

    /// <summary>Adds a finite number.</summary>
    /// <returns>Bytes that it needs more.</returns>
    public int Add(double number)
    {
        var grown = 0;
        if (_count + 1 >= _parts.Length && _parts.Length < ExactSum.PartsMax)
        {
            var length = Math.Min(ExactSum.PartsMax, Math.Max(PartsMin, 2 * _parts.Length));
            grown = (length - _parts.Length) * sizeof(double);
            Array.Resize(ref _parts, length);
        }

        _count = ExactSum.Add(_parts, _count, number);
        return grown;
    }

    /// <summary>The variance of a sample of so many numbers; null of fewer than two, and where it is too large.
    /// </summary>
    /// <param name="squares">The sum of their squares.</param>
    /// <param name="count">How many.</param>
    public double? SampleVariance(ExactParts squares, long count) =>
        count > 1 ? ExactSum.Variance(Parts(), squares.Parts(), count) * count / (count - 1) : null;

    private double[] Parts() => _parts[.._count];
}
