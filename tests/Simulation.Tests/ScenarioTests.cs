using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Hedgerow.Server.Cli;
using Hedgerow.Server.Simulation;
using Hedgerow.Server.Simulation.Reports;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Simulation.Tests;

/// <summary>
/// The simulator itself: what its scenarios claim, what it makes of wrong ones, and that a seed is a run.
/// </summary>
public sealed class ScenarioTests : IDisposable
{
    private const string Small = """
        {
          "name": "small", // comments are allowed
          "duration": "500ms", "warmUp": "100ms",
          "cluster": { "shards": 4, "replicas": 2, "routers": 2 },
          "leaves": { "cores": 2, "service": { "exponential": "2ms" } },
          "network": { "oneWay": { "uniform": ["20us", "200us"] }, "loss": 0.001 },
          "stalls": [{ "every": { "exponential": "100ms" }, "length": "20ms", "scope": "shard" }],
          "faults": [
            { "kind": "crash", "at": "200ms", "for": "50ms", "leaves": [1] },
            { "kind": "cut", "at": "300ms", "for": "50ms", "leaves": [2] }
          ],
          "load": [
            { "name": "gets", "operation": "get", "rate": 500, "skew": 1 },
            { "name": "many", "operation": "getMany", "rate": 50, "paths": 8, "evenly": true },
            { "name": "each", "operation": "getEach", "rate": 20, "paths": 5 },
            { "name": "searches", "operation": "search", "rate": 50 },
            { "name": "writes", "operation": "set", "rate": 50, "retries": 1, "backoff": "1ms" }
          ],
          "runs": { "a": {}, "b": { "router": { "hedge": { "enabled": false } } } },
          "claims": [{ "says": "it answers", "run": "a", "measure": "p50Ms", "atLeast": 0.1, "atMost": 100 }]
        }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("hedgerow-simulation-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<string> BuiltIn { get; } = [.. ScenarioFile.BuiltIn];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void What_a_built_in_scenario_claims_holds(string name)
    {
        var set = ScenarioFile.Open(name);
        var result = OwnThread.Run(() => SimulationBatch.Run(set));
        Assert.NotEmpty(result.Claims);
        Assert.All(result.Claims, claim => Assert.True(claim.Holds, ResultTable.Sentence(claim)));
        Assert.All(result.Runs, run => Assert.Equal(0, run.Unfinished));
        foreach (var (run, ended) in set.Runs.Zip(result.Runs)) KeepsItsBudget(run.Scenario, ended);
    }

    [Fact]
    public void How_busy_the_leaves_were_is_said_of_the_time_of_the_load()
    {
        // Half of the one core is busy; a request that nobody answers goes on for a minute after the load.
        var set = ScenarioFile.Parse(
            """
            {
              "name": "drain", "duration": "10s", "warmUp": "1s",
              "cluster": { "shards": 1, "replicas": 1 },
              "leaves": { "service": "5ms" },
              "faults": [{ "kind": "cut", "at": "9990ms" }],
              "load": [{ "operation": "get", "rate": 100, "arrivals": "constant", "deadline": "60s" }]
            }
            """,
            "drain", ".");
        var run = Assert.Single(OwnThread.Run(() => SimulationBatch.Run(set)).Runs);
        Assert.True(run.VirtualNanos > 60_000_000_000);
        Assert.InRange(run.Utilization, 0.49, 0.51);
    }

    [Fact]
    public void A_seed_is_a_run_and_another_seed_is_another()
    {
        Assert.Equal(JsonOf(Small, seed: 1), JsonOf(Small, seed: 1));
        Assert.NotEqual(JsonOf(Small, seed: 1), JsonOf(Small, seed: 2));
    }

    [Fact]
    public void Every_operation_and_every_trouble_of_a_scenario_is_run()
    {
        var result = OwnThread.Run(() => SimulationBatch.Run(Parse(Small)));
        Assert.Equal(["a", "b"], result.Runs.Select(run => run.Run));
        Assert.All(result.Runs[0].Loads, load => Assert.True(load.Answered > 0, load.Name));
        Assert.All(result.Runs[0].Loads, load => Assert.Equal(load.Offered, load.Answered + load.Failed));
        Assert.Equal(0, result.Runs[1].Routers.HedgesSent);
        Assert.All(result.Claims, claim => Assert.True(claim.Holds));
    }

    [Fact]
    public void Ten_thousand_leaves_are_simulated()
    {
        var set = Parse("""
            {
              "name": "wide", "duration": "40ms",
              "cluster": { "shards": 2500, "replicas": 4, "leaves": 10000 },
              "leaves": { "service": "1ms" },
              "load": [{ "operation": "getMany", "rate": 100, "paths": 2500, "evenly": true }]
            }
            """);
        var run = OwnThread.Run(() => SimulationBatch.Run(set)).Runs[0];
        Assert.Equal(10_000, run.Leaves.Count);
        Assert.True(run.Loads[0].Answered > 0 && run.Loads[0].Failed == 0);
        Assert.Equal(2_500 * run.Loads[0].Offered, run.Routers.Requests);
    }

    [Theory]
    [InlineData("\"duration\": \"500ms\"", "\"duration\": 5", "duration: 5 is no time")]
    [InlineData("\"shards\": 4", "\"shards\": 0", "cluster.shards is 0; allowed: 1 to 4096")]
    [InlineData("\"shards\": 4", "\"shard\": 4", "'shard'")]
    [InlineData("\"rate\": 500", "\"rate\": -1", "load[0].rate is -1; allowed: 0 to 10000000")]
    [InlineData("\"operation\": \"search\"", "\"operation\": \"seek\"", "operation: \"seek\" is not known; allowed")]
    [InlineData("\"exponential\": \"2ms\"", "\"exponental\": \"2ms\"", "leaves.service: ")]
    [InlineData("\"loss\": 0.001", "\"loss\": 2", "network.loss is 2; allowed: 0 to 1")]
    [InlineData("\"enabled\": false", "\"enabled\": \"no\"", "run b: router.hedge.enabled is 'no'; allowed: true")]
    [InlineData("\"enabled\": false", "\"enable\": false", "router.hedge.enable is no setting. Did you mean")]
    [InlineData("\"leaves\": [2]", "\"leaves\": [8]", "faults[1].leaves is 8; allowed: 0 to 7")]
    [InlineData("\"leaves\": [1]", "\"leaves\": [1], \"zone\": 0", "faults[0]: members among leaves, zone")]
    [InlineData("\"measure\": \"p50Ms\"", "\"measure\": \"p51\"", "claims[0].measure is 'p51'; allowed: p50Ms")]
    [InlineData("\"run\": \"a\"", "\"run\": \"c\"", "claims[0].run is 'c'; allowed: a, b")]
    [InlineData("{ \"a\": {}", "{ \"a\": 1", "runs.a is 1; allowed: an object")]
    [InlineData("\"name\": \"small\",", "", "name")]
    public void A_scenario_that_makes_no_sense_is_refused_with_the_member_named(string right, string wrong, string says)
    {
        Assert.Contains(right, Small, StringComparison.Ordinal);
        var failure = Assert.Throws<ScenarioException>(
            () => Parse(Small.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_cut_off_anywhere_is_refused_and_nothing_else_happens()
    {
        for (var length = 0; length < Small.TrimEnd().Length; length += 7)
            Assert.Throws<ScenarioException>(() => Parse(Small[..length]));
    }

    [Fact]
    public void A_file_of_percentiles_is_drawn_from()
    {
        File.WriteAllText(Path.Combine(_directory, "measured.txt"), "# measured\n0 3ms\n50 4ms # half\n100 5ms\n");
        var text = Small.Replace("\"exponential\": \"2ms\"", "\"file\": \"measured.txt\"", StringComparison.Ordinal);
        var result = OwnThread.Run(() => SimulationBatch.Run(ScenarioFile.Parse(text, "test", _directory)));
        Assert.InRange(Measures.Milliseconds(result.Runs[1].Loads[0], 50), 3, 40);
    }

    [Fact]
    public async Task The_verb_prints_a_table_or_json_and_writes_plots()
    {
        var file = Path.Combine(_directory, "small.json");
        await File.WriteAllTextAsync(file, Small, TestContext.Current.CancellationToken);
        var (code, output) = await RunAsync("simulate", file, "--seed", "3", "--out", Path.Combine(_directory, "out"));
        Assert.Equal(0, code);
        Assert.Contains("a: gets", output, StringComparison.Ordinal);
        Assert.Contains("holds", output, StringComparison.Ordinal);
        foreach (var suffix in new[] { "percentiles", "time", "answers" })
        {
            var svg = await File.ReadAllTextAsync(
                Path.Combine(_directory, "out", $"small-{suffix}.svg"), TestContext.Current.CancellationToken);
            var lines = XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "polyline");
            Assert.Equal(2, lines.Count());
        }

        (code, output) = await RunAsync("simulate", file, "--run", "b", "--json");
        Assert.Equal(0, code);
        Assert.Equal("b", JsonDocument.Parse(output).RootElement.GetProperty("runs")[0].GetProperty("run").GetString());
    }

    [Fact]
    public async Task The_verb_lists_what_comes_with_it_and_fails_when_a_claim_does()
    {
        var (code, output) = await RunAsync("simulate");
        Assert.Equal(0, code);
        Assert.Contains("fan-out", output, StringComparison.Ordinal);
        var file = Path.Combine(_directory, "wrong.json");
        var wrong = Small.Replace("\"atMost\": 100", "\"atMost\": 0.11", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, wrong, TestContext.Current.CancellationToken);
        (code, output) = await RunAsync("simulate", file);
        Assert.Equal(1, code);
        Assert.Contains("does not hold", output, StringComparison.Ordinal);
    }

    private static void KeepsItsBudget(Scenario scenario, RunResult run)
    {
        var hedge = ScenarioRules.RouterOptionsOf(run.Run, scenario).Hedge;
        // Twins that are cancelled in time give their token back.
        if (hedge.Tied) return;
        // What was saved up in the warm-up: a bucket for each of the two classes of each router.
        var saved = 2 * 100 * scenario.Cluster.Routers;
        var most = hedge.Enabled ? (hedge.Budget * run.Routers.Requests) + saved : 0;
        Assert.True(run.Routers.HedgesSent <= most, $"{run.Run}: {run.Routers.HedgesSent} hedges; at most {most}");
    }

    private static ScenarioSet Parse(string text) => ScenarioFile.Parse(text, "test", AppContext.BaseDirectory);

    private static string JsonOf(string text, int seed)
    {
        var result = OwnThread.Run(() => SimulationBatch.Run(Parse(text), seed));
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            result.WriteTo(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var console = CliConsole.Recording(Stream.Null, output, error);
        var code = await CommandLine.RunAsync(args, console, TestContext.Current.CancellationToken);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }
}
