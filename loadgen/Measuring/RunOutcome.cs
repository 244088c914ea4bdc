using Hedgerow.Router;
using HdrHistogram;

namespace Hedgerow.LoadGen.Measuring;

/// <summary>Everything that one run, or several at once, found out.</summary>
internal sealed record RunOutcome
{
    /// <summary>Counted time.</summary>
    public required double Seconds { get; init; }

    /// <summary>Requests a second that were wanted; 0 in a closed loop.</summary>
    public required double RateAsked { get; init; }

    /// <summary>Requests due in the counted time.</summary>
    public required long Counted { get; init; }

    public required IReadOnlyList<OperationRecord> Records { get; init; }

    public required HistogramBase Lateness { get; init; }

    /// <summary>In their order; those of the warm-up first.</summary>
    public required IReadOnlyList<Interval> Intervals { get; init; }

    /// <summary>What the routers in the generators did.</summary>
    public RouterWork Router { get; init; }

    /// <summary>
    /// User and system time of the server's processes over the counted time; null when none was named.
    /// </summary>
    public double? ServerCpuMicros { get; init; }

    /// <summary>Seconds sent and not counted.</summary>
    public double WarmupSeconds { get; init; }

    /// <summary>Whether a steady state was asked for and not reached.</summary>
    public bool IsUnsteady { get; init; }

    /// <summary>Sum over kinds of what ended in a way.</summary>
    public long Total(Workload.Outcome outcome) => Records.Sum(record => record.Count(outcome));

    /// <summary>Response times of all kinds together.</summary>
    public LongHistogram AllResponses()
    {
        var all = OperationRecord.NewHistogram(3);
        foreach (var record in Records) all.Add(record.Response);
        return all;
    }

    /// <summary>Generators that ran at once, as one.</summary>
    public static RunOutcome Merge(IReadOnlyList<RunOutcome> parts)
    {
        var records = parts[0].Records.Select(r => new OperationRecord(r.Kind)).ToArray();
        var lateness = OperationRecord.NewHistogram(3);
        foreach (var part in parts)
        {
            for (var i = 0; i < records.Length; i++) records[i].Add(part.Records[i]);
            lateness.Add(part.Lateness);
        }

        return new RunOutcome
        {
            Seconds = parts.Max(part => part.Seconds),
            RateAsked = parts.Sum(part => part.RateAsked),
            Counted = parts.Sum(part => part.Counted),
            Records = records,
            Lateness = lateness,
            Intervals = MergeIntervals([.. parts.Select(part => part.Intervals)]),
            Router = parts.Aggregate(default(RouterWork), (sum, part) => sum + part.Router),
            ServerCpuMicros = parts.Max(part => part.ServerCpuMicros),
            WarmupSeconds = parts.Max(part => part.WarmupSeconds),
            IsUnsteady = parts.Any(part => part.IsUnsteady),
        };
    }

    /// <summary>Warm-ups side by side, and counted times side by side: the n-th of each with the n-th.</summary>
    internal static List<Interval> MergeIntervals(IReadOnlyList<IReadOnlyList<Interval>> parts)
    {
        var merged = new List<Interval>();
        foreach (var isWarmup in (bool[])[true, false])
        {
            var phases = parts.Select(part => part.Where(i => i.IsWarmup == isWarmup).ToArray()).ToArray();
            for (var n = 0; n < phases.Max(phase => phase.Length); n++)
            {
                var stretches = phases.Where(phase => n < phase.Length).Select(phase => phase[n]).ToArray();
                var sum = new Interval(stretches.Min(s => s.StartNanos), isWarmup, Digits);
                foreach (var stretch in stretches) sum.Add(stretch);
                merged.Add(sum);
            }
        }

        return merged;
    }

    private const int Digits = 3;
}

/// <summary>What routers did for a run.</summary>
/// <param name="Requests">Requests that came to them.</param>
/// <param name="Sent">Hedges sent.</param>
/// <param name="Won">Hedges that answered first.</param>
/// <param name="Cancelled">Losers cancelled.</param>
/// <param name="Denied">Hedges that were due and that the budget did not allow.</param>
/// <param name="Retries">Requests sent again after an error.</param>
internal readonly record struct RouterWork(
    long Requests, long Sent, long Won, long Cancelled, long Denied, long Retries)
{
    public static RouterWork operator +(RouterWork a, RouterWork b) => new(
        a.Requests + b.Requests, a.Sent + b.Sent, a.Won + b.Won, a.Cancelled + b.Cancelled, a.Denied + b.Denied,
        a.Retries + b.Retries);

    /// <summary>What was done between two readings of the counters.</summary>
    public static RouterWork Between(RouterCounters before, RouterCounters after) => new(
        after.Requests - before.Requests, after.HedgesSent - before.HedgesSent, after.HedgesWon - before.HedgesWon,
        after.HedgesCancelled - before.HedgesCancelled, after.HedgesDenied - before.HedgesDenied,
        after.Retries - before.Retries);
}
