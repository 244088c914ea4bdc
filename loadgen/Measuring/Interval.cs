using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>
/// What happened in one stretch of time, by kind of operation. Written by the tally, read when closed.
/// </summary>
internal sealed class Interval(long startNanos, bool isWarmup, int significantDigits)
{
    private static readonly int Kinds = Enum.GetValues<OperationKind>().Length;
    private readonly LongHistogram?[] _response = new LongHistogram?[Kinds];

    /// <summary>From the start of the run.</summary>
    public long StartNanos => startNanos;

    /// <summary>From the start of the run; set when it is closed.</summary>
    public long EndNanos { get; set; }

    /// <summary>Whether it is of the time that does not count.</summary>
    public bool IsWarmup => isWarmup;

    /// <summary>Answers, errors included.</summary>
    public long Answers { get; set; }

    /// <summary>Errors, and requests that could not be sent.</summary>
    public long Failed { get; set; }

    public double Seconds => (EndNanos - startNanos) / 1e9;

    /// <summary>The response times of a kind; null when none was answered.</summary>
    public LongHistogram? Response(OperationKind kind) => _response[(int)kind];

    /// <summary>The response times of all kinds together.</summary>
    public LongHistogram All()
    {
        var all = OperationRecord.NewHistogram(significantDigits);
        foreach (var histogram in _response) if (histogram is not null) all.Add(histogram);
        return all;
    }

    public void Record(OperationKind kind, long nanos)
    {
        Answers++;
        (_response[(int)kind] ??= OperationRecord.NewHistogram(significantDigits)).RecordValue(nanos);
    }

    /// <summary>Takes up the same stretch of another generator.</summary>
    public void Add(Interval other)
    {
        Answers += other.Answers;
        Failed += other.Failed;
        EndNanos = Math.Max(EndNanos, other.EndNanos);
        for (var kind = 0; kind < Kinds; kind++)
            if (other._response[kind] is { } histogram) Add((OperationKind)kind, histogram);
    }

    /// <summary>Takes up response times of a kind, and not their number of answers.</summary>
    public void Add(OperationKind kind, LongHistogram histogram) =>
        (_response[(int)kind] ??= OperationRecord.NewHistogram(significantDigits)).Add(histogram);
}
