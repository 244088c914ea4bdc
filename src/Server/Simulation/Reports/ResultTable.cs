using System.Globalization;
using Hedgerow.Server.Simulation.Load;
using Hedgerow.Server.Simulation.Scenarios;
using Spectre.Console;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>The runs of a scenario beside each other, for people.</summary>
internal static class ResultTable
{
    private static readonly string[] Columns =
    [
        "run", "requests", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "failed", "extra", "busy",
        "busiest leaf",
    ];

    public static void Write(IAnsiConsole screen, SimulationResult result)
    {
        if (result.Scenario.Says.Length > 0) screen.WriteLine(result.Scenario.Says);
        var table = new Table { Border = TableBorder.Rounded };
        for (var i = 0; i < Columns.Length; i++)
        {
            var column = new TableColumn(Columns[i]);
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        foreach (var row in Rows(result)) table.AddRow([.. row.Select(Markup.Escape)]);
        screen.Write(table);
        foreach (var run in result.Runs.Where(run => run.Loads.Any(load => load.Failed > 0)))
            foreach (var load in run.Loads.Where(load => load.Failed > 0))
                screen.WriteLine($"{NameOf(run, load)} failed: {FailuresOf(load)}");
        foreach (var claim in result.Claims)
            screen.MarkupLine(
                $"{(claim.Holds ? "[green]holds[/]" : "[red]does not hold[/]")}  {Markup.Escape(Sentence(claim))}");
        var events = result.Runs.Sum(run => run.Events);
        var seconds = result.Runs.Sum(run => run.Wall.TotalSeconds);
        screen.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{events:N0} events in {seconds:N1} s ({events / Math.Max(seconds, 0.001):N0} a second)"));
    }

    /// <summary>A row for each stream of each run, in the order of the columns.</summary>
    public static IEnumerable<string[]> Rows(SimulationResult result) =>
        from run in result.Runs
        from load in run.Loads
        select new[]
        {
            NameOf(run, load),
            load.Offered.ToString("N0", CultureInfo.InvariantCulture),
            Number(Measures.Milliseconds(load, 50)),
            Number(Measures.Milliseconds(load, 90)),
            Number(Measures.Milliseconds(load, 99)),
            Number(Measures.Milliseconds(load, 99.9)),
            Number(Measures.Milliseconds(load, 100)),
            Percent(load.Offered == 0 ? 0 : (double)load.Failed / load.Offered),
            Percent(run.ExtraShare),
            Percent(run.Utilization),
            Number(run.Imbalance) + " x",
        };

    /// <summary>The columns' heads.</summary>
    public static IReadOnlyList<string> Heads => Columns;

    /// <summary>A claim with its figure and its bounds.</summary>
    public static string Sentence(JudgedClaim judged)
    {
        var claim = judged.Claim;
        var beside = claim.Beside is null ? "" : $" beside {claim.Beside}";
        var of = claim.Run.Length == 0 ? "" : $" of {claim.Run}";
        return $"{claim.Says}: {claim.Measure}{of}{beside} {Number(judged.Value)} ({Bounds(claim)})";
    }

    /// <summary>What a claim allows.</summary>
    public static string Bounds(Claim claim) => (claim.AtLeast, claim.AtMost) switch
    {
        ({ } least, { } most) => $"{Number(least)} to {Number(most)}",
        ({ } least, null) => $"at least {Number(least)}",
        (null, { } most) => $"at most {Number(most)}",
        _ => "any",
    };

    /// <summary>Three or four digits.</summary>
    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { 0 => "0", < 1 => "0.###", < 100 => "0.0#", _ => "N0" }, CultureInfo.InvariantCulture);

    public static string Percent(double share) => share.ToString("0.## %", CultureInfo.InvariantCulture);

    private static string NameOf(RunResult run, LoadRecord load) =>
        run.Loads.Count == 1 ? run.Run : $"{run.Run}: {load.Name}";

    private static string FailuresOf(LoadRecord load) =>
        string.Join(", ", load.Failures.Select(failure => $"{failure.Value:N0} {failure.Key}"));
}
