using HdrHistogram;
using Hedgerow.LoadGen.Plots;
using Hedgerow.Server.Simulation.Load;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>The runs of a scenario as lines: their latencies by percentile, and over time.</summary>
internal static class ResultPlots
{
    private const int PointsPerNine = 12;
    private const int NinesMax = 5;

    /// <summary>A line for each run, of its first stream.</summary>
    public static SvgPlot ByPercentile(SimulationResult result)
    {
        var nines = Math.Clamp(
            (int)Math.Ceiling(result.Runs.Max(run => NinesOf(run.Loads[0].Latencies))), 2, NinesMax);
        return Plot(
            result, $"{result.Scenario.Name}: latency by percentile", Scale.Percentiles(nines), "percentile",
            load => Percentiles(load.Latencies));
    }

    /// <summary>A line for each run: the 99th percentile of what fell due in each slice of time.</summary>
    public static SvgPlot OverTime(SimulationResult result) => Plot(
        result, $"{result.Scenario.Name}: p99 over time",
        Scale.Linear(result.Scenario.Duration.TotalSeconds), "seconds; p99 of what fell due",
        load => load.OverTime
            .Select((slice, i) => (Seconds: (i + 0.5) * load.SliceSeconds, Micros: slice.Milliseconds(99) * 1_000))
            .Where(point => point.Micros > 0));

    /// <summary>A line for each run: answers a second.</summary>
    public static SvgPlot Answers(SimulationResult result)
    {
        var lines = result.Runs.Select(run => run.Loads[0].OverTime
            .Select((slice, i) => (
                Seconds: (i + 0.5) * run.Loads[0].SliceSeconds,
                Rate: slice.Latencies.TotalCount / run.Loads[0].SliceSeconds))
            .ToArray()).ToArray();
        var plot = new SvgPlot(
            $"{result.Scenario.Name}: answers over time", Scale.Linear(result.Scenario.Duration.TotalSeconds),
            Scale.Linear(lines.Max(line => line.Max(point => point.Rate))), "seconds; answers a second");
        for (var i = 0; i < lines.Length; i++) plot.AddLine(result.Runs[i].Run, i, lines[i]);
        return plot;
    }

    private static SvgPlot Plot(
        SimulationResult result, string title, Scale x, string xTitle,
        Func<LoadRecord, IEnumerable<(double X, double Micros)>> line)
    {
        var lines = result.Runs.Select(run => line(run.Loads[0]).ToArray()).ToArray();
        var plot = new SvgPlot(title, x, Scale.Latency(lines.SelectMany(l => l.Select(p => p.Micros))), xTitle);
        for (var i = 0; i < lines.Length; i++)
            plot.AddLine(result.Runs[i].Run, i, lines[i], isDashed: i >= SvgPlot.Colours);
        return plot;
    }

    private static IEnumerable<(double Nines, double Micros)> Percentiles(HistogramBase latencies)
    {
        for (var i = 0; i <= NinesOf(latencies) * PointsPerNine; i++)
        {
            var nines = (double)i / PointsPerNine;
            var percentile = 100 * (1 - Math.Pow(10, -nines));
            yield return (nines, latencies.GetValueAtPercentile(percentile));
        }
    }

    /// <summary>Beyond this a percentile is one request.</summary>
    private static double NinesOf(HistogramBase latencies) => Math.Log10(Math.Max(2, latencies.TotalCount));
}
