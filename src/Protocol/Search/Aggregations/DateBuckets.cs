using System.Globalization;

namespace Hedgerow.Protocol;

/// <summary>
/// Cuts time into buckets: a bucket reaches from its beginning up to the next one's. Instants are Unix milliseconds.
/// Immutable, thread-safe.
/// </summary>
/// <remarks>
/// Days and longer units begin when the clocks of the zone show it first: with a change of the clocks a day has 23 or
/// 25 hours, and where midnight is left out it begins at the change. Hours and shorter units, and fixed intervals, are
/// cut from what the clocks show; a change that falls into one begins another, so that an hour that the clocks show
/// twice is two buckets.
/// </remarks>
public sealed class DateBuckets
{
    private const long SecondMs = 1_000;
    private const long DayMs = 86_400_000;
    private const long LowestMs = -62_135_596_800_000;
    private const long HighestMs = 253_402_300_799_999;

    /// <summary>1970-01-01 was a Thursday.</summary>
    private const long MondayMs = 4 * DayMs;

    private static readonly string[] OffsetForms = ["hh\\:mm", "hhmm", "hh"];

    private readonly DateRounding _rounding;
    private readonly TimeZoneInfo _zone;
    private readonly bool _isUtc;

    private DateBuckets(DateRounding rounding, TimeZoneInfo zone)
    {
        _rounding = rounding;
        _zone = zone;
        _isUtc = !zone.SupportsDaylightSavingTime && zone.BaseUtcOffset == TimeSpan.Zero;
    }

    /// <summary>Whether beginnings are dear to find.</summary>
    public bool IsDear => !_isUtc;

    /// <summary>Buckets of a rounding; null where its zone or interval is none.</summary>
    /// <param name="rounding">What is wanted.</param>
    /// <param name="problem">What is wrong and what is allowed.</param>
    public static DateBuckets? Of(DateRounding rounding, out string? problem)
    {
        problem = null;
        if (rounding.Unit == CalendarUnit.None && rounding.FixedMs <= 0)
            problem = $"a fixed interval of {rounding.FixedMs} ms is not allowed; it has to be 1 ms or more";
        else if (!Enum.IsDefined(rounding.Unit))
            problem = $"calendar unit {(byte)rounding.Unit} is not known; allowed are second to year";
        else if (Math.Abs((double)rounding.OffsetMs) > HighestMs || rounding.FixedMs > HighestMs)
            problem = "an offset or interval of more than 8,000 years is not allowed";
        var zone = problem is null ? Zone(rounding.TimeZone, out problem) : null;
        return zone is null ? null : new DateBuckets(rounding, zone);
    }

    /// <summary>The beginning of the bucket of an instant.</summary>
    public long Floor(long instant)
    {
        var at = instant - _rounding.OffsetMs;
        return IsBeyond(at) ? instant : FloorPlain(at) + _rounding.OffsetMs;
    }

    /// <summary>Whether an instant is so far outside of all calendars that nothing is cut there.</summary>
    public bool IsOutside(long instant) => IsBeyond(instant - _rounding.OffsetMs);

    /// <summary>The beginning of the bucket behind one.</summary>
    public long Next(long beginning)
    {
        var at = beginning - _rounding.OffsetMs;
        var next = IsBeyond(at) ? long.MaxValue : NextPlain(at);
        return next == long.MaxValue ? next : next + _rounding.OffsetMs;
    }

    /// <summary>An instant as RFC 3339 by the clocks of the zone; its number where no calendar has it.</summary>
    public string Text(long instant)
    {
        if (instant is < LowestMs + DayMs or > HighestMs - DayMs) return instant.ToString(CultureInfo.InvariantCulture);
        var offset = TimeSpan.FromMilliseconds(Offset(instant) / 60_000 * 60_000);
        var date = DateTimeOffset.FromUnixTimeMilliseconds(instant).ToOffset(offset);
        var format = offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fffzzz";
        return date.ToString(format, CultureInfo.InvariantCulture);
    }

    private static TimeZoneInfo? Zone(string name, out string? problem)
    {
        problem = null;
        if (name is "UTC" or "Z" or "") return TimeZoneInfo.Utc;
        if (name[0] is '+' or '-')
        {
            if (TimeSpan.TryParseExact(name[1..], OffsetForms, CultureInfo.InvariantCulture, out var offset)
                && offset <= TimeSpan.FromHours(14))
            {
                return TimeZoneInfo.CreateCustomTimeZone(name, name[0] == '-' ? -offset : offset, name, name);
            }
        }
        else if (name.Length <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }

        problem = $"time zone '{name}' is not known; allowed are names such as Europe/Berlin that the machine knows, "
            + "and offsets such as +02:00";
        return null;
    }

