using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>
/// Everything a run found out. Times are in microseconds; the JSON has the same members in camel case.
/// </summary>
internal sealed record LoadReport
{
    /// <summary>Lateness at p99 that is worth a warning: about a slow round trip.</summary>
    private const double LateMicros = 2_000;

    /// <summary>A Poisson process may fall short by chance; by a tenth it does not.</summary>
    private const double RateShareMin = 0.9;

    public required IReadOnlyDictionary<string, string> Plan { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Seconds sent and not counted before.</summary>
    public double WarmupSeconds { get; init; }

    /// <summary>0 in a closed loop.</summary>
    public required double RateAsked { get; init; }

    /// <summary>Requests due and sent in the counted time, a second.</summary>
    public required double RateSent { get; init; }

    /// <summary>How late the generator itself sent. If this is not far below the latencies, they say little.</summary>
    public required LatencySummary Lateness { get; init; }

    /// <summary>
    /// Why the figures may be the generator's own rather than the cluster's; null when nothing speaks for that.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>Answers of all operations, misses and errors included.</summary>
    public required long Answers { get; init; }

    public required long Misses { get; init; }

    /// <summary>Errors; requests that could not be sent are apart.</summary>
    public required long Failed { get; init; }

    /// <summary>Due, and not sent, since too many were in flight.</summary>
    public required long NotSent { get; init; }

    /// <summary>Answers a second.</summary>
    public required double Throughput { get; init; }

    /// <summary>Of all operations, from the intended send.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>User and system time of the named processes, in microseconds, by request; null without any.</summary>
    public double? ServerCpuMicros { get; init; }

    public required IReadOnlyList<OperationReport> Operations { get; init; }

    public required HedgeReport Hedges { get; init; }

    /// <summary>The objective's conditions; null without one.</summary>
    public IReadOnlyList<ConditionResult>? Objective { get; init; }

    /// <summary>The rates tried; null without a ramp.</summary>
    public RampReport? Ramp { get; init; }

    /// <summary>Stretches of time in their order, those of the warm-up first.</summary>
    public required IReadOnlyList<IntervalReport> Intervals { get; init; }

    public static LoadReport Of(
        IReadOnlyDictionary<string, string> plan, RunOutcome run, Objective? objective = null, RampReport? ramp = null)
    {
        var rateSent = run.Seconds > 0 ? run.Counted / run.Seconds : 0;
        var lateness = LatencySummary.Of(run.Lateness);
        var all = run.AllResponses();
        var notSent = run.Records.Sum(r => r.Errors.GetValueOrDefault(LoadTally.NotSentError));
        return new LoadReport
        {
            Warning = WarningOf(run, rateSent, lateness),
            Plan = plan,
            Seconds = run.Seconds,
            WarmupSeconds = run.WarmupSeconds,
            RateAsked = run.RateAsked,
            RateSent = rateSent,
            Lateness = lateness,
            Answers = all.TotalCount,
            Misses = run.Total(Outcome.Miss),
            Failed = run.Total(Outcome.Failed) - notSent,
            NotSent = notSent,
            Throughput = run.Seconds > 0 ? all.TotalCount / run.Seconds : 0,
            Latency = LatencySummary.Of(all),
            ServerCpuMicros = all.TotalCount > 0 ? run.ServerCpuMicros / all.TotalCount : null,
            Operations = [.. run.Records.Where(r => !r.IsEmpty).Select(r => OperationReport.Of(r, run.Seconds))],
            Hedges = HedgeReport.Of(run.Router),
            Objective = objective?.Judge(run),
            Ramp = ramp,
            Intervals = [.. run.Intervals.Select(IntervalReport.Of)],
        };
    }

    /// <summary>Late sends are in the response times too; that part is not the server's.</summary>
    private static string? WarningOf(RunOutcome run, double rateSent, LatencySummary lateness) =>
        lateness.P99 > LateMicros
            ? $"the generator sent late by {lateness.P99 / 1e3:F1} ms at p99 (a busy processor, or a rate above what "
                + "it can send); response times contain that"
            : rateSent < run.RateAsked * RateShareMin
                ? $"the generator sent {rateSent:F0} requests a second of {run.RateAsked:F0} asked"
                : run.IsUnsteady
                    ? $"the server was not steady after {run.WarmupSeconds:F0} s of warm-up (--steady)"
                    : null;
}

/// <summary>One kind of operation.</summary>
internal sealed record OperationReport
{
    public required string Operation { get; init; }

    public required long Ok { get; init; }

    public required long Misses { get; init; }

