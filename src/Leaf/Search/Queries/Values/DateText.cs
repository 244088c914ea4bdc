using System.Globalization;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Dates as text: RFC 3339, from the right as short as one likes (<c>2024-05-31T10:00:00.000Z</c> to <c>2024</c>), or
/// Unix milliseconds. Four digits are a year.
/// </summary>
/// <remarks>
/// What is missing is the first of it. Rounded up, the time of day is the last of it while month and day stay the
/// first, as in OpenSearch: <c>2024-05</c> rounds up to the end of its first day; <c>2024-05||/M</c> to its own end.
/// </remarks>
internal static class DateText
{
    /// <summary>The places of numbers, their lengths, and what stands before them.</summary>
    private static readonly (int At, int Length, char Before)[] Parts =
        [(0, 4, '\0'), (5, 2, '-'), (8, 2, '-'), (11, 2, 'T'), (14, 2, ':'), (17, 2, ':')];

    /// <summary>Reads a date.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="roundUp">Whether a missing time is the last of the day, hour or minute.</param>
    /// <param name="zone">Of dates that name none.</param>
    /// <param name="unixMs">The instant in Unix milliseconds.</param>
    public static bool TryRead(ReadOnlySpan<char> text, bool roundUp, TimeZoneInfo zone, out long unixMs)
    {
        unixMs = 0;
        Span<int> numbers = [0, 1, 1, roundUp ? 23 : 0, roundUp ? 59 : 0, roundUp ? 59 : 0];
        var found = 0;
        var at = 0;
        while (found < Parts.Length && TryPart(text, Parts[found], out numbers[found])) at = EndOf(Parts[found++]);
        if (found == 0 || (found == 1 && text.Length > 4))
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out unixMs);
        for (var i = found; i < Parts.Length; i++) numbers[i] = i < 3 ? 1 : !roundUp ? 0 : i == 3 ? 23 : 59;
        var milliseconds = roundUp && found < Parts.Length ? 999 : 0;
        var rest = text[at..];
        if (found == Parts.Length && !TryFraction(ref rest, out milliseconds)) return false;
        TimeSpan? offset = null;
        if (rest.Length > 0)
        {
            if (found < 4 || !TryOffset(rest, out var given)) return false;
            offset = given;
        }

        if (numbers[0] == 0 || numbers[1] is < 1 or > 12 || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59
            || numbers[2] < 1 || numbers[2] > DateTime.DaysInMonth(numbers[0], numbers[1]))
            return false;
        var local = new DateTime(
            numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], milliseconds);
        unixMs = ZonedTime.ToUnixMs(local, offset ?? ZonedTime.OffsetOf(zone, local));
        return true;
    }

    /// <summary><c>Z</c>, <c>+02</c>, <c>+0200</c>, <c>+02:00</c>.</summary>
    public static bool TryOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is "Z" or "z") return true;
        if (text.Length is not (3 or 5 or 6) || text[0] is not ('+' or '-')) return false;
        if (text.Length == 6 && text[3] != ':') return false;
        var minutes = 0;
        if (!TryDigits(text[1..3], out var hours)) return false;
        if (text.Length > 3 && !TryDigits(text[^2..], out minutes)) return false;
        if (hours > 14 || minutes > 59 || (hours == 14 && minutes > 0)) return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-') offset = -offset;
        return true;
    }

    private static int EndOf((int At, int Length, char Before) part) => part.At + part.Length;

    private static bool TryPart(ReadOnlySpan<char> text, (int At, int Length, char Before) part, out int number)
    {
        number = 0;
        if (text.Length < EndOf(part)) return false;
        if (part.Before != '\0' && text[part.At - 1] != part.Before) return false;
        return TryDigits(text.Slice(part.At, part.Length), out number);
    }

    /// <summary>What stands behind the seconds, if it begins with a dot: one to nine digits.</summary>
    private static bool TryFraction(ref ReadOnlySpan<char> rest, out int milliseconds)
    {
        milliseconds = 0;
        if (rest.Length == 0 || rest[0] is not ('.' or ',')) return true;
        rest = rest[1..];
        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0) digits = rest.Length;
        if (digits is 0 or > 9) return false;
        for (var i = 0; i < 3; i++) milliseconds = (milliseconds * 10) + (i < digits ? rest[i] - '0' : 0);
        rest = rest[digits..];
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
