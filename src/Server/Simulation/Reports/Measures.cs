using Hedgerow.Server.Simulation.Load;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>The figures that claims are about, by their names in scenarios.</summary>
internal static class Measures
{
    /// <summary>Slices at the end of a run that tell whether it recovered.</summary>
    private const int EndSlices = LoadRecord.Slices / 10;

    private static readonly Dictionary<string, Func<RunResult, LoadRecord, double>> ByName = new(StringComparer.Ordinal)
    {
        ["p50Ms"] = (_, load) => Milliseconds(load, 50),
        ["p90Ms"] = (_, load) => Milliseconds(load, 90),
        ["p95Ms"] = (_, load) => Milliseconds(load, 95),
        ["p99Ms"] = (_, load) => Milliseconds(load, 99),
        ["p99.9Ms"] = (_, load) => Milliseconds(load, 99.9),
        ["maxMs"] = (_, load) => Milliseconds(load, 100),
        ["slowShare"] = (_, load) => Share(load.Slow, load.Answered),
        ["failedShare"] = (_, load) => Share(load.Failed, load.Offered),
        ["callsPerRequest"] = (_, load) => Share(load.Calls, load.Offered),
        ["extraShare"] = (run, _) => run.ExtraShare,
        ["utilization"] = (run, _) => run.Utilization,
        ["imbalance"] = (run, _) => run.Imbalance,
        ["wastedShare"] = (run, _) => run.WastedShare,
        ["answeredAtEndShare"] = (_, load) => AnsweredAtEnd(load),
    };

    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    /// <summary>One figure of one stream of a run.</summary>
    public static double Of(string name, RunResult run, LoadRecord load) => ByName[name](run, load);

    /// <summary>Latency at a percentile, 0 to 100, in milliseconds; 0 where nothing was answered.</summary>
    public static double Milliseconds(LoadRecord load, double percentile) =>
        load.Answered == 0 ? 0 : load.Latencies.GetValueAtPercentile(percentile) / 1_000.0;

    private static double AnsweredAtEnd(LoadRecord load)
    {
        var end = load.OverTime.TakeLast(EndSlices).ToArray();
        return Share(end.Sum(slice => slice.Latencies.TotalCount), end.Sum(slice => slice.Offered));
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