    public required long Partial { get; init; }

    public required long Failed { get; init; }

    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    /// <summary>Answers a second.</summary>
    public required double Throughput { get; init; }

    /// <summary>From the intended send.</summary>
    public required LatencySummary Response { get; init; }

    /// <summary>From the real send.</summary>
    public required LatencySummary Service { get; init; }

    /// <summary>All response times, nanoseconds: HdrHistogram's compressed encoding in base 64.</summary>
    public required string ResponseHistogram { get; init; }

    /// <summary>All service times, as <see cref="ResponseHistogram"/>.</summary>
    public required string ServiceHistogram { get; init; }

    /// <summary>How reports call a kind.</summary>
    public static string NameOf(OperationKind kind) => kind.ToString().ToLowerInvariant();

    public static OperationReport Of(OperationRecord record, double seconds) => new()
    {
        Operation = NameOf(record.Kind),
        Ok = record.Count(Outcome.Ok),
        Misses = record.Count(Outcome.Miss),
        Partial = record.Count(Outcome.Partial),
        Failed = record.Count(Outcome.Failed),
        Errors = record.Errors.OrderBy(e => e.Key, StringComparer.Ordinal).ToDictionary(),
        Throughput = seconds > 0 ? record.Response.TotalCount / seconds : 0,
        Response = LatencySummary.Of(record.Response),
        Service = LatencySummary.Of(record.Service),
        ResponseHistogram = HistogramText.Encode(record.Response),
        ServiceHistogram = HistogramText.Encode(record.Service),
    };
}

/// <summary>One stretch of time.</summary>
internal sealed record IntervalReport
{
    /// <summary>Seconds from the start of the run.</summary>
    public required double Start { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Whether it was not counted.</summary>
    public required bool Warmup { get; init; }

    public required long Answers { get; init; }

    public required long Failed { get; init; }

    /// <summary>Response times by operation, as <see cref="OperationReport.ResponseHistogram"/>.</summary>
    public required IReadOnlyDictionary<string, string> Histograms { get; init; }

    /// <summary>The response times of one operation, or of all together.</summary>
    public HdrHistogram.LongHistogram Merged(string? operation)
    {
        var merged = OperationRecord.NewHistogram(3);
        foreach (var (name, text) in Histograms)
            if (operation is null || name == operation) merged.Add(HistogramText.Decode(text));
        return merged;
    }

    public static IntervalReport Of(Interval interval) => new()
    {
        Start = interval.StartNanos / 1e9,
        Seconds = interval.Seconds,
        Warmup = interval.IsWarmup,
        Answers = interval.Answers,
        Failed = interval.Failed,
        Histograms = Enum.GetValues<OperationKind>().Where(kind => interval.Response(kind) is not null)
            .ToDictionary(OperationReport.NameOf, kind => HistogramText.Encode(interval.Response(kind)!)),
    };
}

/// <summary>What the routers in the generators did; all 0 when the cluster's own router did the work.</summary>
internal sealed record HedgeReport
{
    public required long Requests { get; init; }

    public required long Sent { get; init; }

    public required long Won { get; init; }

    public required long Cancelled { get; init; }

    /// <summary>Hedges that were due and that the budget did not allow.</summary>
    public required long Denied { get; init; }

    public required long Retries { get; init; }

    /// <summary>Hedges sent as a share of all requests.</summary>
    public required double ExtraShare { get; init; }

    public static HedgeReport Of(RouterWork work) => new()
    {
        Requests = work.Requests,
        Sent = work.Sent,
        Won = work.Won,
        Cancelled = work.Cancelled,
        Denied = work.Denied,
        Retries = work.Retries,
        ExtraShare = work.Requests > 0 ? (double)work.Sent / work.Requests : 0,
    };
}

/// <summary>A search for the highest rate.</summary>
/// <param name="Best">The highest rate that met the objective; 0 for none.</param>
/// <param name="Steps">The runs, in their order.</param>
internal sealed record RampReport(double Best, IReadOnlyList<RampStep> Steps);

/// <summary>One run of a search.</summary>
/// <param name="Rate">Asked.</param>
/// <param name="Sent">Sent a second.</param>
/// <param name="IsMet">Whether the objective held.</param>
/// <param name="Why">What was missed; empty when nothing was.</param>
/// <param name="Latency">Of all operations.</param>
/// <param name="ErrorShare">Of all requests.</param>
internal sealed record RampStep(
    double Rate, double Sent, bool IsMet, string Why, LatencySummary Latency, double ErrorShare);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