    private static bool IsBeyond(long at) => at is < LowestMs + (400 * DayMs) or > HighestMs - (400 * DayMs);

    private long FloorPlain(long at)
    {
        if (Length() is var length && length > 0) return FloorByClock(at, length);
        if (_isUtc) return FloorOfDays(at);
        var begin = BeginningOf(FloorOfDays(at + Offset(at)));
        for (var next = NextPlain(begin); next <= at; next = NextPlain(begin)) begin = next;
        // The clocks may show the last minutes of a day again after its end.
        while (begin > at) begin = BeginningOf(FloorOfDays(begin - 1 + Offset(begin - 1)));
        return begin;
    }

    private long FloorByClock(long at, long length)
    {
        var offset = Offset(at);
        var begin = Down(at + offset, length) - offset;
        return _isUtc || Offset(begin) == offset ? begin : Change(begin, at);
    }

    private long NextPlain(long begin)
    {
        if (Length() is var length && length > 0)
        {
            var inner = FloorByClock(begin + length - 1, length);
            return inner > begin ? FirstBehind(begin, inner, length) : FloorByClock(begin + length, length);
        }

        var shown = FloorOfDays(begin + Offset(begin));
        for (var step = 1; ; step++)
        {
            var next = BeginningOf(Later(shown, step));
            if (next > begin) return next;
        }
    }

    /// <summary>Where a change of the clocks cuts one bucket in several, the first of them.</summary>
    private long FirstBehind(long begin, long inner, long length)
    {
        for (var before = FloorByClock(inner - 1, length); before > begin; before = FloorByClock(inner - 1, length))
            inner = before;
        return inner;
    }

    /// <summary>Milliseconds of an interval that is not made of days.</summary>
    private long Length() => _rounding.Unit switch
    {
        CalendarUnit.None => _rounding.FixedMs,
        CalendarUnit.Second => SecondMs,
        CalendarUnit.Minute => 60 * SecondMs,
        CalendarUnit.Hour => 3_600 * SecondMs,
        _ => 0,
    };

    private long FloorOfDays(long shown)
    {
        if (_rounding.Unit == CalendarUnit.Day) return Down(shown, DayMs);
        if (_rounding.Unit == CalendarUnit.Week) return Down(shown - MondayMs, 7 * DayMs) + MondayMs;
        var date = DateTime.UnixEpoch.AddMilliseconds(Down(shown, DayMs));
        var month = _rounding.Unit switch
        {
            CalendarUnit.Month => date.Month,
            CalendarUnit.Quarter => ((date.Month - 1) / 3 * 3) + 1,
            _ => 1,
        };
        return (new DateTime(date.Year, month, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks
            / TimeSpan.TicksPerMillisecond;
    }

    private long Later(long shown, int steps)
    {
        if (_rounding.Unit == CalendarUnit.Day) return shown + (steps * DayMs);
        if (_rounding.Unit == CalendarUnit.Week) return shown + (steps * 7 * DayMs);
        var months = _rounding.Unit switch
        {
            CalendarUnit.Month => steps,
            CalendarUnit.Quarter => 3 * steps,
            _ => 12 * steps,
        };
        var date = DateTime.UnixEpoch.AddMilliseconds(shown);
        return (date.AddMonths(months) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;
    }

    /// <summary>The first instant at which the clocks show a midnight, or the change that leaves it out.</summary>
    private long BeginningOf(long shown)
    {
        if (_isUtc) return shown;
        var before = shown - Offset(shown - DayMs);
        var after = shown - Offset(shown + DayMs);
        var isBefore = before + Offset(before) == shown;
        var isAfter = after + Offset(after) == shown;
        if (isBefore && isAfter) return Math.Min(before, after);
        if (isBefore) return before;
        return isAfter ? after : Change(shown - DayMs, shown + DayMs);
    }

    /// <summary>The last instant at which the clocks were changed, between one before and one behind it.</summary>
    private long Change(long low, long high)
    {
        var offset = Offset(high);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (Offset(middle) == offset) high = middle;
            else low = middle;
        }

        return high;
    }

    private long Offset(long instant) => _isUtc
        ? 0
        : _zone.GetUtcOffset(DateTime.UnixEpoch.AddMilliseconds(Math.Clamp(instant, LowestMs, HighestMs))).Ticks
            / TimeSpan.TicksPerMillisecond;

    private static long Down(long value, long length)
    {
        var rest = value % length;
        return rest < 0 ? value - rest - length : value - rest;
    }
}
