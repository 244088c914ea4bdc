using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// Everything that a run counts: by kind over the counted time, and by stretches of time, warm-up included.
/// Thread-safe;
/// a lock that is hardly ever contended costs less than histograms of atomic counts.
/// </summary>
/// <param name="intervalNanos">Length of a stretch.</param>
/// <param name="intervalDigits">Significant digits of a stretch's histograms: 2 are 1 %, and small.</param>
internal sealed class LoadTally(long intervalNanos, int intervalDigits = 2)
{
    /// <summary>What requests are counted under that were due while too many were in flight.</summary>
    public const string NotSentError = "NotSent";

    private readonly Lock _gate = new();
    private readonly OperationRecord[] _records =
        [.. Enum.GetValues<OperationKind>().Select(kind => new OperationRecord(kind))];

    private Interval _current = new(0, isWarmup: true, intervalDigits);
    private long _startNanos;

    public IReadOnlyList<OperationRecord> Records => _records;

    /// <summary>How late requests left, compared with when they were due. The generator's own error.</summary>
    public LongHistogram Lateness { get; } = OperationRecord.NewHistogram(3);

    /// <summary>Operations due in the counted time.</summary>
    public long Counted { get; private set; }

    /// <summary>When the next stretch begins; <see cref="Tick"/> is due then.</summary>
    public long NextTickNanos { get; private set; }

    /// <summary>Whether the current stretch is of the warm-up.</summary>
    public bool IsWarmingUp => _current.IsWarmup;

    /// <summary>Begins, by the run's clock.</summary>
    public void Begin(long nowNanos, bool isWarmup)
    {
        _startNanos = nowNanos;
        _current = new Interval(0, isWarmup, intervalDigits);
        NextTickNanos = nowNanos + intervalNanos;
    }

    /// <summary>Notes that a counted request left, or should have.</summary>
    public void Sent(long dueNanos, long nowNanos)
    {
        // The sending thread's alone.
        Counted++;
        Lateness.RecordValue(Math.Clamp(nowNanos - dueNanos, 1, OperationRecord.NanosMax));
    }

    /// <summary>Notes an answer.</summary>
    public void Answered(
        OperationKind kind, long dueNanos, long sentNanos, long doneNanos, Outcome outcome, string error, bool counted)
    {
        lock (_gate)
        {
            // What the warm-up sent and was answered after it belongs to neither.
            if (counted || _current.IsWarmup)
            {
                _current.Record(kind, Math.Clamp(doneNanos - dueNanos, 1, OperationRecord.NanosMax));
                if (outcome == Outcome.Failed) _current.Failed++;
            }

            if (counted) _records[(int)kind].Answered(dueNanos, sentNanos, doneNanos, outcome, error);
        }
    }

    /// <summary>Notes a request that was due and could not be sent.</summary>
    public void NotSent(OperationKind kind, bool counted)
    {
        lock (_gate)
        {
            if (counted || _current.IsWarmup) _current.Failed++;
            if (counted) _records[(int)kind].NotSent();
        }
    }

    /// <summary>The stretch that just began is the first of the counted time.</summary>
    public void CountFromHere()
    {
        if (!_current.IsWarmup) return;
        lock (_gate) _current = new Interval(_current.StartNanos, isWarmup: false, intervalDigits);
    }

    /// <summary>Ends the current stretch and begins the next.</summary>
    public Interval Tick(long nowNanos, bool isWarmup)
    {
        lock (_gate)
        {
            var closed = _current;
            closed.EndNanos = nowNanos - _startNanos;
            _current = new Interval(closed.EndNanos, isWarmup, intervalDigits);
            NextTickNanos = nowNanos < NextTickNanos || nowNanos >= NextTickNanos + intervalNanos
                ? nowNanos + intervalNanos
                : NextTickNanos + intervalNanos;
            return closed;
        }
    }
}
