using System.Globalization;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Values;

/// <summary>Dates that are reckoned, down and up, as OpenSearch's documentation and tests give them.</summary>
public sealed class DateMathTests
{
    private static readonly DateTimeOffset Now = new(2024, 5, 15, 13, 14, 15, 678, TimeSpan.Zero);

    [Theory]
    [InlineData("2024", "2024-01-01T00:00:00.000", "2024-01-01T23:59:59.999")]
    [InlineData("2024-05", "2024-05-01T00:00:00.000", "2024-05-01T23:59:59.999")]
    [InlineData("2024-05-31", "2024-05-31T00:00:00.000", "2024-05-31T23:59:59.999")]
    [InlineData("2024-05-31T10", "2024-05-31T10:00:00.000", "2024-05-31T10:59:59.999")]
    [InlineData("2024-05-31T10:20", "2024-05-31T10:20:00.000", "2024-05-31T10:20:59.999")]
    [InlineData("2024-05-31T10:20:30", "2024-05-31T10:20:30.000", "2024-05-31T10:20:30.000")]
    [InlineData("2024-05-31T10:20:30.45Z", "2024-05-31T10:20:30.450", "2024-05-31T10:20:30.450")]
    [InlineData("2024-05-31T10:20+02:00", "2024-05-31T08:20:00.000", "2024-05-31T08:20:59.999")]
    [InlineData("2024-05-31T10:20:30-0130", "2024-05-31T11:50:30.000", "2024-05-31T11:50:30.000")]
    [InlineData("1717150830450", "2024-05-31T10:20:30.450", "2024-05-31T10:20:30.450")]
    [InlineData("now", "2024-05-15T13:14:15.678", "2024-05-15T13:14:15.678")]
    [InlineData("now-1d/d", "2024-05-14T00:00:00.000", "2024-05-14T23:59:59.999")]
    [InlineData("now+1h", "2024-05-15T14:14:15.678", "2024-05-15T14:14:15.678")]
    [InlineData("now/h", "2024-05-15T13:00:00.000", "2024-05-15T13:59:59.999")]
    [InlineData("now/m", "2024-05-15T13:14:00.000", "2024-05-15T13:14:59.999")]
    [InlineData("now/s", "2024-05-15T13:14:15.000", "2024-05-15T13:14:15.999")]
    [InlineData("now/w", "2024-05-13T00:00:00.000", "2024-05-19T23:59:59.999")]
    [InlineData("now/M", "2024-05-01T00:00:00.000", "2024-05-31T23:59:59.999")]
    [InlineData("now/y", "2024-01-01T00:00:00.000", "2024-12-31T23:59:59.999")]
    [InlineData("now/y-1d", "2023-12-31T00:00:00.000", "2024-12-30T23:59:59.999")]
    [InlineData("now+H", "2024-05-15T14:14:15.678", "2024-05-15T14:14:15.678")]
    [InlineData("2024-01-31||+1M", "2024-02-29T00:00:00.000", "2024-02-29T00:00:00.000")]
    [InlineData("2024-01-31||+1M/d", "2024-02-29T00:00:00.000", "2024-02-29T23:59:59.999")]
    [InlineData("2024-05||/M", "2024-05-01T00:00:00.000", "2024-05-31T23:59:59.999")]
    [InlineData("2023-02-28||+1y+2w-3d", "2024-03-10T00:00:00.000", "2024-03-10T00:00:00.000")]
    [InlineData("1969-12-31T23:59:59.5Z||/h", "1969-12-31T23:00:00.000", "1969-12-31T23:59:59.999")]
    public void Dates_round_down_and_up(string text, string down, string up)
    {
        Assert.Equal(down, Read(text, roundUp: false, null));
        Assert.Equal(up, Read(text, roundUp: true, null));
    }

