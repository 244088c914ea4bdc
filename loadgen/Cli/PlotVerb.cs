using System.CommandLine;
using System.Globalization;
using Hedgerow.LoadGen.Plots;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Cli;

/// <summary><c>loadgen plot</c>: plots of reports as SVG or as a page.</summary>
internal static class PlotVerb
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var reports = new Argument<string[]>("REPORT.json")
        {
            Description = "Reports of --output, one plot for all; NAME=FILE gives one a name.",
            Arity = ArgumentArity.OneOrMore,
        };
        var kind = OptionKinds.Choice(
            "--kind", "percentiles", "percentiles, time: all reports beside each other; heat, page: of one.",
            "percentiles", "time", "heat", "page");
        var percentile = OptionKinds.Positive("--percentile", 99, 100, "With --kind time: which percentile.");
        var to = OptionKinds.Text("--output", "", "The file; otherwise it is printed.");
        var verb = new Command("plot", "Draw reports as SVG, or one as a page with all plots (--kind page).")
        {
            reports, kind, percentile, to,
        };
        verb.SetAction(parsed =>
        {
            var read = new List<(string Name, LoadReport Report)>();
            foreach (var given in parsed.GetValue(reports)!)
            {
                var at = given.IndexOf('=', StringComparison.Ordinal);
                var file = given[(at + 1)..];
                var name = at > 0 ? given[..at] : Path.GetFileNameWithoutExtension(file);
                if (ReportFiles.Read(file, out var error) is not { } report)
                {
                    errors.WriteLine("loadgen: " + error);
                    return ExitCodes.Usage;
                }

                read.Add((name, report));
            }

            var text = Draw(parsed.GetValue(kind)!, parsed.GetValue(percentile), read);
            if (parsed.GetValue(to) is { Length: > 0 } target) File.WriteAllText(target, text);
            else output.Write(text);
            return ExitCodes.Met;
        });
        return verb;
    }

    private static string Draw(string kind, double percentile, List<(string Name, LoadReport Report)> runs)
    {
        var label = percentile.ToString("0.###", CultureInfo.InvariantCulture);
        return kind switch
        {
            "page" => HtmlReport.Of(runs[0].Report),
            "heat" => RunPlots.HeatMap("How many took how long, over time", runs[0].Report).ToFile(),
            "time" => RunPlots.Beside($"p{label} over time", runs, percentile).ToFile(),
            _ => RunPlots.ByPercentile(
                "Latency by percentile", [.. runs.Select(r => (r.Name, All(r.Report)))]).ToFile(),
        };
    }

    /// <summary>Response times of all operations together.</summary>
    private static HdrHistogram.HistogramBase All(LoadReport report)
    {
        var all = Measuring.OperationRecord.NewHistogram(3);
        foreach (var operation in report.Operations) all.Add(HistogramText.Decode(operation.ResponseHistogram));
        return all;
    }
}
