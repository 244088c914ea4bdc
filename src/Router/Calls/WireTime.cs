using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// What a request and its answer take beside the leaf's own time, at best of late: the way there and back, and the
/// connections' queues. The least of the samples, which rises by a 32nd of what is above it. Thread-safe; a lost update
/// costs one sample.
/// </summary>
internal sealed class WireTime
{
    private const int RiseShift = 5;

    /// <summary>A share of the time left that is never taken off, whatever was measured: a fourth.</summary>
    private const int MostShift = 2;

    private long _micros = long.MaxValue;

    /// <summary>An answer came: its header says how long the leaf had the request.</summary>
    public void Add(long elapsedMicros, in ReplyHeader header)
    {
        var sample = Math.Max(0, elapsedMicros - header.QueueMicros - header.ServiceMicros);
        var known = Volatile.Read(ref _micros);
        Volatile.Write(ref _micros, sample < known ? sample : known + ((sample - known) >> RiseShift));
    }

    /// <summary>What the leaf may use of so much time.</summary>
    public uint TakenOff(uint leftMicros)
    {
        var known = Volatile.Read(ref _micros);
        return known == long.MaxValue ? leftMicros : leftMicros - (uint)Math.Min(known, leftMicros >> MostShift);
    }
}
