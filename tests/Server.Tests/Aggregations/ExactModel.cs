using System.Numerics;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Sums by integers of as many bits as they need.</summary>
internal static class ExactModel
{
    private const int Scale = 1_074;

    public static double Sum(IEnumerable<double> numbers) =>
        Rounded(numbers.Aggregate(BigInteger.Zero, (sum, number) => sum + Fixed(number)), Scale);

    public static double Variance(IReadOnlyList<double> numbers)
    {
        var sum = numbers.Aggregate(BigInteger.Zero, (all, number) => all + Fixed(number));
        var squares = numbers.Aggregate(BigInteger.Zero, (all, number) => all + BigInteger.Pow(Fixed(number), 2));
        return Math.Max(0, Rounded((numbers.Count * squares) - (sum * sum), 2 * Scale))
            / numbers.Count / numbers.Count;
    }

    public static double SumOfSquares(IEnumerable<double> numbers) => Rounded(
        numbers.Aggregate(BigInteger.Zero, (all, number) => all + BigInteger.Pow(Fixed(number), 2)), 2 * Scale);

    /// <summary>The number times 2^1074, which is whole.</summary>
    private static BigInteger Fixed(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        if (exponent > 0) mantissa |= 1L << 52;
        var value = new BigInteger(mantissa) << Math.Max(0, exponent - 1);
        return bits < 0 ? -value : value;
    }

    /// <summary>Rounds half to even.</summary>
    private static double Rounded(BigInteger value, int scale)
    {
        var magnitude = BigInteger.Abs(value);
        var shift = Math.Max(0, (int)magnitude.GetBitLength() - 53);
        var kept = magnitude >> shift;
        var rest = magnitude - (kept << shift);
        if (shift > 0)
        {
            var half = BigInteger.One << (shift - 1);
            if (rest > half || (rest == half && !kept.IsEven)) kept++;
        }

        // In two steps, because 2^-2148 is no number.
        var exponent = shift - scale;
        var number = Math.ScaleB(Math.ScaleB((double)kept, exponent / 2), exponent - (exponent / 2));
        return value.Sign < 0 ? -number : number;
    }
}
