using System.Runtime.ExceptionServices;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>Bounds of a run: it ends at whichever comes first, and always ends.</summary>
/// <param name="WarmupNanos">Sent and not counted, from the start.</param>
/// <param name="DurationNanos">Counted time after the warm-up.</param>
/// <param name="OperationsMax">Operations sent in all, warm-up included.</param>
/// <param name="InFlightMax">Operations that may wait for an answer at once; more are counted as failed, not
/// sent.</param>
internal readonly record struct LoadBounds(long WarmupNanos, long DurationNanos, long OperationsMax, int InFlightMax);

/// <summary>
/// The open loop: requests leave when the arrival process says so, whether or not earlier ones were answered, as
/// independent users would send them. The scheduling thread only sends; how late it was is measured too.
/// </summary>
internal sealed class OpenLoop(
    LoadBounds bounds, IArrivals arrivals, OperationSource source, ILoadTarget target, ILoadClock clock)
{
    private readonly OperationRecord[] _records =
        [.. Enum.GetValues<OperationKind>().Select(kind => new OperationRecord(kind))];

    private readonly TaskCompletionSource _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight = 1; // the loop's own, given back when it has sent the last request
    private ExceptionDispatchInfo? _defect;

    public IReadOnlyList<OperationRecord> Records => _records;

    /// <summary>How late requests left, compared with when they were due. The generator's own error.</summary>
    public LongConcurrentHistogram Lateness { get; } = new(1, OperationRecord.NanosMax, 3);

    public long Sent { get; private set; }

    /// <summary>Operations due in the counted time, and the length of that time.</summary>
    public long Counted { get; private set; }

    public long CountedNanos { get; private set; }

    /// <summary>Sends until a bound is reached, on the calling thread, then waits for the answers.</summary>
    public Task RunAsync(CancellationToken stop)
    {
        var start = clock.NowNanos;
        var countFrom = start + bounds.WarmupNanos;
        var end = countFrom + bounds.DurationNanos;
        var due = start + arrivals.NextGapNanos();
        var lastDue = start;
        while (due < end && Sent < bounds.OperationsMax && !stop.IsCancellationRequested && _defect is null)
        {
            clock.WaitUntil(due);
            Send(source.Next(), due, counted: due >= countFrom);
            lastDue = due;
            due += arrivals.NextGapNanos();
        }

        CountedNanos = Math.Max(0, Math.Min(Sent < bounds.OperationsMax ? clock.NowNanos : lastDue, end) - countFrom);
        LeaveOne();
        return FinishAsync();
    }

    private async Task FinishAsync()
    {
        await _allAnswered.Task;
        _defect?.Throw();
    }

    private void Send(Operation operation, long due, bool counted)
    {
        var now = clock.NowNanos;
        Sent++;
        if (counted)
        {
            Counted++;
            Lateness.RecordValue(Math.Clamp(now - due, 1, OperationRecord.NanosMax));
        }

        var record = _records[(int)operation.Kind];
        if (Volatile.Read(ref _inFlight) > bounds.InFlightMax)
        {
            if (counted) record.NotSent();
            return;
        }

        Interlocked.Increment(ref _inFlight);
        _ = ObserveAsync(operation, counted ? record : null, due, now);
    }

    private async Task ObserveAsync(Operation operation, OperationRecord? record, long due, long sent)
    {
        try
        {
            var (outcome, error) = await target.SendAsync(operation);
            record?.Answered(due, sent, clock.NowNanos, outcome, error);
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
