using System.Runtime.ExceptionServices;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// The open loop: requests leave when their stream says so, whether or not earlier ones were answered, as independent
/// users would send them. The scheduling thread only sends; how late it was is measured too.
/// </summary>
internal sealed class OpenLoop(
    LoadBounds bounds, RunPhases phases, LoadTally tally, IRequestStream requests, ILoadTarget target,
    ILoadClock clock, Action<Interval> onInterval)
{
    private readonly TaskCompletionSource _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight = 1; // the loop's own, given back when it has sent the last request
    private ExceptionDispatchInfo? _defect;

    public LoadTally Tally => tally;

    public long Sent { get; private set; }

    /// <summary>Length of the counted time.</summary>
    public long CountedNanos { get; private set; }

    /// <summary>Sends until a bound is reached, on the calling thread, then waits for the answers.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var start = clock.NowNanos;
        phases.Begin(start);
        tally.Begin(start, isWarmup: phases.CountFromNanos > start);
        var lastDue = start;
        var hasMore = true;
        while (Sent < bounds.OperationsMax && (hasMore = requests.TryNext(out var offset, out var operation)))
        {
            var due = start + offset;
            if (!WaitUntil(due, stop) || due >= phases.EndNanos) break;
            Send(operation, due, counted: due >= phases.CountFromNanos);
            lastDue = due;
        }

        var isCut = Sent >= bounds.OperationsMax || !hasMore;
        var end = Math.Min(isCut ? lastDue : clock.NowNanos, phases.EndNanos);
        CountedNanos = Math.Max(0, end - phases.CountFromNanos);
        LeaveOne();
        await _allAnswered.Task;
        onInterval(tally.Tick(clock.NowNanos, isWarmup: false));
        _defect?.Throw();
    }

    /// <summary>Waits, closing stretches of time on the way; false when the run is to stop.</summary>
    private bool WaitUntil(long due, CancellationToken stop)
    {
        while (true)
        {
            if (stop.IsCancellationRequested || _defect is not null) return false;
            // The counted time begins with a stretch of its own.
            var begins = tally.IsWarmingUp ? phases.CountFromNanos : long.MaxValue;
            var until = Math.Min(Math.Min(due, begins), Math.Min(tally.NextTickNanos, phases.EndNanos));
            clock.WaitUntil(until);
            var now = clock.NowNanos;
            if (now >= begins || now >= tally.NextTickNanos) Tick(now);
            else if (until == due) return true;
            // What was due before the end is sent, however late; nothing later is waited for.
            else if (now >= phases.EndNanos) return false;
        }
    }

    private void Tick(long now)
    {
        var closed = tally.Tick(now, isWarmup: now < phases.CountFromNanos);
        phases.Observe(closed, now);
        if (now >= phases.CountFromNanos) tally.CountFromHere();
        onInterval(closed);
    }

    private void Send(Operation operation, long due, bool counted)
    {
        var now = clock.NowNanos;
        Sent++;
        if (counted) tally.Sent(due, now);
        if (Volatile.Read(ref _inFlight) > bounds.InFlightMax)
        {
            tally.NotSent(operation.Kind, counted);
            return;
        }

        Interlocked.Increment(ref _inFlight);
        _ = ObserveAsync(operation, due, now, counted);
    }

    private async Task ObserveAsync(Operation operation, long due, long sent, bool counted)
    {
        try
        {
            var (outcome, error) = await target.SendAsync(operation);
            tally.Answered(operation.Kind, due, sent, clock.NowNanos, outcome, error, counted);
        }
        catch (Exception e)
        {
            // Not one of the expected failures: the run ends and the caller gets the exception.
            _defect = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            LeaveOne();
        }
    }

    private void LeaveOne()
    {
        if (Interlocked.Decrement(ref _inFlight) == 0) _allAnswered.TrySetResult();
    }
}
