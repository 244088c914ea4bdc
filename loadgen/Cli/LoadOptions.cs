using System.CommandLine;
using System.CommandLine.Parsing;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Cli;

/// <summary>The command line: each option with its default, its bounds and its check.</summary>
internal sealed class LoadOptions
{
    public const double RateMax = 10_000_000;
    public static readonly TimeSpan DurationMax = TimeSpan.FromHours(1);

    public Option<string> Server { get; } = Text("--server", "127.0.0.1:7600", "HOST:PORT of a router or of 'serve'.");

    public Option<string> Topology { get; } =
        Text("--topology", "", "Topology file: route in this process (hedges here).");

    public Option<string> Token { get; } = Text("--token", "", "Credentials, if the cluster asks for them.");

    public Option<int> Connections { get; } = Whole("--connections", 4, 1, 64, "Connections to each server.");

    public Option<double> Rate { get; } = MakeRate();

    public Option<string> Arrivals { get; } =
        Choice("--arrivals", "poisson", "When requests are due: independently, or evenly.", "poisson", "constant");

    public Option<string> Duration { get; } = Time("--duration", "10s", "Counted time, at most 1h.");

    public Option<string> Warmup { get; } = Time("--warmup", "2s", "Time before it, sent and not counted.");

    public Option<long> Count { get; } = MakeCount();

    public Option<int> InFlight { get; } =
        Whole("--in-flight", 10_000, 1, 1_000_000, "Most requests waiting for an answer; more count as failed.");

    public Option<string> Mix { get; } = Text("--mix", "get=90,set=10", $"What is sent: {OperationMix.Allowed}.");

    public Option<int> Keys { get; } = Whole("--keys", 100_000, 1, 1_000_000_000, "Number of different paths.");

    public Option<string> KeysBy { get; } =
        Text("--keys-by", "zipf:0.99", $"How paths are chosen: {Hedgerow.LoadGen.Keys.KeyDistribution.Allowed}.");

    public Option<string> Paths { get; } =
        Text("--paths", "", "A file of real paths, one a line, in place of --keys and --prefix.");

    public Option<string> Prefix { get; } = Text("--prefix", "/load/", "What every path begins with.");

    public Option<string> Values { get; } = Text("--values", "100", $"Bytes of a value: {ValueSizes.Allowed}.");

    public Option<bool> Fill { get; } = new("--fill") { Description = "First write every path once." };

    public Option<string> Collection { get; } = Text("--collection", "", "Searches: the collection.");

    public Option<string> Queries { get; } = Text("--queries", "", "Searches: a file with a query a line.");

    public Option<int> Size { get; } = Whole("--size", 10, 0, 10_000, "Searches: hits asked for.");

    public Option<string> Hedge { get; } =
        Choice("--hedge", "on", "Hedged reads of the router in this process (with --topology).", "on", "off");

    public Option<string> ReplicaOrder { get; } = Choice(
        "--replica-order", "adaptive", "Which replica a read goes to first (with --topology): the better of two, the " +
            "topology's first, or by another rule (docs/tail).", "adaptive", "preferred", "c3", "prequal", "random");

    public Option<string> Timeout { get; } = Time("--timeout", "1s", "Deadline of each request.");

    public Option<string> Protocol { get; } = Choice(
        "--protocol", "client", "What is spoken: the client library, or raw bytes from one lean thread.",
        ["client", .. Wire.WireDialect.Names]);

    public Option<bool> Closed { get; } =
        new("--closed") { Description = "With raw bytes: send when answered, as fast as it goes; no --rate." };

    public Option<int> Depth { get; } =
        Whole("--depth", 1, 1, Wire.WirePlan.DepthMax, "With --closed: requests of a connection sent together.");

    public Option<string> Processes { get; } = Text(
        "--server-processes", "", "With raw bytes: ids of the server's processes, 1,2; their CPU a request is told.");

    public Option<int> Seed { get; } =
        Whole("--seed", 1, 0, int.MaxValue, "Same seed, same requests at the same times.");

    public Option<bool> Json { get; } = new("--json") { Description = "Print the report as JSON." };

    public Option<string> Output { get; } = Text("--output", "", "Also write the report as JSON to this file.");

    public IEnumerable<Option> All =>
    [
        Server, Topology, Token, Connections, Rate, Arrivals, Duration, Warmup, Count, InFlight, Mix, Keys, KeysBy,
        Paths, Prefix, Values, Fill, Collection, Queries, Size, Hedge, ReplicaOrder, Timeout, Protocol,
        Closed, Depth, Processes, Seed, Json, Output,
    ];

    private static Option<double> MakeRate()
    {
        var option = new Option<double>("--rate")
        {
            Description = "Requests a second, whatever the server does (open loop).",
            DefaultValueFactory = _ => 1_000,
        };
        option.Validators.Add(r =>
            Check(r, r.GetValueOrDefault<double>() is > 0 and <= RateMax, "above 0, at most 10000000"));
        return option;
    }

    private static Option<long> MakeCount()
    {
        var option = new Option<long>("--count")
        {
            Description = "Most requests to send, warm-up included.",
            DefaultValueFactory = _ => 100_000_000,
        };
        option.Validators.Add(r =>
            Check(r, r.GetValueOrDefault<long>() is >= 1 and <= 1_000_000_000, "1 to 1000000000"));
        return option;
    }

    private static Option<string> Text(string name, string @default, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => @default };

    private static Option<int> Whole(string name, int @default, int min, int max, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => @default,
        Validators = { r => Check(r, r.GetValueOrDefault<int>() >= min && r.GetValueOrDefault<int>() <= max,
            $"{min} to {max}") },
    };

    private static Option<string> Choice(string name, string @default, string description, params string[] values)
    {
        var option = Text(name, @default, description);
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static Option<string> Time(string name, string @default, string description)
    {
        var option = Text(name, @default, description);
        option.Validators.Add(r =>
            Check(r, Durations.TryParse(r.GetValueOrDefault<string>()!, out var d) && d <= DurationMax,
                "a number and a unit, such as 500us, 200ms, 10s, 5m; at most 1h"));
        return option;
    }

    private static void Check(OptionResult result, bool good, string allowed)
    {
        if (good) return;
        var given = string.Join(' ', result.Tokens.Select(t => t.Value));
        result.AddError($"{result.Option.Name} {given}: allowed is {allowed}.");
    }
}
