using System.Globalization;
using System.Text;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Functions on Unix times in seconds, all in UTC.</summary>
internal static class TimeFunctions
{
    private const string UsualForm = "%Y-%m-%dT%H:%M:%SZ";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ExpressionFunction> All { get; } =
    [
        Of("minute", time => Seconds(new DateTime(time.Year, time.Month, time.Day, time.Hour, time.Minute, 0))),
        Of("hour", time => Seconds(new DateTime(time.Year, time.Month, time.Day, time.Hour, 0, 0))),
        Of("day", time => Seconds(time.Date)),
        Of("month", time => Seconds(new DateTime(time.Year, time.Month, 1))),
        Of("dayofweek", time => (double)time.DayOfWeek),
        Of("dayofmonth", time => time.Day),
        Of("dayofyear", time => time.DayOfYear - 1),
        Of("year", time => time.Year),
        Of("monthofyear", time => time.Month - 1),
        new("timefmt", 1, 2, Format),
        new("parsetime", 2, 2, Parse),
    ];

    private static ExpressionFunction Of(string name, Func<DateTime, double> compute) =>
        new(name, 1, 1, values => TryTime(values[0], out var time) ? Cell.Of(compute(time)) : Cell.None);

    private static bool TryTime(in Cell cell, out DateTime time)
    {
        time = default;
        if (!cell.TryNumber(out var seconds) || !(Math.Abs(seconds) < 6e10)) return false;
        time = DateTimeOffset.FromUnixTimeSeconds((long)Math.Floor(seconds)).UtcDateTime;
        return true;
    }

    private static double Seconds(DateTime time) =>
        new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeSeconds();

    private static Cell Format(Cell[] values)
    {
        if (!TryTime(values[0], out var time)) return Cell.None;
        var form = NetForm(values.Length > 1 ? values[1].AsText() : UsualForm);
        return form is null ? Cell.None : Cell.Of(time.ToString(form, CultureInfo.InvariantCulture));
    }

    private static Cell Parse(Cell[] values)
    {
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var isRead = DateTime.TryParseExact(
            values[0].AsText(), NetForm(values[1].AsText()) ?? "", CultureInfo.InvariantCulture, Styles, out var time);
        return isRead ? Cell.Of(Seconds(time)) : Cell.None;
    }

    /// <summary>A form of strftime as one of .NET; null where a part of it is not known.</summary>
    private static string? NetForm(string form)
    {
        var net = new StringBuilder();
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] != '%' || i + 1 == form.Length)
            {
                net.Append('\\').Append(form[i]);
                continue;
            }

            var part = form[++i] switch
            {
                'Y' => "yyyy", 'y' => "yy", 'm' => "MM", 'd' => "dd", 'H' => "HH", 'I' => "hh", 'M' => "mm",
                'S' => "ss", 'p' => "tt",
                'b' => "MMM", 'B' => "MMMM", 'a' => "ddd", 'A' => "dddd", 'F' => "yyyy\\-MM\\-dd",
                'T' => "HH\\:mm\\:ss", '%' => "\\%", _ => null,
            };
            if (part is null) return null;
            net.Append(part);
        }

        // A form of one letter would be a standard form.
        return net.Length == 1 ? "%" + net : net.ToString();
    }
}
