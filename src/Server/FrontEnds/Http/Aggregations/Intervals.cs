using System.Globalization;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Intervals of time: <c>month</c>, <c>1M</c>; <c>12h</c>, <c>500ms</c>; offsets: <c>+6h</c>, <c>-1d</c>.
/// </summary>
internal static class Intervals
{
    private const string Calendar =
        "second, minute, hour, day, week, month, quarter, year, and 1s, 1m, 1h, 1d, 1w, 1M, 1q, 1y";

    /// <summary>Where the buckets of a date histogram begin.</summary>
    public static DateRounding Read(in QueryMembers members)
    {
        var calendar = members.TextOrNull("calendar_interval");
        var length = members.TextOrNull("fixed_interval");
        if (calendar is null == length is null)
            throw QueryJson.Bad($"{members.Where} needs one of calendar_interval and fixed_interval.");
        var zone = members.TextOrNull("time_zone") ?? "UTC";
        var offset = members.TextOrNull("offset") is { } text ? Length(text, $"{members.Where}.offset") : 0;
        return calendar is not null
            ? new DateRounding(Unit(calendar, $"{members.Where}.calendar_interval"), 0, zone, offset)
            : new DateRounding(CalendarUnit.None, Length(length!, $"{members.Where}.fixed_interval"), zone, offset);
    }

    private static CalendarUnit Unit(string text, string where) => text switch
    {
        "second" or "1s" => CalendarUnit.Second,
        "minute" or "1m" => CalendarUnit.Minute,
        "hour" or "1h" => CalendarUnit.Hour,
        "day" or "1d" => CalendarUnit.Day,
        "week" or "1w" => CalendarUnit.Week,
        "month" or "1M" => CalendarUnit.Month,
        "quarter" or "1q" => CalendarUnit.Quarter,
        "year" or "1y" => CalendarUnit.Year,
        _ => throw QueryJson.Bad($"{where} is '{text}'; allowed are {Calendar}."),
    };

    private static long Length(string text, string where)
    {
        var digits = text.AsSpan().TrimStart("+-");
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        long unit = end < 0 ? 0 : digits[end..] switch
        {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => 0,
        };
        if (unit == 0 || text.Length - digits.Length > 1
            || !int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw QueryJson.Bad($"{where} is '{text}'; allowed are numbers with ms, s, m, h or d, such as 12h.");
        }

        return (text[0] == '-' ? -1 : 1) * unit * count;
    }
}
