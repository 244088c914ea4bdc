using System.Globalization;
using Spectre.Console;

namespace Hedgerow.Server.Demo;

/// <summary>Loads beside each other: a table, and bars on a logarithmic scale.</summary>
internal static class TailReport
{
    private const int BarWidth = 60;
    private const double AxisMinMs = 0.001;
    private const double AxisMaxMs = 1_000;

    private static readonly (string Name, double Percentile)[] Percentiles =
    [
        ("p50", 50), ("p99", 99), ("p99.9", 99.9), ("max", 100),
    ];

    /// <summary>Latencies in milliseconds, extra requests and failures.</summary>
    public static Table Table(TailResult off, TailResult on, TailResult adaptive)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("hedging");
        foreach (var (name, _) in Percentiles) table.AddColumn(new TableColumn($"{name} ms").RightAligned());
        foreach (var name in new[] { "reads", "failed", "extra requests" })
            table.AddColumn(new TableColumn(name).RightAligned());
        AddRow(table, "off", off);
        AddRow(table, "on", on);
        table.AddRow(
            ["off / on", .. Percentiles.Select(p => $"{Ratio(off, on, p.Percentile):0.0} x"), "", "", ""]);
        AddRow(table, "on, better replica picked", adaptive);
        return table;
    }

    /// <summary>How many times lower a percentile is with hedging.</summary>
    public static double Ratio(TailResult off, TailResult on, double percentile) =>
        off.Milliseconds(percentile) / on.Milliseconds(percentile);

    /// <summary>One bar a percentile and load; every sixth of the way is ten times longer.</summary>
    public static void WritePlot(IAnsiConsole screen, TailResult off, TailResult on)
    {
        screen.MarkupLine($"[grey]{new string(' ', 11)}{Axis()}[/]");
        foreach (var (name, percentile) in Percentiles)
        {
            screen.MarkupLine(Bar(name, "off", off.Milliseconds(percentile), "red"));
            screen.MarkupLine(Bar("", "on", on.Milliseconds(percentile), "green"));
        }
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private static void AddRow(Table table, string name, TailResult load) => table.AddRow(
    [
        name,
        .. Percentiles.Select(p => Text(load.Milliseconds(p.Percentile))),
        load.Requests.ToString("N0", Invariant),
        load.Failures.ToString("N0", Invariant),
        load.ExtraShare.ToString("P2", Invariant),
    ]);

    private static string Bar(string percentile, string load, double milliseconds, string colour)
    {
        var bar = new string('━', Math.Max(1, Column(milliseconds)));
        return $"{percentile,-6} {load,-3} [{colour}]{bar}[/] {Text(milliseconds)} ms";
    }

    private static string Text(double milliseconds) =>
        milliseconds.ToString(milliseconds < 0.1 ? "0.000" : "0.00", Invariant);

    private static string Axis()
    {
        var axis = new char[BarWidth + 12];
        Array.Fill(axis, ' ');
        for (var milliseconds = AxisMinMs; milliseconds <= AxisMaxMs; milliseconds *= 10)
        {
            var label = $"|{milliseconds.ToString("0.###", Invariant)} ms";
            label.CopyTo(0, axis, Column(milliseconds), Math.Min(label.Length, axis.Length - Column(milliseconds)));
        }

        return new string(axis).TrimEnd();
    }

    private static int Column(double milliseconds)
    {
        var share = Math.Log10(milliseconds / AxisMinMs) / Math.Log10(AxisMaxMs / AxisMinMs);
        return (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth);
    }
}
