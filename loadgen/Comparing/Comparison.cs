using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using HdrHistogram;

namespace Hedgerow.LoadGen.Comparing;

/// <summary>What became of a figure from one run to the other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>They do not differ by more than chance, or by too little to matter.</summary>
    WithinNoise,

    /// <summary>B is better.</summary>
    Better,

    /// <summary>B is worse.</summary>
    Worse,

    /// <summary>There are too few stretches of time with enough requests.</summary>
    TooFew,
}

/// <summary>One figure of two runs.</summary>
/// <param name="Operation">Of which operation.</param>
/// <param name="Figure">Which figure: a percentile in µs, answers a second, or the share of failures.</param>
/// <param name="A">Over the whole of A.</param>
/// <param name="B">Over the whole of B.</param>
/// <param name="Chance">How likely such a difference is without a cause; null when it can't be told.</param>
/// <param name="Samples">Stretches of time compared, of A and of B.</param>
/// <param name="Verdict">What it comes to.</param>
internal sealed record Difference(
    string Operation, string Figure, double A, double B, double? Chance, (int A, int B) Samples, Verdict Verdict);

/// <summary>
/// Compares two runs figure by figure. A figure is taken of each stretch of time of the counted runs, and the two lists
/// are told apart by their ranks: what varies as much within a run as between the runs is noise. Stretches are put
/// together until each has enough requests for its percentile.
/// </summary>
/// <param name="relativeMin">Smaller relative differences do not matter.</param>
internal sealed class Comparison(double relativeMin)
{
    /// <summary>Chance below which a difference is believed.</summary>
    public const double ChanceMax = 0.01;

    /// <summary>Stretches that each side must have: with four, no order of ranks is that unlikely.</summary>
    public const int SamplesMin = 5;

    /// <summary>Requests that must lie beyond a percentile for it to mean something.</summary>
    private const int BeyondMin = 10;

    private static readonly (string Name, double Percentile)[] Percentiles =
        [("p50", 50), ("p99", 99), ("p99.9", 99.9)];

    /// <summary>All figures of the operations that both runs have.</summary>
    public IReadOnlyList<Difference> Compare(LoadReport a, LoadReport b)
    {
        var differences = new List<Difference>();
        foreach (var ofA in a.Operations)
        {
            if (b.Operations.FirstOrDefault(o => o.Operation == ofA.Operation) is not { } ofB) continue;
            var name = ofA.Operation;
            differences.Add(Judge(
                name, "rate", ofA.Throughput, ofB.Throughput, Rates(a, name), Rates(b, name), moreIsBetter: true));
            foreach (var (figure, percentile) in Percentiles)
            {
                differences.Add(Judge(
                    name, figure, At(HistogramText.Decode(ofA.ResponseHistogram), percentile),
                    At(HistogramText.Decode(ofB.ResponseHistogram), percentile), Samples(a, name, percentile),
                    Samples(b, name, percentile), moreIsBetter: false));
            }

            differences.Add(Failures(ofA, ofB));
        }

        return differences;
    }

    /// <summary>Operations that only one of the runs has, of which there is nothing to compare.</summary>
    public static IReadOnlyList<string> OfOneAlone(LoadReport a, LoadReport b)
    {
        static IEnumerable<string> Names(LoadReport report) => report.Operations.Select(o => o.Operation);
        return
        [
            .. Names(a).Except(Names(b)).Select(name => $"{name}: only A has it"),
            .. Names(b).Except(Names(a)).Select(name => $"{name}: only B has it"),
        ];
    }

    /// <summary>Options that the two runs were given differently.</summary>
    public static IReadOnlyList<string> PlanDifferences(LoadReport a, LoadReport b)
    {
        string[] ofTheReport = ["output", "html", "hlog", "json", "live"];
        return [.. a.Plan.Keys.Union(b.Plan.Keys).Except(ofTheReport).Order(StringComparer.Ordinal)
            .Select(key => (key, A: a.Plan.GetValueOrDefault(key, ""), B: b.Plan.GetValueOrDefault(key, "")))
            .Where(p => p.A != p.B).Select(p => $"--{p.key}: '{p.A}' and '{p.B}'")];
    }

    private Difference Judge(
        string operation, string figure, double a, double b, double[] ofA, double[] ofB, bool moreIsBetter)
    {
        if (ofA.Length < SamplesMin || ofB.Length < SamplesMin)
            return new Difference(operation, figure, a, b, null, (ofA.Length, ofB.Length), Verdict.TooFew);
        var chance = RankTest.Chance(ofA, ofB);
        var (middleA, middleB) = (Median(ofA), Median(ofB));
        var matters = Math.Abs(middleB - middleA) > relativeMin * Math.Max(Math.Abs(middleA), 1e-9);
        var verdict = chance > ChanceMax || !matters ? Verdict.WithinNoise
            : middleB > middleA == moreIsBetter ? Verdict.Better
            : Verdict.Worse;
        return new Difference(operation, figure, a, b, chance, (ofA.Length, ofB.Length), verdict);
    }

    /// <summary>
    /// Failures come together, so stretches are no help: the two shares, by the normal approximation of their
    /// difference.
    /// </summary>
    private static Difference Failures(OperationReport a, OperationReport b)
    {
        var (allA, allB) = (a.Ok + a.Misses + a.Partial + a.Failed, b.Ok + b.Misses + b.Partial + b.Failed);
        var (shareA, shareB) = (Share(a.Failed, allA), Share(b.Failed, allB));
        var pooled = Share(a.Failed + b.Failed, allA + allB);
        var deviation = Math.Sqrt(pooled * (1 - pooled) * ((1.0 / Math.Max(1, allA)) + (1.0 / Math.Max(1, allB))));
        // 2.576 deviations: one in a hundred, two-sided.
        var differs = deviation > 0 && Math.Abs(shareB - shareA) > 2.576 * deviation;
        var verdict = !differs ? Verdict.WithinNoise : shareB > shareA ? Verdict.Worse : Verdict.Better;
        return new Difference(a.Operation, "failed", shareA, shareB, null, (1, 1), verdict);
    }

    private static double Share(long part, long whole) => whole > 0 ? (double)part / whole : 0;

    private static double[] Rates(LoadReport report, string operation) =>
        [.. Counted(report).Select(i => i.Merged(operation).TotalCount / Math.Max(i.Seconds, 1e-9))];

    private static double[] Samples(LoadReport report, string operation, double percentile)
    {
        var needed = BeyondMin / (1 - (percentile / 100));
        var samples = new List<double>();
        var sum = OperationRecord.NewHistogram(3);
        foreach (var interval in Counted(report))
        {
            sum.Add(interval.Merged(operation));
            if (sum.TotalCount < needed) continue;
            samples.Add(At(sum, percentile));
            sum.Reset();
        }

        return [.. samples];
    }

    private static IEnumerable<IntervalReport> Counted(LoadReport report) => report.Intervals.Where(i => !i.Warmup);

    private static double At(HistogramBase times, double percentile) => times.GetValueAtPercentile(percentile) / 1e3;

    private static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, IncludeFields = true)]
[JsonSerializable(typeof(IReadOnlyList<Difference>))]
internal sealed partial class ComparisonJson : JsonSerializerContext;
