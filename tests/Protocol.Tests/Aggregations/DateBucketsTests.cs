using CsCheck;

namespace Hedgerow.Protocol.Tests.Aggregations;

/// <summary>Where buckets of time begin, in zones that change their clocks in their own ways.</summary>
public class DateBucketsTests
{
    private const long HourMs = 3_600_000;

    private static readonly string[] Zones =
    [
        "UTC", "+05:30", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "America/St_Johns", "Asia/Gaza",
        "Pacific/Apia",
    ];

    [Fact]
    public void Buckets_follow_each_other_without_gaps() =>
        Gen.Select(
            Gen.OneOf(Zones), Gen.Int[1, 8], Gen.Long[-10L << 37, 15L << 37], Gen.Int[-9, 9],
            Gen.OneOf(0L, 1L, 90_000L, 5_400_000L, 86_400_000L)).Sample((name, unit, instant, hours, length) =>
            {
                if (Known(name) is null) return;
                var calendar = length > 0 ? CalendarUnit.None : (CalendarUnit)unit;
                var rounding = new DateRounding(calendar, length, name, hours * HourMs);
                var buckets = DateBuckets.Of(rounding, out var problem);
                Assert.Null(problem);
                if (buckets is null) return;
                var begin = buckets.Floor(instant);
                var next = buckets.Next(begin);
                Assert.True(begin <= instant && instant < next, $"{begin} {instant} {next}");
                Assert.Equal(begin, buckets.Floor(begin));
                Assert.Equal(begin, buckets.Floor(next - 1));
                Assert.Equal(next, buckets.Floor(next));
                Assert.True(buckets.Next(next) > next);
            });

    [Fact]
    public void A_day_is_what_the_clocks_call_so() =>
        Gen.Select(Gen.OneOf(Zones), Gen.Long[0, 15L << 37]).Sample((name, instant) =>
        {
            if (Known(name) is not { } zone) return;
            var begin = DateBuckets.Of(new DateRounding(CalendarUnit.Day, 0, name), out _)!.Floor(instant);
            Assert.Equal(Shown(zone, instant).Date, Shown(zone, begin).Date);
            Assert.NotEqual(Shown(zone, begin).Date, Shown(zone, begin - 1).Date);
        });

    [Fact]
    public void A_change_of_the_clocks_makes_days_of_23_and_25_hours_and_an_hour_twice()
    {
        if (Known("Europe/Berlin") is null) Assert.Skip("needs the time zones of the machine");
        var days = DateBuckets.Of(new DateRounding(CalendarUnit.Day, 0, "Europe/Berlin"), out _)!;
        var spring = Ms("2024-03-30T23:00:00Z");
        Assert.Equal(23 * HourMs, days.Next(spring) - spring);
        var autumn = Ms("2024-10-26T22:00:00Z");
        Assert.Equal(25 * HourMs, days.Next(autumn) - autumn);
        Assert.Equal("2024-10-27T00:00:00.000+02:00", days.Text(autumn));
        var hours = DateBuckets.Of(new DateRounding(CalendarUnit.Hour, 0, "Europe/Berlin"), out _)!;
        var twice = Ms("2024-10-27T00:00:00Z");
        Assert.Equal("2024-10-27T02:00:00.000+02:00", hours.Text(twice));
        Assert.Equal("2024-10-27T02:00:00.000+01:00", hours.Text(hours.Next(twice)));
    }

    [Theory]
    [InlineData("Mars/Olympus", CalendarUnit.Day, 0, "time zone 'Mars/Olympus'")]
    [InlineData("+25:00", CalendarUnit.Day, 0, "time zone '+25:00'")]
    [InlineData("UTC", CalendarUnit.None, 0, "fixed interval of 0 ms")]
    [InlineData("UTC", (CalendarUnit)99, 0, "calendar unit 99")]
    [InlineData("UTC", CalendarUnit.None, long.MaxValue, "8,000 years")]
    public void What_is_no_rounding_is_refused_with_what_is_allowed(
        string zone, CalendarUnit unit, long length, string reason)
    {
        Assert.Null(DateBuckets.Of(new DateRounding(unit, length, zone), out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-62_135_596_800_000)]
    [InlineData(253_402_300_799_999)]
    public void Instants_outside_of_calendars_are_buckets_of_their_own(long instant)
    {
        var years = DateBuckets.Of(new DateRounding(CalendarUnit.Year, 0), out _)!;
        Assert.Equal(instant, years.Floor(instant));
        Assert.NotEmpty(years.Text(instant));
    }

    private static TimeZoneInfo? Known(string name)
    {
        if (name == "UTC") return TimeZoneInfo.Utc;
        if (name[0] == '+') return TimeZoneInfo.CreateCustomTimeZone(name, TimeSpan.Parse(name[1..]), name, name);
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }

    private static DateTime Shown(TimeZoneInfo zone, long instant) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(instant), zone).DateTime;

    private static long Ms(string text) => DateTimeOffset.Parse(text).ToUnixTimeMilliseconds();
}
