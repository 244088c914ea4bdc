namespace Hedgerow.Router;

/// <summary>
/// The injected time, in the ticks of its own monotonic counter: one multiplication away from microseconds.
/// </summary>
internal sealed class RouterClock
{
    private readonly double _ticksPerMicro;

    public RouterClock(TimeProvider time)
    {
        Time = time;
        _ticksPerMicro = time.TimestampFrequency / 1e6;
    }

    public TimeProvider Time { get; }

    public long Now => Time.GetTimestamp();

    public long Ticks(TimeSpan span) => (long)(span.TotalMicroseconds * _ticksPerMicro);

    public long TicksOfMicros(long micros) => (long)(micros * _ticksPerMicro);

    public long Micros(long ticks) => (long)(ticks / _ticksPerMicro);

    /// <summary>What a frame carries as time left: at least 1, for 0 would mean no deadline.</summary>
    public uint MicrosLeft(long now, long deadlineAt) => (uint)Math.Clamp(Micros(deadlineAt - now), 1, uint.MaxValue);

    /// <summary>
    /// The time span of these ticks, rounded up to whole milliseconds: the grain of the system's timers.
    /// </summary>
    public TimeSpan TimerSpan(long ticks) =>
        TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(ticks / _ticksPerMicro / 1_000)));
}
