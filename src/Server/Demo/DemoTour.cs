using Hedgerow.Server.Cli;
using Spectre.Console;

namespace Hedgerow.Server.Demo;

/// <summary>
/// The main job, told step by step on a real cluster in this process. Each step shows the command it runs, runs it
/// through the command line itself, and checks what came of it.
/// </summary>
internal static class DemoTour
{
    /// <summary>Runs the tour; without <paramref name="once"/> it then stays up until a stop signal.</summary>
    /// <returns>Ok when every step did what it says, Failed when not.</returns>
    public static async Task<int> RunAsync(CliConsole console, bool once, CancellationToken cancel)
    {
        var started = console.Time.GetTimestamp();
        await using var demo = await DemoCluster.StartAsync(console.Time, cancel);
        var stage = new DemoStage(console, demo.Server, demo.HasDefaultPorts);
        Welcome(stage, demo);
        await DataSteps.ImportAsync(stage, demo, cancel);
        await DataSteps.SetAndGetAsync(stage, demo, cancel);
        await DataSteps.SearchAsync(stage, demo, cancel);
        await TailStep.RunAsync(stage, demo, console.Time, cancel);
        await KillStep.RunAsync(stage, demo, cancel);
        var exitCode = Conclude(stage, console.Time.GetElapsedTime(started));
        if (once) return exitCode;
        Farewell(stage, demo);
        await StopAsync(cancel);
        return exitCode;
    }

    private static void Welcome(DemoStage stage, DemoCluster demo)
    {
        stage.Say("[bold green]Hedgerow[/]: a cache and a full-text search server whose every read is hedged.");
        stage.Step("start a cluster");
        stage.Show(
            $"hedgerow serve --shards {DemoCluster.Shards} --replicas {DemoCluster.Replicas} --data DIR --leaf.faults");
        if (!demo.HasDefaultPorts)
            stage.Say("[yellow]The default ports are taken; this cluster listens on free ones.[/]");
        stage.Check(
            demo.Cluster.LeafIds.Count == DemoCluster.Replicas,
            $"{DemoCluster.Shards} shards, each on {DemoCluster.Replicas} replicas " +
            $"({string.Join(", ", demo.Cluster.LeafIds)}), in this process");
        stage.Check(true, $"native protocol on {demo.Server}, HTTP on http://{demo.Http}");
    }

    private static int Conclude(DemoStage stage, TimeSpan elapsed)
    {
        stage.Screen.WriteLine();
        if (stage.Failures.Count == 0)
        {
            stage.Say($"[bold green]Every step did what it says[/] ({Sizes.Time(elapsed)}).");
            return ExitCodes.Ok;
        }

        stage.Say("[bold red]Not every step did what it says:[/]");
        foreach (var failure in stage.Failures) stage.Say($"  [red]{Markup.Escape(failure)}[/]");
        return ExitCodes.Failed;
    }

    private static void Farewell(DemoStage stage, DemoCluster demo)
    {
        stage.Screen.WriteLine();
        stage.Say("The cluster stays up until Ctrl-C. In another terminal:");
        stage.Show($"hedgerow search words \"thorny shrub\"{demo.ServerOption}");
        stage.Show($"hedgerow status{demo.ServerOption}");
        stage.Show($"curl 'http://{demo.Http}/v1/collections/words/search?q=flightless+bird'");
        stage.Show($"curl http://{demo.Http}/metrics");
        stage.Say("[grey]From a checkout, 'hedgerow' is: dotnet run -c Release --project src/Server --[/]");
    }

    private static async Task StopAsync(CancellationToken cancel)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancel.Register(stopped.SetResult);
        await stopped.Task;
    }
}