    [Theory]
    [InlineData("2024-05-31", "+02:00", "2024-05-30T22:00:00.000", "2024-05-31T21:59:59.999")]
    [InlineData("now/d", "-10:00", "2024-05-15T10:00:00.000", "2024-05-16T09:59:59.999")]
    [InlineData("2024-05-31T10:00Z", "+02:00", "2024-05-31T10:00:00.000", "2024-05-31T10:00:59.999")]
    [InlineData("2024-03-31", "Europe/Paris", "2024-03-30T23:00:00.000", "2024-03-31T21:59:59.999")]
    [InlineData("2024-03-30T12:00||+1d", "Europe/Paris", "2024-03-31T10:00:00.000", "2024-03-31T10:00:00.000")]
    [InlineData("2024-03-30T12:00||+24h", "Europe/Paris", "2024-03-31T11:00:00.000", "2024-03-31T11:00:00.000")]
    [InlineData("2024-03-31T02:30", "Europe/Paris", "2024-03-31T01:30:00.000", "2024-03-31T01:30:59.999")]
    [InlineData("2024-10-27T02:30", "Europe/Paris", "2024-10-27T00:30:00.000", "2024-10-27T00:30:59.999")]
    [InlineData("2024-10-27T12:00||/d", "Europe/Paris", "2024-10-26T22:00:00.000", "2024-10-27T22:59:59.999")]
    public void Dates_go_by_the_clock_of_their_zone(string text, string zone, string down, string up)
    {
        if (!ZonedTime.TryZone(zone, out _)) Assert.Skip($"This machine does not know the time zone {zone}.");
        Assert.Equal(down, Read(text, roundUp: false, zone));
        Assert.Equal(up, Read(text, roundUp: true, zone));
    }

    [Theory]
    [InlineData("nowish", "has 'i' where")]
    [InlineData("now-", "has no unit")]
    [InlineData("now-1x", "has no unit")]
    [InlineData("now/2d", "no unit to round to")]
    [InlineData("now+9999999999d", "too large a number")]
    [InlineData("now+999999999y", "out of the calendar's reach")]
    [InlineData("now-999999999w", "out of the calendar's reach")]
    [InlineData("2024-02-30", "is no date")]
    [InlineData("2024-13", "is no date")]
    [InlineData("2024-05-31T25", "is no date")]
    [InlineData("2024-05-31Z", "is no date")]
    [InlineData("2024-05-31T10:00+99:00", "is no date")]
    [InlineData("0000", "is no date")]
    [InlineData("2024-05-31T10:00:00.Z", "is no date")]
    [InlineData("99999999999999999||+1d", "out of the calendar's reach")]
    [InlineData("||+1d", "is no date")]
    [InlineData("", "is no date")]
    public void What_is_no_date_is_refused_with_the_reason(string text, string reason)
    {
        Assert.True(ZonedTime.TryZone(null, out var zone));
        Assert.Contains(reason, new DateMath(Now.ToUnixTimeMilliseconds(), zone).Read(text, true, out _));
    }

    [Fact]
    public void A_range_means_the_instant_that_the_request_carries()
    {
        using var shops = new ShopIndexes(new Random(3), 400);
        foreach (var (from, includeFrom, to, includeTo) in new[]
        {
            ("now-30d/d", true, "now/d", true), ("now-30d/d", false, "now/d", false),
            ("1970-01", true, "1970-02", true),
            ("1969-12||/M", false, "1970-02||/M", false), ("1970-01||/M", true, "1970-02||/M", true),
        })
        {
            var math = new DateMath(ShopIndexes.NowMs, TimeZoneInfo.Utc);
            Assert.Null(math.Read(from, !includeFrom, out var low));
            Assert.Null(math.Read(to, includeTo, out var high));
            var expected = shops.Live.Values.Where(shop => shop.Opened is { } ms
                && (includeFrom ? ms >= low : ms > low) && (includeTo ? ms <= high : ms < high));
            var found = shops.Search(new RangeQuery("opened", from, to, includeFrom, includeTo)).Hits;
            Assert.NotEmpty(found);
            Assert.Equal(expected.Select(s => s.Path).Order(StringComparer.Ordinal), found.Select(hit => hit.Path));
        }

        Assert.Contains("is no time zone", shops.ErrorOf(
            new RangeQuery("opened", "now", null, true, true) { TimeZone = "Mars/Olympus" }));
        Assert.Contains("a time zone is for dates", shops.ErrorOf(
            new RangeQuery("stars", "1", null, true, true) { TimeZone = "Z" }));
    }

    private static string Read(string text, bool roundUp, string? zoneName)
    {
        Assert.True(ZonedTime.TryZone(zoneName, out var zone));
        Assert.Null(new DateMath(Now.ToUnixTimeMilliseconds(), zone).Read(text, roundUp, out var ms));
        return DateTime.UnixEpoch.AddMilliseconds(ms).ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }
}
