namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// memcached's times to live and ours: seconds from now up to 30 days, Unix seconds above, 0 for never, negative for
/// gone at once; against Unix milliseconds with 0 for never.
/// </summary>
internal static class Expiry
{
    /// <summary>An expiry that has passed whatever the time is.</summary>
    private const long LongAgoMs = 1;

    /// <summary>The expiry, in Unix milliseconds, of what is stored now.</summary>
    public static long Of(int seconds, long nowMs) => seconds switch
    {
        0 => 0,
        < 0 => LongAgoMs,
        <= MemcachedLimits.RelativeSecondsMax => nowMs + (seconds * 1_000L),
        _ => seconds * 1_000L,
    };

    /// <summary>Whether what is stored with it is gone at once.</summary>
    public static bool HasPassed(long expiresAtMs, long nowMs) => expiresAtMs != 0 && expiresAtMs <= nowMs;

    /// <summary>Whole seconds that an entry has left, rounded up; -1 for one that never expires.</summary>
    public static long SecondsLeft(long expiresAtMs, long nowMs) =>
        expiresAtMs == 0 ? -1 : Math.Max(0, (expiresAtMs - nowMs + 999) / 1_000);
}
