using Hedgerow.LoadGen.Reporting;
using HdrHistogram;

namespace Hedgerow.LoadGen.Plots;

/// <summary>The plots of a run, or of several beside each other.</summary>
internal static class RunPlots
{
    private const int HeatRowsPerDecade = 8;

    /// <summary>
    /// Latency by percentile, a line for each distribution; in pairs, the second of each in the colour of the first,
    /// dashed.
    /// </summary>
    public static SvgPlot ByPercentile(
        string title, IReadOnlyList<(string Name, HistogramBase Times)> distributions, bool inPairs = false)
    {
        var most = distributions.Select(d => d.Times.TotalCount).DefaultIfEmpty(1).Max();
        var nines = Math.Clamp((int)Math.Ceiling(Math.Log10(Math.Max(10, most))), 2, 6);
        var lines = distributions.Select(d => (d.Name, Points: Percentiles(d.Times, nines))).ToArray();
        var y = Scale.Latency(lines.SelectMany(line => line.Points.Select(p => p.Micros)));
        var plot = new SvgPlot(title, Scale.Percentiles(nines), y, "percentile");
        for (var i = 0; i < lines.Length; i++)
        {
            var (colour, isSecond) = inPairs ? (i / 2, i % 2 == 1) : (i, false);
            plot.AddLine(lines[i].Name, colour, lines[i].Points.Select(p => (p.Nines, p.Micros)), isSecond);
        }

        return plot;
    }

    /// <summary>Percentiles of each stretch of time.</summary>
    public static SvgPlot OverTime(string title, LoadReport report, string? operation = null)
    {
        (string Name, double Percentile)[] lines = [("p50", 50), ("p99", 99), ("p99.9", 99.9), ("max", 100)];
        var stretches = Stretches(report, operation);
        var plot = TimePlot(title, report, lines.SelectMany(l => stretches.Select(s => At(s.Times, l.Percentile))));
        for (var i = 0; i < lines.Length; i++)
        {
            var percentile = lines[i].Percentile;
            plot.AddLine(lines[i].Name, i, stretches.Select(s => (s.Middle, At(s.Times, percentile))));
        }

        return plot;
    }

    /// <summary>One percentile of several runs beside each other.</summary>
    public static SvgPlot Beside(string title, IReadOnlyList<(string Name, LoadReport Report)> runs, double percentile)
    {
        var lines = runs.Select(r => (r.Name, Points: Stretches(r.Report, null)
            .Select(s => (s.Middle, At(s.Times, percentile))).ToArray())).ToArray();
        var longest = runs.Select(r => r.Report).MaxBy(EndOf)!;
        var plot = TimePlot(title, longest, lines.SelectMany(l => l.Points.Select(p => p.Item2)));
        for (var i = 0; i < lines.Length; i++) plot.AddLine(lines[i].Name, i, lines[i].Points);
        return plot;
    }

    /// <summary>Answers and failures a second.</summary>
    public static SvgPlot Rates(string title, LoadReport report)
    {
        var points = report.Intervals.Where(i => i.Seconds > 0).Select(i =>
            (Middle: i.Start + (i.Seconds / 2), Rate: i.Answers / i.Seconds, Failed: i.Failed / i.Seconds)).ToArray();
        var high = points.Select(p => Math.Max(p.Rate, p.Failed)).Append(report.RateAsked).Max();
        var plot = new SvgPlot(title, TimeScale(report), Scale.Linear(high * 1.05), "seconds");
        AddWarmup(plot, report);
        plot.AddLine("answers a second", 2, points.Select(p => (p.Middle, p.Rate)));
        plot.AddLine("failed a second", 1, points.Select(p => (p.Middle, p.Failed)));
        return plot;
    }

    /// <summary>
    /// How many requests took how long, when: a column for each stretch, a row for each range of times.
    /// </summary>
    public static SvgPlot HeatMap(string title, LoadReport report)
    {
        var stretches = Stretches(report, null);
        var y = Scale.Latency(stretches.SelectMany(s => (double[])[At(s.Times, 0), At(s.Times, 100)]));
        var plot = new SvgPlot(title, TimeScale(report), y, "seconds");
        var columns = stretches.Select(s => (s.Start, s.End, Rows: Rows(s.Times))).ToArray();
        var most = columns.SelectMany(c => c.Rows.Values).DefaultIfEmpty(1).Max();
        foreach (var (start, end, rows) in columns)
        {
            foreach (var (row, count) in rows)
            {
                var from = Math.Pow(10, (double)row / HeatRowsPerDecade);
                var to = Math.Pow(10, (row + 1.0) / HeatRowsPerDecade);
                // Logarithmic: one slow request among a thousand is what is looked for.
                var strength = 0.12 + (0.88 * Math.Log(1 + count) / Math.Log(1 + most));
                var name = $"{count} from {TextReport.Time(from)} to {TextReport.Time(to)}";
                plot.AddCell(name, start, end, from, to, strength);
            }
        }

        return plot;
    }

    private static SvgPlot TimePlot(string title, LoadReport report, IEnumerable<double> micros)
    {
        var plot = new SvgPlot(title, TimeScale(report), Scale.Latency(micros), "seconds");
        AddWarmup(plot, report);
        return plot;
    }

    private static Scale TimeScale(LoadReport report) => Scale.Linear(EndOf(report));

    private static double EndOf(LoadReport report) =>
        report.Intervals.Select(i => i.Start + i.Seconds).DefaultIfEmpty(1).Max();

    private static void AddWarmup(SvgPlot plot, LoadReport report)
    {
        var end = report.Intervals.Where(i => i.Warmup).Select(i => i.Start + i.Seconds).DefaultIfEmpty(0).Max();
        if (end > 0) plot.AddBand("warm-up, not counted", 0, end);
    }

    private static List<(double Nines, double Micros)> Percentiles(HistogramBase times, int nines)
    {
        const int PerNine = 24;
        // Beyond this the distribution is a single request.
        var last = Math.Min(nines, Math.Log10(Math.Max(2, times.TotalCount)));
        var points = new List<(double, double)>();
        for (var i = 0; i <= last * PerNine; i++)
        {
            var nine = (double)i / PerNine;
            points.Add((nine, At(times, 100 * (1 - Math.Pow(10, -nine)))));
        }

        return points;
    }

    private static (double Start, double End, double Middle, HistogramBase Times)[] Stretches(
        LoadReport report, string? operation) =>
        [.. report.Intervals.Select(i => (i.Start, End: i.Start + i.Seconds, Middle: i.Start + (i.Seconds / 2),
                Times: (HistogramBase)i.Merged(operation))).Where(s => s.Times.TotalCount > 0)];

    private static SortedDictionary<int, long> Rows(HistogramBase times)
    {
        var rows = new SortedDictionary<int, long>();
        foreach (var value in times.RecordedValues())
        {
            var row = (int)Math.Floor(Math.Log10(Math.Max(1, value.ValueIteratedTo / 1e3)) * HeatRowsPerDecade);
            rows[row] = rows.GetValueOrDefault(row) + value.CountAtValueIteratedTo;
        }

        return rows;
    }

    private static double At(HistogramBase times, double percentile) => times.GetValueAtPercentile(percentile) / 1e3;
}
