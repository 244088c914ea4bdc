namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// One reading of the monotonic clock gives a request both its times: ticks for what it took, and wall-clock
/// milliseconds for expiry. Thread-safe.
/// </summary>
internal sealed class LeafClock
{
    private readonly TimeProvider _time;
    private readonly double _microsPerTick;
    private readonly double _nanosPerTick;
    private readonly double _millisPerTick;
    private long _unixMsAtZero;

    public LeafClock(TimeProvider time)
    {
        _time = time;
        _microsPerTick = 1e6 / time.TimestampFrequency;
        _nanosPerTick = 1e9 / time.TimestampFrequency;
        _millisPerTick = 1e3 / time.TimestampFrequency;
        Adjust();
    }

    public TimeProvider Time => _time;

    public long Ticks() => _time.GetTimestamp();

    /// <summary>A span in ticks.</summary>
    public long TicksOf(TimeSpan span) => (long)(span.TotalMicroseconds / _microsPerTick);

    /// <summary>
    /// Unix time in milliseconds, off by what the wall clock was moved since the last <see cref="Adjust"/>.
    /// </summary>
    public long UnixMs(long ticks) => Volatile.Read(ref _unixMsAtZero) + (long)(ticks * _millisPerTick);

    /// <summary>Follows the wall clock. Called once a second by the sweep.</summary>
    public void Adjust() => Volatile.Write(
        ref _unixMsAtZero, _time.GetUtcNow().ToUnixTimeMilliseconds() - (long)(_time.GetTimestamp() * _millisPerTick));

    /// <summary>Microseconds between two readings; saturates, and is 0 for a clock that went back.</summary>
    public uint Micros(long from, long to) => (uint)Math.Clamp((to - from) * _microsPerTick, 0, uint.MaxValue);

    public long Nanos(long from, long to) => (long)Math.Max(0, (to - from) * _nanosPerTick);

    /// <summary>
    /// The reading at which the time left runs out; <see cref="long.MaxValue"/> when there is no deadline.
    /// </summary>
    public long Deadline(long received, uint deadlineMicros) =>
        deadlineMicros == 0 ? long.MaxValue : received + (long)(deadlineMicros / _microsPerTick);

    /// <summary>Time from a reading to a deadline of <see cref="Deadline"/>.</summary>
    public TimeSpan Left(long now, long deadline) => deadline == long.MaxValue
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMicroseconds(Math.Max(0, (deadline - now) * _microsPerTick));
}
