using System.Collections.Concurrent;
using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// What happened to one kind of operation. Response time counts from the intended send, so that requests that had to
/// wait
/// for a stalled server, or for a stalled sender, count their wait: coordinated omission cannot hide it (Tene).
/// Service time
/// counts from the real send, for comparison. Thread-safe.
/// </summary>
internal sealed class OperationRecord(OperationKind kind)
{
    /// <summary>Longest time told apart: one hour. Longer ones count as that.</summary>
    public const long NanosMax = 3_600_000_000_000;

    private const int SignificantDigits = 3;
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];

    public OperationKind Kind => kind;

    public LongConcurrentHistogram Response { get; } = new(1, NanosMax, SignificantDigits);

    public LongConcurrentHistogram Service { get; } = new(1, NanosMax, SignificantDigits);

    public IReadOnlyDictionary<string, long> Errors => _errors;

    public long Count(Outcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    public void Answered(long intendedNanos, long sentNanos, long doneNanos, Outcome outcome, string error)
    {
        Response.RecordValue(Math.Clamp(doneNanos - intendedNanos, 1, NanosMax));
        Service.RecordValue(Math.Clamp(doneNanos - sentNanos, 1, NanosMax));
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        if (outcome == Outcome.Failed) _errors.AddOrUpdate(error, 1, static (_, n) => n + 1);
    }

    /// <summary>A request that was due and could not be sent, because too many were in flight already.</summary>
    public void NotSent()
    {
        Interlocked.Increment(ref _outcomes[(int)Outcome.Failed]);
        _errors.AddOrUpdate("NotSent", 1, static (_, n) => n + 1);
    }
}
