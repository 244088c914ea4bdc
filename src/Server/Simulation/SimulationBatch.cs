using System.Globalization;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Simulation.Reports;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation;

/// <summary>Runs the runs of a scenario, one after the other, while somebody watches how far they are.</summary>
internal static class SimulationBatch
{
    /// <summary>Runs all; a bar or lines about it go to the error screen.</summary>
    public static async Task<SimulationResult> RunAsync(
        CliConsole console, ScenarioSet set, int? seed, CancellationToken cancel)
    {
        var results = new List<RunResult>();
        foreach (var run in set.Runs)
        {
            var simulation = new SimulationRun(run, seed);
            results.Add(await WorkProgress.RunAsync(
                console.ErrorScreen, console.Time, run.Name, seconds => Read(simulation, seconds),
                () => OnOwnThread(() => simulation.Run(cancel))));
        }

        return new SimulationResult(set.Scenario, results);
    }

    /// <summary>Runs all, in this thread.</summary>
    public static SimulationResult Run(ScenarioSet set, int? seed = null) =>
        new(set.Scenario, [.. set.Runs.Select(run => new SimulationRun(run, seed).Run(CancellationToken.None))]);

    private static WorkReading Read(SimulationRun simulation, double seconds)
    {
        var events = simulation.Events;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{simulation.Progress:P0}  {events:N0} events  {events / seconds:N0}/s");
        return new WorkReading(simulation.Progress, 1, text);
    }

    /// <summary>
    /// A simulation lives in one thread, and continuations must not leave it: one of the pool would offer its own.
    /// </summary>
    private static Task<T> OnOwnThread<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true, Name = "simulation",
        };
        thread.Start();
        return done.Task;
    }
}
