using System.Globalization;
using System.Numerics;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// The 80-bit floating point number that INCRBYFLOAT and HINCRBYFLOAT count in, as Redis does on x86-64 (C's <c>long
/// double</c>): 64 bits of mantissa, exponents from 2^-16445 to 2^16383, rounded to nearest, ties to even.
/// </summary>
/// <remarks>
/// In software and exact: text becomes a ratio of big integers, and that is rounded once. So sums and their texts are
/// Redis's own digit for digit, which neither <see cref="double"/> nor <see cref="decimal"/> would give: 3.0e3 plus
/// 200 is 3200, and 0.1 plus 0.2 is 0.3. Texts are at most <see cref="TextBytesMax"/> bytes, so the integers are
/// bounded at some 35,000 bits. Hexadecimal floats, which C's parser takes, are refused.
/// </remarks>
internal readonly struct ExtendedFloat
{
    /// <summary>Bytes of a number's text, at most: as Redis, room for the largest with all its digits.</summary>
    public const int TextBytesMax = 5 * 1024 - 1;

    private const int MantissaBits = 64;
    private const int ExponentMin = -16_445;
    private const int ExponentMax = 16_383 - (MantissaBits - 1);
    private const int Decimals = 17;

    /// <summary>Powers of ten beyond which a number is surely infinite, or surely rounds to zero.</summary>
    private const int DecimalExponentMax = 4_940;
    private const int DecimalExponentMin = -4_960;

    private static readonly BigInteger FormatScale = BigInteger.Pow(10, Decimals);

    private readonly BigInteger _mantissa;
    private readonly int _exponent;

    private ExtendedFloat(BigInteger mantissa, int exponent, bool infinite)
    {
        _mantissa = mantissa;
        _exponent = exponent;
        IsInfinite = infinite;
    }

    /// <summary>Whether it is beyond the largest number: no value to store.</summary>
    public bool IsInfinite { get; }

    /// <summary>
    /// Reads all of <paramref name="text"/>: digits with an optional sign, point and exponent, or <c>inf</c>. False
    /// for anything else, for what is not a number, and for a number that is too large or too small but not zero.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ExtendedFloat number)
    {
        number = default;
        if (text.IsEmpty || text.Length > TextBytesMax) return false;
        var negative = text[0] == '-';
        var rest = negative || text[0] == '+' ? text[1..] : text;
        if (Ascii.EqualsIgnoreCase(rest, "inf"u8) || Ascii.EqualsIgnoreCase(rest, "infinity"u8))
        {
            number = new ExtendedFloat(negative ? -1 : 1, 0, infinite: true);
            return true;
        }

        if (!TryReadDecimal(rest, out var digits, out var exponent)) return false;
        if (digits.IsZero) return true;
        var magnitude = exponent + (long)digits.GetBitLength() * 30_103 / 100_000;
        if (magnitude is > DecimalExponentMax or < DecimalExponentMin) return false;
        if (negative) digits = -digits;
        number = exponent >= 0
            ? Round(digits * BigInteger.Pow(10, (int)exponent), BigInteger.One, 0)
            : Round(digits, BigInteger.Pow(10, (int)-exponent), 0);
        return !number.IsInfinite && !number._mantissa.IsZero;
    }

    /// <summary>The sum, rounded once; infinite when it is beyond the largest number.</summary>
    public static ExtendedFloat operator +(ExtendedFloat left, ExtendedFloat right)
    {
        if (left.IsInfinite) return left;
        if (right.IsInfinite) return right;
        var exponent = Math.Min(left._exponent, right._exponent);
        var sum = (left._mantissa << (left._exponent - exponent)) + (right._mantissa << (right._exponent - exponent));
        return Round(sum, BigInteger.One, exponent);
    }

    /// <summary>The text that is stored and answered: 17 decimals, less the zeros at the end.</summary>
    public byte[] Format()
    {
        var scaled = BigInteger.Abs(_mantissa) * FormatScale;
        scaled = _exponent >= 0 ? scaled << _exponent : DivideToEven(scaled, BigInteger.One << -_exponent);
        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(Decimals + 1, '0');
        var whole = text[..^Decimals];
        var decimals = text[^Decimals..].TrimEnd('0');
        var sign = _mantissa.Sign < 0 && !scaled.IsZero ? "-" : "";
        return Encoding.ASCII.GetBytes(decimals.Length == 0 ? sign + whole : $"{sign}{whole}.{decimals}");
    }

    private static bool TryReadDecimal(ReadOnlySpan<byte> text, out BigInteger digits, out long exponent)
    {
        digits = default;
        exponent = 0;
        Span<char> kept = stackalloc char[TextBytesMax];
        var count = 0;
        var i = 0;
        var point = -1;
        for (; i < text.Length; i++)
        {
            if (text[i] is >= (byte)'0' and <= (byte)'9') kept[count++] = (char)text[i];
            else if (text[i] == '.' && point < 0) point = count;
            else break;
        }

        if (count == 0) return false;
        if (i < text.Length && !TryReadExponent(text[i..], out exponent)) return false;
        if (point >= 0) exponent -= count - point;
        digits = BigInteger.Parse(kept[..count], NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, out long exponent)
    {
        const long Bound = 1_000_000;
        exponent = 0;
        if (text[0] is not ((byte)'e' or (byte)'E')) return false;
        text = text[1..];
        var negative = !text.IsEmpty && text[0] == '-';
        if (negative || (!text.IsEmpty && text[0] == '+')) text = text[1..];
        if (text.IsEmpty) return false;
        foreach (var symbol in text)
        {
            if (symbol is < (byte)'0' or > (byte)'9') return false;
            exponent = Math.Min(Bound, exponent * 10 + (symbol - '0'));
        }

        if (negative) exponent = -exponent;
        return true;
    }

    /// <summary>The nearest number to numerator / denominator * 2^exponent.</summary>
    private static ExtendedFloat Round(BigInteger numerator, BigInteger denominator, int exponent)
    {
        if (numerator.IsZero) return default;
        var negative = numerator.Sign < 0;
        numerator = BigInteger.Abs(numerator);
        var shift = (int)(numerator.GetBitLength() - denominator.GetBitLength()) - MantissaBits;
        BigInteger mantissa;
        while (true)
        {
            shift = Math.Max(shift, ExponentMin - exponent);
            mantissa = shift >= 0
                ? DivideToEven(numerator, denominator << shift)
                : DivideToEven(numerator << -shift, denominator);
            if (mantissa.GetBitLength() <= MantissaBits) break;
            shift++;
        }

        var rounded = exponent + shift;
        // A mantissa of fewer bits than there are is one at the very bottom, or one that could stand a bit lower.
        var infinite = rounded > ExponentMax + MantissaBits - (int)mantissa.GetBitLength();
        return new ExtendedFloat(negative ? -mantissa : mantissa, rounded, infinite);
    }

    private static BigInteger DivideToEven(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        var twice = (rest << 1).CompareTo(denominator);
        return twice > 0 || (twice == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
