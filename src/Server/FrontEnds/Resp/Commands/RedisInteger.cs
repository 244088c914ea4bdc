using System.Buffers.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// Numbers as Redis reads them (<c>string2ll</c>): an optional minus, then digits without a leading zero, in the range
/// of 64 bits. Neither plus nor blanks; so a stored number has one spelling only, and can be told from text.
/// </summary>
internal static class RedisInteger
{
    /// <summary>Digits of the longest number with its sign.</summary>
    private const int LengthMax = 20;

    /// <summary>Reads all of <paramref name="text"/>; false when it is not a number in that form and range.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > LengthMax) return false;
        var digits = text[0] == '-' ? text[1..] : text;
        if (digits.IsEmpty || !IsDigit(digits[0])) return false;
        if (digits[0] == '0') return text.Length == 1;
        return Utf8Parser.TryParse(text, out number, out var used) && used == text.Length;
    }

    /// <summary>Reads a cursor of SCAN or HSCAN: digits only, in the range of an unsigned 64-bit number.</summary>
    public static bool TryParseCursor(ReadOnlySpan<byte> text, out ulong cursor)
    {
        cursor = 0;
        if (text.IsEmpty || text.Length > LengthMax || !IsDigit(text[0])) return false;
        return Utf8Parser.TryParse(text, out cursor, out var used) && used == text.Length;
    }

    private static bool IsDigit(byte symbol) => symbol is >= (byte)'0' and <= (byte)'9';
}
