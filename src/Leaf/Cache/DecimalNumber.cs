using System.Buffers.Text;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Numbers that increments count in: an optional minus, then digits without a leading zero, in the range of 64 bits.
/// One spelling only, as in Redis, so that a value is left as it was written until it is counted.
/// </summary>
internal static class DecimalNumber
{
    /// <summary>Bytes of the longest.</summary>
    public const int TextBytesMax = 20;

    /// <summary>Reads all of <paramref name="text"/>; false when it is not a number in that form and range.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > TextBytesMax) return false;
        var digits = text[0] == '-' ? text[1..] : text;
        if (digits.IsEmpty || digits[0] is < (byte)'0' or > (byte)'9') return false;
        if (digits[0] == '0') return text.Length == 1;
        return Utf8Parser.TryParse(text, out number, out var used) && used == text.Length;
    }
}
