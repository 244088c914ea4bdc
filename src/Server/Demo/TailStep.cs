using Hedgerow.Router;
using Spectre.Console;

namespace Hedgerow.Server.Demo;

/// <summary>The step that shows what hedging is for: one slow replica, the same load without and with.</summary>
internal static class TailStep
{
    private const int ReadsPerSecond = 4_000;
    private const int Paths = 1_000;
    private const string SlowLeaf = "leaf-2";
    private const double RatioMin = 10;
    private const double ExtraShareMax = 0.03;

    // A machine that is busy with other work has a tail of its own; measuring again tells the two apart.
    private const int RoundsMax = 3;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(DemoStage stage, DemoCluster demo, TimeProvider time, CancellationToken cancel)
    {
        stage.Step("one replica turns slow");
        var paths = await FillAsync(demo.Cluster.Client, cancel);
        await stage.RunAsync("fault", [SlowLeaf, "--delay-share", "0.01", "--delay", "100ms"], cancel);
        stage.Say(
            $"[grey]The same load each time: {ReadsPerSecond:N0} reads a second for {Duration.TotalSeconds:0} s, due " +
            "on time whether or not earlier ones were answered. First half of the reads prefer the slow replica, " +
            "without hedging and with (budget 2 %); last the default: the router also picks the better replica.[/]");
        var round = await MeasureAsync(demo, paths, time, cancel);
        for (var i = 1; i < RoundsMax && !round.HoldsPromise; i++)
        {
            stage.Say(
                $"[yellow]p99.9 was {round.Off.Milliseconds(99.9):0.0} ms without hedging and " +
                $"{round.On.Milliseconds(99.9):0.0} ms with: if this machine is busy, that is its own tail. Again.[/]");
            round = await MeasureAsync(demo, paths, time, cancel);
        }

        stage.Screen.Write(TailReport.Table(round.Off, round.On, round.Adaptive));
        TailReport.WritePlot(stage.Screen, round.Off, round.On);
        stage.Screen.WriteLine();
        Judge(stage, round);
        await stage.RunAsync("fault", [SlowLeaf, "--heal"], cancel);
    }

    private static void Judge(DemoStage stage, Round round)
    {
        stage.Check(round.Failures == 0, "no read failed");
        stage.Check(
            round.Ratio >= RatioMin, $"p99.9 is {round.Ratio:0.0} times lower with hedging (at least {RatioMin})");
        stage.Check(
            round.ExtraShare <= ExtraShareMax,
            $"it cost {round.ExtraShare:P2} extra requests (at most {ExtraShareMax:P0})");
    }

    private static async Task<string[]> FillAsync(HedgerowClient client, CancellationToken cancel)
    {
        var value = new byte[100];
        Array.Fill(value, (byte)'x');
        var paths = Enumerable.Range(0, Paths).Select(n => $"/demo/{n}").ToArray();
        foreach (var path in paths) await client.SetAsync(path, value, cancel: cancel);
        return paths;
    }

    private static async Task<Round> MeasureAsync(
        DemoCluster demo, string[] paths, TimeProvider time, CancellationToken cancel) => new(
            await LoadAsync(demo, paths, hedging: false, ReplicaOrder.Preferred, time, cancel),
            await LoadAsync(demo, paths, hedging: true, ReplicaOrder.Preferred, time, cancel),
            await LoadAsync(demo, paths, hedging: true, ReplicaOrder.Adaptive, time, cancel));

    private static async Task<TailResult> LoadAsync(
        DemoCluster demo, string[] paths, bool hedging, ReplicaOrder order, TimeProvider time, CancellationToken cancel)
    {
        var options = new HedgerowClientOptions
        {
            Name = "demo load", Hedge = new HedgeOptions { Enabled = hedging }, ReplicaOrder = order,
        };
        await using var client = demo.Cluster.OpenClient(options);
        return await new TailLoad(client, paths, ReadsPerSecond, time).RunAsync(WarmUp, Duration, cancel);
    }

    private sealed record Round(TailResult Off, TailResult On, TailResult Adaptive)
    {
        public double Ratio => TailReport.Ratio(Off, On, 99.9);

        public double ExtraShare => Math.Max(On.ExtraShare, Adaptive.ExtraShare);

        public long Failures => Off.Failures + On.Failures + Adaptive.Failures;

        public bool HoldsPromise => Ratio >= RatioMin && ExtraShare <= ExtraShareMax;
    }
}
