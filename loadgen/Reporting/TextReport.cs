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
        var asked = report.RateAsked > 0
            ? string.Create(CultureInfo.InvariantCulture, $"asked {report.RateAsked:N0}/s, sent {report.RateSent:N0}/s")
            : "closed loop";
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.Seconds:F1} s counted after {report.WarmupSeconds:F1} s of warm-up, {asked}, "
            + $"{report.Throughput:N0} answers a second, "
            + $"generator late by p50 {Time(report.Lateness.P50)}, p99 {Time(report.Lateness.P99)}"));
        if (report.ServerCpuMicros is { } cpu)
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"server CPU {cpu:F2} µs a request"));
        if (report.Warning is { } warning) console.WriteLine("warning: " + warning);
        console.WriteLine();
        console.Write(OutcomeTable(report));
        console.Write(LatencyTable(report));
        foreach (var operation in report.Operations) WriteBars(console, operation);
        if (report.Hedges.Requests > 0) console.WriteLine(Line(report.Hedges));
        foreach (var condition in report.Objective ?? [])
            console.WriteLine($"{(condition.IsMet ? "met" : "MISSED")}: {condition.Condition} (was {condition.Value})");
        if (report.Ramp is { } ramp)
            console.WriteLine(ramp.Best > 0
                ? string.Create(CultureInfo.InvariantCulture,
                    $"highest rate that keeps the objective: {ramp.Best:N0}/s ({ramp.Steps.Count} rates tried)")
                : $"no rate keeps the objective ({ramp.Steps.Count} rates tried)");
    }

    /// <summary>One rate of a ramp.</summary>
    internal static string Line(RampStep step) => string.Create(CultureInfo.InvariantCulture,
        $"{step.Rate,10:N0}/s  p50 {Time(step.Latency.P50),9}  p99 {Time(step.Latency.P99),9}  p99.9 "
        + $"{Time(step.Latency.P999),9}  errors {step.ErrorShare:P2}  {(step.IsMet ? "met" : "missed: " + step.Why)}");

    /// <summary>What the routers in the generators did.</summary>
    internal static string Line(HedgeReport hedges) => string.Create(CultureInfo.InvariantCulture,
        $"hedges: {hedges.Sent} sent ({hedges.ExtraShare:P2} of {hedges.Requests} requests), {hedges.Won} won, "
        + $"{hedges.Cancelled} cancelled, {hedges.Denied} denied by the budget; {hedges.Retries} retries");

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

    private static string Number(double n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
