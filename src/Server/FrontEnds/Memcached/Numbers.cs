namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// Decimal numbers as C's strtol and strtoul read them, because clients have come to rely on it: white space before,
/// a sign, digits, and white space behind which the rest is not looked at.
/// </summary>
internal static class Numbers
{
    /// <summary>A signed number cut to 32 bits, as memcached cuts it.</summary>
    public static bool TryInt32(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        if (!TryParse(text, out var magnitude, out var isNegative)) return false;
        var bound = isNegative ? 1UL << 63 : long.MaxValue;
        if (magnitude > bound) return false;
        value = unchecked((int)(isNegative ? 0 - (long)magnitude : (long)magnitude));
        return true;
    }

    /// <summary>An unsigned number cut to 32 bits, as memcached cuts it.</summary>
    public static bool TryUInt32(ReadOnlySpan<byte> text, out uint value)
    {
        var isNumber = TryUInt64(text, out var wide);
        value = unchecked((uint)wide);
        return isNumber;
    }

    /// <summary>An unsigned number. One with a minus is taken modulo 2^64, unless that is 2^63 or more.</summary>
    public static bool TryUInt64(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (!TryParse(text, out var magnitude, out var isNegative)) return false;
        var number = isNegative ? unchecked(0 - magnitude) : magnitude;
        if (isNegative && number >> 63 != 0) return false;
        value = number;
        return true;
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out ulong magnitude, out bool isNegative)
    {
        magnitude = 0;
        isNegative = false;
        var at = 0;
        while (at < text.Length && IsSpace(text[at])) at++;
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+') isNegative = text[at++] == (byte)'-';
        var digitsAt = at;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            var digit = (ulong)(text[at] - '0');
            if (magnitude > (ulong.MaxValue - digit) / 10) return false;
            magnitude = (magnitude * 10) + digit;
        }

        return at > digitsAt && (at == text.Length || IsSpace(text[at]));
    }

    private static bool IsSpace(byte letter) => letter is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');
}
