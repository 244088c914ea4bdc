using System.Text.Json;
using Hedgerow.Server.Simulation.Load;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation.Reports;

/// <summary>What became of a claim.</summary>
internal sealed record JudgedClaim(Claim Claim, double Value, bool Holds);

/// <summary>What came out of a scenario.</summary>
internal sealed class SimulationResult
{
    public SimulationResult(Scenario scenario, IReadOnlyList<RunResult> runs)
    {
        Scenario = scenario;
        Runs = runs;
        Claims = [.. scenario.Claims.Select(Judge)];
    }

    public Scenario Scenario { get; }

    public IReadOnlyList<RunResult> Runs { get; }

    public IReadOnlyList<JudgedClaim> Claims { get; }

    /// <summary>The same for programs.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("scenario", Scenario.Name);
        json.WriteStartArray("runs");
        foreach (var run in Runs) Write(json, run);
        json.WriteEndArray();
        json.WriteStartArray("claims");
        foreach (var (claim, value, holds) in Claims)
        {
            json.WriteStartObject();
            json.WriteString("says", claim.Says);
            json.WriteString("measure", claim.Measure);
            json.WriteNumber("value", value);
            json.WriteBoolean("holds", holds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, RunResult run)
    {
        json.WriteStartObject();
        json.WriteString("run", run.Run);
        json.WriteNumber("seed", run.Seed);
        json.WriteNumber("virtualSeconds", run.VirtualNanos / 1e9);
        json.WriteNumber("events", run.Events);
        json.WriteNumber("unfinished", run.Unfinished);
        json.WriteStartObject("routers");
        json.WriteNumber("requests", run.Routers.Requests);
        json.WriteNumber("hedgesSent", run.Routers.HedgesSent);
        json.WriteNumber("hedgesWon", run.Routers.HedgesWon);
        json.WriteNumber("hedgesDenied", run.Routers.HedgesDenied);
        json.WriteNumber("retries", run.Routers.Retries);
        json.WriteEndObject();
        json.WriteStartArray("streams");
        foreach (var load in run.Loads) Write(json, run, load);
        json.WriteEndArray();
        json.WriteStartArray("leaves");
        foreach (var leaf in run.Leaves)
        {
            json.WriteStartObject();
            json.WriteNumber("requests", leaf.Came);
            json.WriteNumber("served", leaf.Served);
            json.WriteNumber("wasted", leaf.Wasted);
            json.WriteNumber("dropped", leaf.Dropped);
            json.WriteNumber("busyShare", leaf.BusyNanos / (double)run.CountedNanos / run.Cores);
            json.WriteNumber("longestWaitMs", leaf.LongestWaitNanos / 1e6);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RunResult run, LoadRecord load)
    {
        json.WriteStartObject();
        json.WriteString("name", load.Name);
        json.WriteNumber("offered", load.Offered);
        json.WriteNumber("answered", load.Answered);
        json.WriteStartObject("failures");
        foreach (var (status, count) in load.Failures) json.WriteNumber(status.ToString(), count);
        json.WriteEndObject();
        json.WriteStartObject("measures");
        foreach (var name in Measures.Names) json.WriteNumber(name, Measures.Of(name, run, load));
        json.WriteEndObject();
        json.WriteStartArray("overTime");
        for (var i = 0; i < load.OverTime.Count; i++)
        {
            var slice = load.OverTime[i];
            json.WriteStartObject();
            json.WriteNumber("seconds", i * load.SliceSeconds);
            json.WriteNumber("offered", slice.Offered);
            json.WriteNumber("answered", slice.Latencies.TotalCount);
            json.WriteNumber("failed", slice.Failed);
            json.WriteNumber("p50Ms", slice.Milliseconds(50));
            json.WriteNumber("p99Ms", slice.Milliseconds(99));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private JudgedClaim Judge(Claim claim)
    {
        var value = Of(claim, claim.Run);
        if (claim.Beside is { } beside) value /= Of(claim, beside);
        var holds = value >= (claim.AtLeast ?? double.MinValue) && value <= (claim.AtMost ?? double.MaxValue);
        return new JudgedClaim(claim, value, holds);
    }

    private double Of(Claim claim, string name)
    {
        var run = name.Length == 0 ? Runs[0] : Runs.First(r => r.Run == name);
        var load = claim.Stream.Length == 0 ? run.Loads[0] : run.Loads.First(l => l.Name == claim.Stream);
        return Measures.Of(claim.Measure, run, load);
    }
}
