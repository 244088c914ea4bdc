using System.Globalization;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Dates that are reckoned, as in OpenSearch: <c>now</c> or a date and <c>||</c>, then any number of <c>+1h</c>,
/// <c>-2d</c> and <c>/d</c>, from left to right; units are <c>y M w d h H m s</c>. A rounding goes down to the
/// beginning of its unit, or, where values up to and including the bound or behind it are meant, up to its last
/// millisecond. Calendar units go by the clock of a time zone, hours and less by the time that passes.
/// </summary>
internal readonly struct DateMath
{
    /// <summary>Longest text: 256 characters.</summary>
    public const int TextCharsMax = 256;

    private const string Units = "yMwdhHms";

    private readonly long _nowMs;
    private readonly TimeZoneInfo _zone;

    /// <param name="nowMs">What <c>now</c> means.</param>
    /// <param name="zone">Of dates that name none, and of roundings.</param>
    public DateMath(long nowMs, TimeZoneInfo zone)
    {
        _nowMs = nowMs;
        _zone = zone;
    }

    /// <summary>Reads a date.</summary>
    /// <param name="text">See above.</param>
    /// <param name="roundUp">Whether to round up.</param>
    /// <param name="unixMs">The instant, in Unix milliseconds.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public string? Read(string text, bool roundUp, out long unixMs)
    {
        unixMs = 0;
        if (text.Length > TextCharsMax)
            return $"a date has {text.Length} characters; at most {TextCharsMax} are allowed";
        string steps;
        if (text.StartsWith("now", StringComparison.Ordinal))
        {
            unixMs = _nowMs;
            steps = text["now".Length..];
        }
        else
        {
            var end = text.IndexOf("||", StringComparison.Ordinal);
            if (!DateText.TryRead(end < 0 ? text : text.AsSpan(0, end), roundUp && end < 0, _zone, out unixMs))
                return $"found '{text}', which is no date; expected one such as {FieldValue.DateExamples}";
            if (end < 0) return null;
            steps = text[(end + 2)..];
        }

        for (var at = 0; at < steps.Length;)
            if (Step(steps, ref at, roundUp, ref unixMs) is { } problem) return $"the date '{text}' {problem}";
        return null;
    }

    private string? Step(string steps, ref int at, bool roundUp, ref long unixMs)
    {
        var sign = steps[at++];
        if (sign is not ('+' or '-' or '/')) return $"has '{sign}' where +, - or / is due";
        var digits = at;
        while (at < steps.Length && char.IsAsciiDigit(steps[at])) at++;
        var count = 1;
        if (at > digits && (at - digits > 9 || sign == '/'))
        {
            var what = sign == '/' ? "no unit to round to" : "too large a number";
            return $"has '{steps[digits..at]}', which is {what}";
        }

        if (at > digits) count = int.Parse(steps.AsSpan(digits, at - digits), CultureInfo.InvariantCulture);
        if (at == steps.Length || !Units.Contains(steps[at], StringComparison.Ordinal))
            return $"has no unit behind '{steps[..at]}'; there are y, M, w, d, h, m and s";
        var unit = steps[at++] is 'H' ? 'h' : steps[at - 1];
        var isInReach = sign == '/'
            ? TryRound(unit, roundUp, ref unixMs)
            : TryAdd(unit, sign == '-' ? -count : count, ref unixMs);
        return isInReach ? null : "is out of the calendar's reach";
    }

    private bool TryAdd(char unit, int count, ref long unixMs)
    {
        if (MillisecondsOf(unit) is var passing && passing > 0)
        {
            unixMs += passing * count;
            return ZonedTime.TryLocal(unixMs, _zone, out _);
        }

        return ZonedTime.TryLocal(unixMs, _zone, out var local) && TryAddLocal(unit, count, local, out unixMs);
    }

    private bool TryAddLocal(char unit, int count, DateTime local, out long unixMs)
    {
        unixMs = 0;
        try
        {
            local = unit switch
            {
                'y' => local.AddYears(count),
                'M' => local.AddMonths(count),
                'w' => local.AddDays(7.0 * count),
                _ => local.AddDays(count),
            };
            unixMs = ZonedTime.ToUnixMs(local, _zone);
            return ZonedTime.TryLocal(unixMs, _zone, out _);
        }
        catch (ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    private bool TryRound(char unit, bool roundUp, ref long unixMs)
    {
        if (!ZonedTime.TryLocal(unixMs, _zone, out var local)) return false;
        if (MillisecondsOf(unit) is var passing && passing > 0)
        {
            // By what the clock shows, in the offset it shows it in.
            var offset = (long)(local - DateTime.UnixEpoch).TotalMilliseconds - unixMs;
            unixMs -= ((unixMs + offset) % passing + passing) % passing;
            if (roundUp) unixMs += passing - 1;
            return true;
        }

        local = local.Date;
        local = unit switch
        {
            'y' => new DateTime(local.Year, 1, 1),
            'M' => new DateTime(local.Year, local.Month, 1),
            'w' => local.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
            _ => local,
        };
        if (!roundUp)
        {
            unixMs = ZonedTime.ToUnixMs(local, _zone);
            return true;
        }

        if (!TryAddLocal(unit, 1, local, out unixMs)) return false;
        unixMs--;
        return true;
    }

    /// <summary>Of units that do not go by the calendar; 0 of those that do.</summary>
    private static long MillisecondsOf(char unit) => unit switch
    {
        'h' => 3_600_000,
        'm' => 60_000,
        's' => 1_000,
        _ => 0,
    };
}
