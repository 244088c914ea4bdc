using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;

namespace Hedgerow.LoadGen.Cli;

/// <summary><c>loadgen window</c>: the latencies of a part of a run, such as what a fault did to them.</summary>
internal static class WindowVerb
{
    public static Command Create(TextWriter output, TextWriter errors)
    {
        var file = new Argument<string>("REPORT.json") { Description = "A report of --output." };
        var from = OptionKinds.Time("--from", "0s", "From when, of the whole run with its warm-up.");
        var to = OptionKinds.Time("--to", "1h", "Until when.");
        var json = OptionKinds.Switch("--json", "Print it as JSON, times in microseconds.");
        var verb = new Command(
            "window", "Tell the latencies between two times of a run: those of the intervals whose middle lies there.")
        {
            file, from, to, json,
        };
        verb.SetAction(parsed =>
        {
            if (ReportFiles.Read(parsed.GetValue(file)!, out var error) is not { } report)
            {
                errors.WriteLine("loadgen: " + error);
                return ExitCodes.Usage;
            }

            var window = Of(
                report, RunSetup.Nanos(parsed, from) / 1e9, RunSetup.Nanos(parsed, to) / 1e9, out var answers);
            output.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(window, WindowJson.Default.LatencySummary)
                : $"{answers} answers, p50 {TextReport.Time(window.P50)}, p99 {TextReport.Time(window.P99)}, p99.9 "
                    + $"{TextReport.Time(window.P999)}, max {TextReport.Time(window.Max)}");
            return ExitCodes.Met;
        });
        return verb;
    }

    /// <summary>All operations between two times, in seconds.</summary>
    internal static LatencySummary Of(LoadReport report, double from, double to, out long answers)
    {
        var merged = OperationRecord.NewHistogram(3);
        foreach (var interval in report.Intervals)
        {
            var middle = interval.Start + (interval.Seconds / 2);
            if (middle >= from && middle < to) merged.Add(interval.Merged(null));
        }

        answers = merged.TotalCount;
        return LatencySummary.Of(merged);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LatencySummary))]
internal sealed partial class WindowJson : JsonSerializerContext;
