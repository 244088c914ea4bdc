namespace Hedgerow.Protocol;

/// <summary>
/// Hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): Unix milliseconds in the upper 48 bits, a
/// counter in the lower 16. Never gives the same version twice, never goes back, and runs ahead of the wall clock when
/// it has seen a version from a clock that does. Thread-safe.
/// </summary>
/// <remarks>
/// It stands here because versions are part of the protocol, and because both who stamp them, a router and a leaf that
/// is written to without one, meet nowhere else.
/// </remarks>
public sealed class HybridClock
{
    /// <summary>Bits below the milliseconds.</summary>
    public const int CounterBits = 16;

    private readonly TimeProvider _time;
    private ulong _last;

    /// <summary>Begins at the wall clock's time.</summary>
    public HybridClock(TimeProvider time)
    {
        _time = time;
    }

    /// <summary>The next version; above every one given or observed before.</summary>
    public ulong Next() => Next(_time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>As <see cref="Next()"/> for a caller that has just read the time, in Unix milliseconds.</summary>
    public ulong Next(long nowMs)
    {
        var wall = (ulong)Math.Max(0, nowMs) << CounterBits;
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(wall, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return next;
        }
    }

    /// <summary>
    /// Moves past a version that a leaf has stored. The very last one is not taken over: nothing could follow it, and
    /// the clock would begin again at zero.
    /// </summary>
    public void Observe(ulong version)
    {
        if (version == ulong.MaxValue) return;
        while (true)
        {
            var last = Volatile.Read(ref _last);
            if (version <= last || Interlocked.CompareExchange(ref _last, version, last) == last) return;
        }
    }
}
