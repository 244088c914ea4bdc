using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// What happened to one kind of operation. Response time counts from the intended send, so that requests that had to
/// wait for a stalled server, or for a stalled sender, count their wait: coordinated omission cannot hide it (Tene).
/// Service time counts from the real send, for comparison. One caller at a time.
/// </summary>
internal sealed class OperationRecord(OperationKind kind)
{
    /// <summary>Longest time told apart: one hour. Longer ones count as that.</summary>
    public const long NanosMax = 3_600_000_000_000;

    private const int SignificantDigits = 3;
    private readonly Dictionary<string, long> _errors = [];
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];

    public OperationKind Kind => kind;

    /// <summary>From when a request was due.</summary>
    public LongHistogram Response { get; } = NewHistogram(SignificantDigits);

    /// <summary>From when it was sent.</summary>
    public LongHistogram Service { get; } = NewHistogram(SignificantDigits);

    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Whether anything happened.</summary>
    public bool IsEmpty => _outcomes.Sum() == 0;

    /// <summary>Requests of all outcomes, those not sent included.</summary>
    public long Requests => _outcomes.Sum();

    public static LongHistogram NewHistogram(int significantDigits) => new(1, NanosMax, significantDigits);

    public long Count(Outcome outcome) => _outcomes[(int)outcome];

    public void Answered(long intendedNanos, long sentNanos, long doneNanos, Outcome outcome, string error)
    {
        Response.RecordValue(Math.Clamp(doneNanos - intendedNanos, 1, NanosMax));
        Service.RecordValue(Math.Clamp(doneNanos - sentNanos, 1, NanosMax));
        _outcomes[(int)outcome]++;
        if (outcome == Outcome.Failed) AddError(error, 1);
    }

    /// <summary>A request that was due and could not be sent, because too many were in flight already.</summary>
    public void NotSent()
    {
        _outcomes[(int)Outcome.Failed]++;
        AddError(LoadTally.NotSentError, 1);
    }

    /// <summary>Takes up what another generator counted.</summary>
    public void Add(OperationRecord other)
    {
        Response.Add(other.Response);
        Service.Add(other.Service);
        foreach (var (error, count) in other.Errors) AddError(error, count);
        for (var i = 0; i < _outcomes.Length; i++) _outcomes[i] += other._outcomes[i];
    }

    /// <summary>Takes up counts that came from elsewhere.</summary>
    public void AddCounts(IReadOnlyList<long> outcomes, IReadOnlyDictionary<string, long> errors)
    {
        for (var i = 0; i < _outcomes.Length; i++) _outcomes[i] += outcomes[i];
        foreach (var (error, count) in errors) AddError(error, count);
    }

    private void AddError(string error, long count) =>
        _errors[error] = _errors.TryGetValue(error, out var n) ? n + count : count;
}
