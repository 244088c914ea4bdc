using System.CommandLine;
using Hedgerow.Server.Simulation;
using Hedgerow.Server.Simulation.Reports;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Cli.Verbs;

/// <summary><c>hedgerow simulate</c>: this router before modelled leaves, in virtual time.</summary>
internal static class SimulateVerb
{
    public static VerbCommand Create(CliConsole console)
    {
        var verb = new VerbCommand(
            "simulate",
            "Run this product's router before thousands of modelled leaves in virtual time: what a cluster, its " +
            "troubles and its load would do to latencies. Exits 1 when something that a scenario claims does not hold.",
            new Example("the scenarios that come with it", "hedgerow simulate"),
            new Example("one of them", "hedgerow simulate fan-out"),
            new Example("your own, from another seed, with plots", "hedgerow simulate my.json --seed 7 --out plots"),
            new Example("one of its runs, for a program", "hedgerow simulate fan-out --run hedged --json"));
        var scenario = new Argument<string?>("SCENARIO")
        {
            Description = "A file, or the name of a built-in scenario; none lists those.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var seed = NumberOption.CreateOptional<int>(
            "--seed", "N", 0, int.MaxValue, "Seed in place of the scenario's; the same seed is the same run.");
        var run = new Option<string?>("--run") { HelpName = "NAME", Description = "Only this one of the runs." };
        var json = new Option<bool>("--json") { Description = "One JSON object on standard output." };
        var output = new Option<string?>("--out")
        {
            HelpName = "DIR", Description = "Write the JSON and the plots (SVG) to this directory.",
        };
        var page = new Option<string?>("--page")
        {
            HelpName = "FILE",
            Description = "Run all built-in scenarios, and write a page of results (Markdown), its plots beside it.",
        };
        verb.Add(scenario);
        verb.Add(seed);
        verb.Add(run);
        verb.Add(json);
        verb.Add(output);
        verb.Add(page);
        verb.SetAction(async (result, cancel) =>
        {
            if (result.GetValue(page) is { } file) return await WritePageAsync(console, file, cancel);
            if (result.GetValue(scenario) is not { } name)
            {
                ScenarioTable.Write(console.Screen, [.. ScenarioFile.BuiltIn.Select(ScenarioFile.Open)]);
                return ExitCodes.Ok;
            }

            var set = Only(ScenarioFile.Open(name), result.GetValue(run));
            var ended = await SimulationBatch.RunAsync(console, set, result.GetValue(seed), cancel);
            if (result.GetValue(json)) JsonOutput.Write(console, ended.WriteTo);
            else ResultTable.Write(console.Screen, ended);
            if (result.GetValue(output) is { } directory) ResultFiles.Write(directory, ended);
            return ExitCodeOf(ended);
        });
        return verb;
    }

    private static int ExitCodeOf(SimulationResult result) =>
        result.Claims.All(claim => claim.Holds) ? ExitCodes.Ok : ExitCodes.Failed;

    private static async Task<int> WritePageAsync(CliConsole console, string file, CancellationToken cancel)
    {
        var results = new List<SimulationResult>();
        foreach (var set in ScenarioFile.BuiltIn.Select(ScenarioFile.Open))
        {
            var ended = await SimulationBatch.RunAsync(console, set, seed: null, cancel);
            ResultTable.Write(console.Screen, ended);
            results.Add(ended);
        }

        ResultsPage.Write(file, results);
        return results.Max(ExitCodeOf);
    }

    private static ScenarioSet Only(ScenarioSet set, string? run)
    {
        if (run is null) return set;
        ScenarioRun[] named = [.. set.Runs.Where(r => r.Name == run)];
        var scenario = set.Scenario with
        {
            // What is said beside a run that is left out can't be judged.
            Claims = [.. set.Scenario.Claims.Where(c => c.Run == run && c.Beside is null)],
        };
        return named.Length > 0
            ? new ScenarioSet(scenario, named)
            : throw CliException.Usage(
                $"--run is '{run}'; the runs are: {string.Join(", ", set.Runs.Select(r => r.Name))}.");
    }
}
