using System.Globalization;
using System.Net;
using System.Text;
using Hedgerow.LoadGen.Plots;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>
/// The report as one page: no scripts, nothing from elsewhere; light or dark as the reader's system is.
/// </summary>
internal static class HtmlReport
{
    private const string PageStyle = """
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 960px; margin: 0 auto; padding: 24px 20px 60px; }
        h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 34px 0 8px; }
        p { margin: 4px 0; color: var(--soft); }
        .tiles { display: grid; gap: 10px; margin: 20px 0;
          grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
        .tile { background: var(--panel); border: 1px solid var(--grid); border-radius: 8px; padding: 10px 14px; }
        .tile b { display: block; font-size: 21px; font-weight: 600; white-space: nowrap; }
        .tile span { color: var(--soft); font-size: 13px; }
        figure { margin: 0; background: var(--panel); border: 1px solid var(--grid); border-radius: 8px; padding: 8px; }
        .plot { display: block; width: 100%; height: auto; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--grid); white-space: nowrap; }
        th { color: var(--soft); font-weight: 500; } th:first-child, td:first-child { text-align: left; }
        .met { color: var(--good); } .missed, .warning { color: var(--bad); }
        """;

    /// <summary>The whole page.</summary>
    public static string Of(LoadReport report)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            + $"<title>Load report</title>\n<style>\n{PlotStyle.Standalone}\n{PageStyle}\n</style></head>"
            + "<body><main>\n<h1>Load report</h1>\n");
        page.Append($"<p>{Encode(About(report))}</p>\n");
        if (report.Warning is { } warning) page.Append($"<p class=\"warning\">Warning: {Encode(warning)}</p>\n");
        AddTiles(page, report);
        AddObjective(page, report);
        AddRamp(page, report);
        AddPlots(page, report);
        AddTables(page, report);
        page.Append("</main></body></html>\n");
        return page.ToString();
    }

    private static string About(LoadReport report)
    {
        var plan = report.Plan;
        string Of(string first, string second) =>
            plan.GetValueOrDefault(first) is { Length: > 0 } given ? given : plan.GetValueOrDefault(second, "");
        var (workload, target) = (Of("workload", "mix"), Of("topology", "server"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{workload} over {plan.GetValueOrDefault("protocol")} at {target}: {report.Seconds:F1} s counted after ")
            + string.Create(CultureInfo.InvariantCulture, $"{report.WarmupSeconds:F1} s of warm-up, ")
            + (report.RateAsked > 0
                ? string.Create(CultureInfo.InvariantCulture, $"open loop at {report.RateAsked:N0} requests a second.")
                : "closed loop.");
    }

    private static void AddTiles(StringBuilder page, LoadReport report)
    {
        var bad = report.Failed + report.NotSent;
        var share = report.Answers + report.NotSent > 0 ? (double)bad / (report.Answers + report.NotSent) : 0;
        page.Append("<div class=\"tiles\">\n");
        Tile("answers a second", Number(report.Throughput));
        Tile("p50", TextReport.Time(report.Latency.P50));
        Tile("p99", TextReport.Time(report.Latency.P99));
        Tile("p99.9", TextReport.Time(report.Latency.P999));
        Tile("longest", TextReport.Time(report.Latency.Max));
        Tile($"failed ({share.ToString("P3", CultureInfo.InvariantCulture)})", Number(bad), bad > 0 ? "missed" : "met");
        page.Append("</div>\n");

        void Tile(string name, string value, string css = "") =>
            page.Append($"<div class=\"tile\"><b class=\"{css}\">{Encode(value)}</b>")
                .Append($"<span>{Encode(name)}</span></div>\n");
    }

    private static void AddObjective(StringBuilder page, LoadReport report)
    {
        if (report.Objective is not { } conditions) return;
        page.Append("<h2>Objective</h2>\n<table><tr><th>condition</th><th>was</th><th></th></tr>\n");
        foreach (var c in conditions)
            page.Append($"<tr><td>{Encode(c.Condition)}</td><td>{Encode(c.Value)}</td>"
                + (c.IsMet ? "<td class=\"met\">met</td>" : "<td class=\"missed\">missed</td>") + "</tr>\n");
        page.Append("</table>\n");
    }

    private static void AddRamp(StringBuilder page, LoadReport report)
    {
        if (report.Ramp is not { } ramp) return;
        page.Append($"<h2>Highest rate that keeps the objective: {Number(ramp.Best)} a second</h2>\n");
        Table(page, ["rate tried", "sent", "p50", "p99", "p99.9", "errors", "", "missed"],
            ramp.Steps.Select(s => (IReadOnlyList<string>)
            [
                Number(s.Rate), Number(s.Sent), TextReport.Time(s.Latency.P50), TextReport.Time(s.Latency.P99),
                TextReport.Time(s.Latency.P999), s.ErrorShare.ToString("P2", CultureInfo.InvariantCulture),
                s.IsMet ? "met" : "missed", s.Why,
            ]));
    }

    private static void AddPlots(StringBuilder page, LoadReport report)
    {
        var times = report.Operations.SelectMany(o => new (string, HdrHistogram.HistogramBase)[]
        {
            ($"{o.Operation}, from due", HistogramText.Decode(o.ResponseHistogram)),
            ($"{o.Operation}, from sent", HistogramText.Decode(o.ServiceHistogram)),
        }).Take(2 * SvgPlot.Colours).ToList();
        if (times.Count == 0) return;
        Figure("Latency by percentile", RunPlots.ByPercentile("Latency by percentile", times, inPairs: true));
        Figure("Latency over time", RunPlots.OverTime("Latency over time", report));
        Figure("How many took how long, over time", RunPlots.HeatMap("Heat map of latency over time", report));
        Figure("Rate over time", RunPlots.Rates("Rate over time", report));

        void Figure(string title, SvgPlot plot) =>
            page.Append($"<h2>{Encode(title)}</h2>\n<figure>{plot.ToElement()}</figure>\n");
    }

    private static void AddTables(StringBuilder page, LoadReport report)
    {
        page.Append("<h2>Outcomes</h2>\n");
        Table(page, ["operation", "a second", "ok", "misses", "partial", "failed", "errors"],
            report.Operations.Select(o => (IReadOnlyList<string>)
            [
                o.Operation, Number(o.Throughput), Number(o.Ok), Number(o.Misses), Number(o.Partial), Number(o.Failed),
                string.Join(", ", o.Errors.Select(e => $"{e.Key} {e.Value}")),
            ]));
        page.Append("<h2>Latency</h2>\n<p>From when a request was due, and from when it was sent. ")
            .Append("The first holds what a stall cost those who waited for it.</p>\n");
        Table(page, ["operation", "from", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "longest"],
            report.Operations.SelectMany(o => new[]
            {
                Latency(o.Operation, "due", o.Response), Latency(o.Operation, "sent", o.Service),
            }).Append(Latency("(generator)", "late", report.Lateness)));
        if (report.Hedges.Requests > 0)
            page.Append($"<p>{Encode(TextReport.Line(report.Hedges))}</p>\n");
        if (report.ServerCpuMicros is { } cpu)
            page.Append(CultureInfo.InvariantCulture, $"<p>Server processor time: {cpu:F2} µs a request.</p>\n");
        page.Append("<h2>Asked for</h2>\n");
        Table(page, ["option", "value"], report.Plan.Where(p => p.Value.Length > 0)
            .Select(p => (IReadOnlyList<string>)["--" + p.Key, p.Value]));
    }

    private static IReadOnlyList<string> Latency(string operation, string from, LatencySummary l) =>
    [
        operation, from, TextReport.Time(l.Mean), TextReport.Time(l.P50), TextReport.Time(l.P90),
        TextReport.Time(l.P99), TextReport.Time(l.P999), TextReport.Time(l.P9999), TextReport.Time(l.Max),
    ];

    private static void Table(
        StringBuilder page, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append("<div class=\"wide\"><table><tr>");
        foreach (var column in columns) page.Append($"<th>{Encode(column)}</th>");
        page.Append("</tr>\n");
        foreach (var row in rows) page.Append($"<tr>{string.Concat(row.Select(c => $"<td>{Encode(c)}</td>"))}</tr>\n");
        page.Append("</table></div>\n");
    }

    private static string Number(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
