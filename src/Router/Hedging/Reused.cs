namespace Hedgerow.Router;

/// <summary>
/// A number that is worked out at most each 50 ms: a quantile reads 400 counters, a request reads one field.
/// Thread-safe; two threads may work it out at the same time.
/// </summary>
internal sealed class Reused
{
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds(50);
    private readonly Func<long, long> _workOut;
    private readonly long _ticks;
    private long _value;
    private long _validUntil = long.MinValue;

    /// <param name="clock">Whose ticks count.</param>
    /// <param name="workOut">From the time, in ticks.</param>
    public Reused(RouterClock clock, Func<long, long> workOut)
    {
        _workOut = workOut;
        _ticks = clock.Ticks(Span);
    }

    public long At(long now)
    {
        if (now < Volatile.Read(ref _validUntil)) return Volatile.Read(ref _value);
        var value = _workOut(now);
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _validUntil, now + _ticks);
        return value;
    }
}
