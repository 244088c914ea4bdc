using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Router;
using HdrHistogram;

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

    public required double RateAsked { get; init; }

    /// <summary>Requests due and sent in the counted time, a second.</summary>
    public required double RateSent { get; init; }

    /// <summary>How late the generator itself sent. If this is not far below the latencies, they say little.</summary>
    public required LatencySummary Lateness { get; init; }

    /// <summary>
    /// Why the figures may be the generator's own rather than the cluster's; null when nothing speaks for that.
    /// </summary>
    public string? Warning { get; init; }

    public required IReadOnlyList<OperationReport> Operations { get; init; }

    public required HedgeReport Hedges { get; init; }

    public static LoadReport Of(
        IReadOnlyDictionary<string, string> plan, double rate, OpenLoop loop, RouterCounters before,
        RouterCounters after)
    {
        var seconds = loop.CountedNanos / 1e9;
        var requests = after.Requests - before.Requests;
        var rateSent = seconds > 0 ? loop.Counted / seconds : 0;
        var lateness = LatencySummary.Of(loop.Lateness);
        return new LoadReport
        {
            Warning = WarningOf(rate, rateSent, lateness),
            Plan = plan,
            Seconds = seconds,
            RateAsked = rate,
            RateSent = rateSent,
            Lateness = lateness,
            Operations = [.. loop.Records.Where(r => r.Response.TotalCount > 0 || r.Errors.Count > 0)
                .Select(r => OperationReport.Of(r, seconds))],
            Hedges = new HedgeReport
            {
                Requests = requests,
                Sent = after.HedgesSent - before.HedgesSent,
                Won = after.HedgesWon - before.HedgesWon,
                Cancelled = after.HedgesCancelled - before.HedgesCancelled,
                Denied = after.HedgesDenied - before.HedgesDenied,
                Retries = after.Retries - before.Retries,
                ExtraShare = requests > 0 ? (double)(after.HedgesSent - before.HedgesSent) / requests : 0,
            },
        };
    }

    /// <summary>Late sends are in the response times too; that part is not the server's.</summary>
    private static string? WarningOf(double rateAsked, double rateSent, LatencySummary lateness) =>
        lateness.P99 > LateMicros
            ? $"the generator sent late by {lateness.P99 / 1e3:F1} ms at p99 (a busy processor, or a rate above what "
                + "it can send); response times contain that"
            : rateSent < rateAsked * RateShareMin
                ? $"the generator sent {rateSent:F0} requests a second of {rateAsked:F0} asked"
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

    public static OperationReport Of(OperationRecord record, double seconds) => new()
    {
        Operation = record.Kind.ToString().ToLowerInvariant(),
        Ok = record.Count(Outcome.Ok),
        Misses = record.Count(Outcome.Miss),
        Partial = record.Count(Outcome.Partial),
        Failed = record.Count(Outcome.Failed),
        Errors = record.Errors.OrderBy(e => e.Key, StringComparer.Ordinal).ToDictionary(),
        Throughput = seconds > 0 ? record.Response.TotalCount / seconds : 0,
        Response = LatencySummary.Of(record.Response),
        Service = LatencySummary.Of(record.Service),
    };
}

/// <summary>A distribution in microseconds.</summary>
internal sealed record LatencySummary
{
    public required double Mean { get; init; }

    public required double P50 { get; init; }

    public required double P90 { get; init; }

    public required double P99 { get; init; }

    [JsonPropertyName("p99.9")]
    public required double P999 { get; init; }

    [JsonPropertyName("p99.99")]
    public required double P9999 { get; init; }

    public required double Max { get; init; }

    public static LatencySummary Of(HistogramBase histogram)
    {
        if (histogram.TotalCount == 0)
            return new LatencySummary { Mean = 0, P50 = 0, P90 = 0, P99 = 0, P999 = 0, P9999 = 0, Max = 0 };
        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1e3;
        return new LatencySummary
        {
            Mean = histogram.GetMean() / 1e3,
            P50 = At(50),
            P90 = At(90),
            P99 = At(99),
            P999 = At(99.9),
            P9999 = At(99.99),
            Max = histogram.GetMaxValue() / 1e3,
        };
    }
}

/// <summary>What the router in this process did; all 0 when the cluster's own router did the work.</summary>
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
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
