namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Instants and the clocks of time zones. A local time that a clock skips is that much later; of one that it shows
/// twice the first is meant.
/// </summary>
internal static class ZonedTime
{
    /// <summary>The zone of a name: <c>+02:00</c>, <c>Europe/Paris</c>; null is UTC. False when there is none such.
    /// </summary>
    public static bool TryZone(string? name, out TimeZoneInfo zone)
    {
        zone = TimeZoneInfo.Utc;
        if (name is null or "UTC" or "Z") return true;
        if (!DateText.TryOffset(name, out var offset)) return TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!);
        zone = TimeZoneInfo.CreateCustomTimeZone(name, offset, name, name);
        return true;
    }

    /// <summary>The offset from UTC that a local time has.</summary>
    public static TimeSpan OffsetOf(TimeZoneInfo zone, DateTime local)
    {
        if (zone.IsAmbiguousTime(local)) return zone.GetAmbiguousTimeOffsets(local).Max();
        if (!zone.IsInvalidTime(local)) return zone.GetUtcOffset(local);

        // As before the clock leapt.
        return zone.GetUtcOffset(local.AddDays(-1));
    }

    /// <summary>A local time and its offset as an instant.</summary>
    public static long ToUnixMs(DateTime local, TimeSpan offset) =>
        (local.Ticks - offset.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;

    /// <summary>What a zone's clock shows at an instant; false where no calendar reaches.</summary>
    public static bool TryLocal(long unixMs, TimeZoneInfo zone, out DateTime local)
    {
        // A day of room for the offset.
        local = default;
        var least = (DateTime.MinValue - DateTime.UnixEpoch).TotalMilliseconds + 86_400_000;
        var most = (DateTime.MaxValue - DateTime.UnixEpoch).TotalMilliseconds - 86_400_000;
        if (unixMs < least || unixMs > most) return false;
        var utc = DateTime.UnixEpoch.AddMilliseconds(unixMs);
        local = DateTime.SpecifyKind(utc + zone.GetUtcOffset(utc), DateTimeKind.Unspecified);
        return true;
    }

    /// <summary>The instant at which a zone's clock shows a local time.</summary>
    public static long ToUnixMs(DateTime local, TimeZoneInfo zone) => ToUnixMs(local, OffsetOf(zone, local));
}
