using System.Globalization;
using Spectre.Console;

namespace Hedgerow.LoadGen.Reporting;

/// <summary>The report for people: tables, and bars on a logarithmic scale.</summary>
internal static class TextReport
{
    private const int BarColumns = 44;

    /// <summary>What the latency table takes; a narrower terminal wraps lines, and a file has no width.</summary>
    private const int ColumnsMin = 100;

    public static void Write(IAnsiConsole console, LoadReport report)
    {
        console.Profile.Width = Math.Max(ColumnsMin, console.Profile.Width);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Seconds:F1} s counted, asked {report.RateAsked:N0}/s, sent {report.RateSent:N0}/s, "
            + $"generator late by p50 {Time(report.Lateness.P50)}, p99 {Time(report.Lateness.P99)}"));
        if (report.Warning is { } warning) console.WriteLine("warning: " + warning);
        console.WriteLine();
        console.Write(OutcomeTable(report));
        console.Write(LatencyTable(report));
        foreach (var operation in report.Operations) WriteBars(console, operation);
        WriteHedges(console, report.Hedges);
    }

    /// <summary>Microseconds in the unit that people would use.</summary>
    internal static string Time(double micros) => micros switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{micros:F0} µs"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{micros / 1e3:F2} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{micros / 1e6:F2} s"),
    };

    private static Table OutcomeTable(LoadReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("outcomes");
        foreach (var column in new[] { "operation", "a second", "ok", "misses", "partial", "failed", "errors" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (var o in report.Operations)
        {
            var errors = string.Join(", ", o.Errors.Select(e => $"{e.Key} {e.Value}"));
            table.AddRow(o.Operation, Number(o.Throughput), Number(o.Ok), Number(o.Misses), Number(o.Partial),
                Number(o.Failed), Markup.Escape(errors));
        }

        return table;
    }

    private static Table LatencyTable(LoadReport report)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .Title("latency, from when a request was due and from when it was sent");
        foreach (var column in new[] { "operation", "from", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (var o in report.Operations)
        {
            AddRow(table, o.Operation, "due", o.Response);
            AddRow(table, "", "sent", o.Service);
        }

        return table;
    }

    private static void AddRow(Table table, string operation, string from, LatencySummary l) => table.AddRow(
        operation, from, Time(l.Mean), Time(l.P50), Time(l.P90), Time(l.P99), Time(l.P999), Time(l.P9999), Time(l.Max));

    private static void WriteBars(IAnsiConsole console, OperationReport operation)
    {
        var l = operation.Response;
        (string Name, double Micros)[] points =
            [("p50", l.P50), ("p90", l.P90), ("p99", l.P99), ("p99.9", l.P999), ("p99.99", l.P9999), ("max", l.Max)];
        console.WriteLine($"{operation.Operation}, from when it was due (logarithmic)");
        var low = Math.Log10(Math.Max(1, points[0].Micros)) - 0.5;
        var span = Math.Max(0.1, Math.Log10(Math.Max(1, l.Max)) - low);
        foreach (var (name, micros) in points)
        {
            var columns = (int)Math.Round((Math.Log10(Math.Max(1, micros)) - low) / span * BarColumns);
            console.WriteLine($"  {name,-7}{new string('█', Math.Clamp(columns, 1, BarColumns))} {Time(micros)}");
        }

        console.WriteLine();
    }

    private static void WriteHedges(IAnsiConsole console, HedgeReport hedges)
    {
        if (hedges.Requests == 0) return;
        console.Profile.Width = Math.Max(ColumnsMin, console.Profile.Width);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"hedges: {hedges.Sent} sent ({hedges.ExtraShare:P2} of {hedges.Requests} requests), {hedges.Won} won, "
            + $"{hedges.Cancelled} cancelled, {hedges.Denied} denied by the budget; {hedges.Retries} retries"));
    }

    private static string Number(double n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
