using Hedgerow.Server.Simulation.Scenarios;
using Spectre.Console;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>The scenarios that come with the program, for people.</summary>
internal static class ScenarioTable
{
    public static void Write(IAnsiConsole screen, IReadOnlyList<ScenarioSet> sets)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var head in new[] { "scenario", "runs", "what it shows" }) table.AddColumn(head);
        foreach (var set in sets)
        {
            var runs = string.Join(", ", set.Runs.Select(run => run.Name));
            table.AddRow(
                Markup.Escape(set.Scenario.Name), Markup.Escape(runs), Markup.Escape(set.Scenario.Says));
        }

        screen.Write(table);
    }
}
