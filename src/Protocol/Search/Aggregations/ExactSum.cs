namespace Hedgerow.Protocol;

/// <summary>
/// A sum of finite numbers without any rounding before the end: what it tells does not depend on the order of what was
/// added, nor on how it was split. One thread.
/// </summary>
/// <remarks>
/// The sum is kept as a few numbers that do not overlap (Shewchuk, "Adaptive Precision Floating-Point Arithmetic",
/// 1997), mostly two or three. All is scaled by 2^-64, so that 2^63 values of the highest magnitude do not overflow on
/// the way; in exchange values below 2^-958 count rounded to multiples of 2^-1010, each for itself.
/// </remarks>
public sealed class ExactSum
{
    /// <summary>No sum has more parts.</summary>
    public const int PartsMax = 48;

    private const double Down = 1.0 / (1UL << 63) / 2;
    private const double Up = (1UL << 63) * 2.0;

    private double[] _parts = new double[4];
    private int _count;

    /// <summary>The parts of the sum so far, scaled, lowest first.</summary>
    public ReadOnlySpan<double> Parts => _parts.AsSpan(0, _count);

    /// <summary>The sum, rounded to the nearest once; infinite where no number is so large.</summary>
    public double Value => Round(Parts) * Up;

    /// <summary>Adds a number.</summary>
    public void Add(double value) => AddScaled(value * Down);

    /// <summary>Adds the parts of another sum.</summary>
    public void AddParts(IReadOnlyList<double> parts)
    {
        for (var i = 0; i < parts.Count; i++) AddScaled(parts[i]);
    }

    /// <summary>Adds a number to parts of a sum.</summary>
    /// <param name="parts">Room for one part more than there are.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="value">A number.</param>
    /// <returns>How many there are then.</returns>
    public static int Add(Span<double> parts, int count, double value) => Grow(parts, count, value * Down);

    /// <summary>
    /// Of n values n times the sum of their squares less the square of their sum, correctly rounded, by n²: their
    /// variance. Null where it is too large.
    /// </summary>
    /// <param name="sum">Parts of their sum.</param>
    /// <param name="squares">Parts of the sum of their squares.</param>
    /// <param name="count">How many, above 0.</param>
    public static double? Variance(IReadOnlyList<double> sum, IReadOnlyList<double> squares, long count)
    {
        // Both are brought to the scale of a product of two sums, where each product is exact as a sum of two numbers.
        var exact = new ExactSum();
        foreach (var part in squares) exact.AddProduct(part * Down, count, 1);
        foreach (var a in sum)
            foreach (var b in sum) exact.AddProduct(a, b, -1);
        var variance = Round(exact.Parts) * Up / count * Up / count;
        return double.IsFinite(variance) ? Math.Max(0, variance) : null;
    }

    private void AddScaled(double scaled)
    {
        // Mostly two or three parts, and sums are many.
        if (_count + 1 >= _parts.Length && _parts.Length < PartsMax)
            Array.Resize(ref _parts, Math.Min(PartsMax, _parts.Length * 2));
        _count = Grow(_parts, _count, scaled);
    }

    private void AddProduct(double a, double b, int sign)
    {
        var high = a * b;
        AddScaled(sign * high);
        AddScaled(sign * Math.FusedMultiplyAdd(a, b, -high));
    }

    private static int Grow(Span<double> parts, int count, double x)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var y = parts[i];
            var high = x + y;
            var low = Math.Abs(x) < Math.Abs(y) ? x - (high - y) : y - (high - x);
            if (low != 0) parts[kept++] = low;
            x = high;
        }

        if (x != 0) parts[kept++] = x;
        return kept;
    }

    /// <summary>The parts as one number, rounded half to even as if there were no parts.</summary>
    private static double Round(ReadOnlySpan<double> parts)
    {
        if (parts.IsEmpty) return 0;
        var i = parts.Length - 1;
        var high = parts[i];
        double low = 0;
        while (i > 0 && low == 0)
        {
            var x = high;
            var y = parts[--i];
            high = x + y;
            low = y - (high - x);
        }

        // Half way between two numbers the next part decides.
        if (i > 0 && low != 0 && low < 0 == parts[i - 1] < 0)
        {
            var twice = low * 2;
            var other = high + twice;
            if (twice == other - high) high = other;
        }

        return high;
    }
}
