using System.Globalization;
using Hedgerow.LoadGen.Cli;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;
using HdrHistogram;

namespace Hedgerow.LoadGen.Running;

/// <summary>
/// A service-level objective: conditions on one run, all of which must hold. <c>p99&lt;5ms,errors&lt;0.1%</c>.
/// </summary>
internal sealed class Objective
{
    public const string Allowed = "conditions such as p99<5ms,errors<0.1%,get.p99.9<=20ms,rate>=9000: mean, p50, p90, "
        + "p99, p99.9, p99.99 or max with a time, errors, misses or partial (searches without all shards) with a "
        + "share, rate with good answers a second (not failed); a percentile is missed, too, when more failed than "
        + "lie beyond it, such as 1% for p99; an operation and a dot before it for that operation alone";

    private static readonly string[] Signs = ["<=", ">=", "<", ">"];
    private readonly List<Condition> _conditions;

    private Objective(List<Condition> conditions)
    {
        _conditions = conditions;
    }

    /// <summary>Reads it, or says which condition is wrong.</summary>
    public static Objective? Parse(string text, out string? error)
    {
        var conditions = new List<Condition>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (ParseOne(part) is not { } condition)
            {
                error = $"--objective: '{part}' is no condition; allowed are {Allowed}.";
                return null;
            }

            conditions.Add(condition);
        }

        error = null;
        return new Objective(conditions);
    }

    /// <summary>Each condition with what the run had. Nothing answered meets nothing.</summary>
    public IReadOnlyList<ConditionResult> Judge(RunOutcome run) =>
        [.. _conditions.Select(condition => condition.Judge(run))];

    private static Condition? ParseOne(string text)
    {
        var at = text.IndexOfAny(['<', '>']);
        if (at <= 0) return null;
        var sign = Signs.First(s => text.AsSpan(at).StartsWith(s, StringComparison.Ordinal));
        var metric = text[..at].Trim();
        OperationKind? only = null;
        var dot = metric.IndexOf('.', StringComparison.Ordinal);
        // The dot of p99.9 is none between an operation and a metric.
        if (dot > 0 && !char.IsDigit(metric[dot - 1]))
        {
            if (!Enum.TryParse<OperationKind>(metric[..dot], ignoreCase: true, out var kind)) return null;
            (only, metric) = (kind, metric[(dot + 1)..]);
        }

        var bound = text[(at + sign.Length)..].Trim();
        return LimitOf(metric, bound) is { } limit ? new Condition(text, only, metric, sign, limit) : null;
    }

    private static double? LimitOf(string metric, string bound)
    {
        switch (metric)
        {
            case "errors" or "misses" or "partial":
                var isPercent = bound.EndsWith('%');
                return Number(isPercent ? bound[..^1].Trim() : bound) is { } share
                    ? share / (isPercent ? 100 : 1)
                    : null;
            case "rate":
                return Number(bound);
            default:
                var isLatency = metric is "mean" or "max" || Percentile(metric) is not null;
                return isLatency && Durations.TryParse(bound, out var time) ? time.TotalSeconds * 1e9 : null;
        }
    }

    private static double? Percentile(string metric) =>
        metric.StartsWith('p') && Number(metric[1..]) is > 0 and < 100 and var percent ? percent : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private sealed record Condition(string Text, OperationKind? Only, string Metric, string Sign, double Limit)
    {
        public ConditionResult Judge(RunOutcome run)
        {
            var records = run.Records.Where(r => (Only is null || r.Kind == Only) && !r.IsEmpty).ToArray();
            var requests = records.Sum(r => r.Requests);
            if (requests == 0) return new ConditionResult(Text, "nothing was asked", IsMet: false);
            var value = ValueOf(run, records, requests);
            var isMet = Sign switch
            {
                "<" => value < Limit,
                "<=" => value <= Limit,
                ">" => value > Limit,
                _ => value >= Limit,
            };
            return TooManyFailed(records, requests) is { } failed
                ? new ConditionResult(
                    Text, string.Create(CultureInfo.InvariantCulture, $"{Show(value)}, and {failed:P3} failed"),
                    IsMet: false)
                : new ConditionResult(Text, Show(value), isMet);
        }

        /// <summary>
        /// The share that failed or was not sent when it is more than lies beyond a percentile: what never came is
        /// later than any answer.
        /// </summary>
        private double? TooManyFailed(OperationRecord[] records, long requests)
        {
            if (Percentile(Metric) is not { } percentile) return null;
            var failed = records.Sum(r => r.Count(Outcome.Failed));
            // Percentiles are no exact binary fractions.
            var allowed = requests * (100 - percentile) / 100 * (1 + 1e-9);
            return failed > allowed ? (double)failed / requests : null;
        }

        private double ValueOf(RunOutcome run, OperationRecord[] records, long requests)
        {
            double Share(Outcome outcome) => (double)records.Sum(r => r.Count(outcome)) / requests;
            if (Metric == "errors") return Share(Outcome.Failed);
            if (Metric == "misses") return Share(Outcome.Miss);
            if (Metric == "partial") return Share(Outcome.Partial);
            var all = OperationRecord.NewHistogram(3);
            foreach (var record in records) all.Add(record.Response);
            if (Metric == "rate")
                return run.Seconds > 0 ? (requests - records.Sum(r => r.Count(Outcome.Failed))) / run.Seconds : 0;
            if (all.TotalCount == 0) return double.PositiveInfinity;
            return Metric switch
            {
                "mean" => all.GetMean(),
                "max" => all.GetMaxValue(),
                _ => all.GetValueAtPercentile(Percentile(Metric)!.Value),
            };
        }

        private string Show(double value) => Metric switch
        {
            "errors" or "misses" or "partial" => value.ToString("P3", CultureInfo.InvariantCulture),
            "rate" => value.ToString("N0", CultureInfo.InvariantCulture),
            _ => double.IsFinite(value) ? Reporting.TextReport.Time(value / 1e3) : "no answer",
        };
    }
}

/// <summary>A condition and what a run had.</summary>
/// <param name="Condition">As it was written.</param>
/// <param name="Value">What the run had.</param>
/// <param name="IsMet">Whether it holds.</param>
internal sealed record ConditionResult(string Condition, string Value, bool IsMet);
