using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Traces;

namespace Hedgerow.LoadGen.Workload;

/// <summary>What is sent, and when it is due. One caller at a time.</summary>
internal interface IRequestStream
{
    /// <summary>The next request; false when there is no more.</summary>
    /// <param name="dueNanos">From the start of the run; never less than the one before.</param>
    /// <param name="operation">What to send.</param>
    bool TryNext(out long dueNanos, out Operation operation);
}

/// <summary>Drawn requests at drawn times; without end.</summary>
internal sealed class DrawnRequests(IArrivals arrivals, OperationSource source) : IRequestStream
{
    private long _due;

    public bool TryNext(out long dueNanos, out Operation operation)
    {
        _due += arrivals.NextGapNanos();
        dueNanos = _due;
        operation = source.Next();
        return true;
    }
}

/// <summary>
/// The requests of a trace at the times that it has them, a number of times as fast; or, given arrivals, at those
/// instead. Ends with the trace.
/// </summary>
/// <param name="trace">Replayed.</param>
/// <param name="speed">2 replays an hour in half an hour.</param>
/// <param name="arrivals">When, instead; null for the trace's own times.</param>
/// <param name="index">Of several generators, each sends every <paramref name="of"/>-th from its own.</param>
/// <param name="of">How many there are.</param>
internal sealed class TracedRequests(Trace trace, double speed, IArrivals? arrivals, int index, int of) : IRequestStream
{
    private int _next = index;
    private long _due;

    public bool TryNext(out long dueNanos, out Operation operation)
    {
        dueNanos = 0;
        operation = default;
        if (_next >= trace.Records.Count) return false;
        var record = trace.Records[_next];
        dueNanos = arrivals is null
            ? (long)(trace.OffsetNanos[_next] / speed)
            : _due += arrivals.NextGapNanos();
        operation = new Operation(
            record.Kind, record.Key, ValueBytes: record.ValueBytes, TtlSeconds: record.TtlSeconds);
        _next += of;
        return true;
    }
}
