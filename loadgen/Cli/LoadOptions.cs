using System.CommandLine;
using Hedgerow.LoadGen.Workload;
using static Hedgerow.LoadGen.Cli.OptionKinds;

namespace Hedgerow.LoadGen.Cli;

/// <summary>The command line of a run: each option with its default, its bounds and its check.</summary>
internal sealed class LoadOptions
{
    public const double RateMax = 10_000_000;
    public const int ConnectionsMax = 1_024;
    public const int ProcessesMax = 64;

    public Option<string> Server { get; } = Text("--server", "127.0.0.1:7600", "HOST:PORT of a router or of 'serve'.");

    public Option<string> Topology { get; } =
        Text("--topology", "", "Topology file: route in this process (hedges here).");

    public Option<string> Token { get; } = Text("--token", "", "Credentials, if the server asks for them.");

    public Option<int> Connections { get; } =
        Whole("--connections", 4, 1, ConnectionsMax, "Connections to each server (the client library: at most 64).");

    public Option<string> Protocol { get; } = Choice(
        "--protocol", "client", "What is spoken: the client library, or raw bytes from one lean thread.",
        ["client", .. Wire.WireDialect.Names]);

    public Option<string> Timeout { get; } =
        Time("--timeout", "1s", "Deadline of each request; of raw bytes, of the last answers.");

    public Option<string> Hedge { get; } =
        Choice("--hedge", "on", "Hedged reads of the router in this process (with --topology).", "on", "off");

    public Option<string> ReplicaOrder { get; } = Choice(
        "--replica-order", "adaptive", "Which replica a read goes to first (with --topology): the better of two, the " +
            "topology's first, or by another rule (docs/tail).", "adaptive", "preferred", "c3", "prequal", "random");

    public Option<string> Workload { get; } = Text(
        "--workload", "", $"What is sent: a file, or one of {string.Join(", ", WorkloadFile.BuiltIn)}. "
            + "The options below change parts of it.");

    public Option<string> Mix { get; } = Text("--mix", "get=90,set=10", $"Operations: {OperationMix.Allowed}.");

    public Option<long> Keys { get; } =
        Whole("--keys", 100_000L, 1, WorkloadRules.RecordsMax, "Number of different paths.");

    public Option<string> KeysBy { get; } =
        Text("--keys-by", "zipf:0.99", $"How paths are chosen: {LoadGen.Keys.KeyDistribution.Allowed}.");

    public Option<string> Paths { get; } =
        Text("--paths", "", "A file of real paths, one a line, in place of --keys and --prefix.");

    public Option<string> Prefix { get; } = Text("--prefix", "/load/", "What every path begins with.");

    public Option<string> Values { get; } = Text("--values", "100", $"Bytes of a value: {ValueSizes.Allowed}.");

    public Option<string> Collection { get; } = Text("--collection", "", "Searches: the collection.");

    public Option<string> Queries { get; } = Text("--queries", "", "Searches: a file with a query a line.");

    public Option<int> Size { get; } = Whole("--size", 10, 0, 10_000, "Searches: hits asked for.");

    public Option<string> Trace { get; } =
        Text("--trace", "", "Replay this trace, plain, .gz or .zst, at its own times if it has any.");

    public Option<string> TraceFormat { get; } = Text(
        "--trace-format", "", $"Its format: {string.Join(", ", Traces.TraceFile.Formats)}; empty: by its name.");

    public Option<double> Speed { get; } =
        Positive("--speed", 1, WorkloadRules.SpeedMax, "Replay so many times as fast as recorded.");

    public Option<double> Rate { get; } =
        Positive("--rate", 1_000, RateMax, "Requests a second, whatever the server does (open loop).");

    public Option<string> Arrivals { get; } =
        Choice("--arrivals", "poisson", "When requests are due: independently, or evenly.", "poisson", "constant");

    public Option<bool> Closed { get; } =
        Switch("--closed", "With raw bytes: send when answered, as fast as it goes; no --rate.");

    public Option<int> Depth { get; } =
        Whole("--depth", 1, 1, Wire.WirePlan.DepthMax, "With --closed: requests of a connection sent together.");

    public Option<bool> Fill { get; } = Switch("--fill", "First write every path once.");

    public Option<string> Warmup { get; } = Time("--warmup", "2s", "Time before it counts, sent and not counted.");

    public Option<bool> Steady { get; } = Switch(
        "--steady", "Warm up until rate and median latency of five intervals vary by at most 5 % and chance.");

    public Option<string> WarmupMax { get; } =
        Time("--warmup-max", "60s", "With --steady: count after this all the same.");

    public Option<string> Duration { get; } = Time("--duration", "10s", "Counted time, at most 1h.");

    public Option<long> Count { get; } =
        Whole("--count", 100_000_000L, 1, 1_000_000_000, "Most requests to send, warm-up included.");

    public Option<int> InFlight { get; } =
        Whole("--in-flight", 10_000, 1, 1_000_000, "Most requests waiting for an answer; more count as failed.");

    public Option<int> Seed { get; } =
        Whole("--seed", 1, 0, int.MaxValue, "Same seed, same requests at the same times.");

    public Option<string> Objective { get; } =
        Text("--objective", "", $"What must hold, or the exit code is 1: {Running.Objective.Allowed}.");

    public Option<bool> Ramp { get; } = Switch(
        "--ramp", "Find the highest rate, from --rate on, that keeps the objective; then run --duration at it.");

    public Option<string> Step { get; } = Time("--step", "5s", "With --ramp: counted time of each rate tried.");

    public Option<int> Processes { get; } =
        Whole("--processes", 1, 1, ProcessesMax, "Generators, processes of this machine, that share the rate.");

    public Option<string> Agents { get; } =
        Text("--agents", "", "HOST:PORT,... of 'loadgen agent' that share the rate, in place of this process.");

    public Option<string> AgentToken { get; } = Text("--agent-token", "", "What the agents ask for.");

    public Option<string> ServerProcesses { get; } = Text(
        "--server-processes", "", "With raw bytes: ids of the server's processes, 1,2; their CPU a request is told.");

    public Option<string> Interval { get; } = Time("--interval", "1s", "Length of the stretches of time told apart.");

    public Option<string> Live { get; } = Choice(
        "--live", "auto", "Show progress: a table on a terminal, else a line an interval; auto: not with --json.",
        "auto", "on", "off");

    public Option<bool> Json { get; } = Switch("--json", "Print the report as JSON.");

    public Option<string> Output { get; } = Text("--output", "", "Also write the report as JSON to this file.");

    public Option<string> Html { get; } = Text("--html", "", "Also write it as a page with plots to this file.");

    public Option<string> HistogramLog { get; } =
        Text("--hlog", "", "Also write an HdrHistogram log, a line an interval and operation, to this file.");

    /// <summary>Those that say what is sent where, which generators that work together share.</summary>
    public IEnumerable<Option> OfGenerators =>
    [
        Server, Topology, Token, Connections, Protocol, Timeout, Hedge, ReplicaOrder, Workload, Mix, Keys, KeysBy,
        Paths, Prefix, Values, Collection, Queries, Size, Trace, TraceFormat, Speed, Rate, Arrivals, Closed, Depth,
        InFlight, Seed, ServerProcesses,
    ];

    public IEnumerable<Option> All =>
    [
        .. OfGenerators, Fill, Warmup, Steady, WarmupMax, Duration, Count, Objective, Ramp, Step, Processes,
        Agents, AgentToken, Interval, Live, Json, Output, Html, HistogramLog,
    ];

    /// <summary>What the run was asked to do, for reports; without credentials.</summary>
    public Dictionary<string, string> PlanOf(ParseResult parsed) => All
        .Where(o => o != Token && o != AgentToken)
        .ToDictionary(o => o.Name.TrimStart('-'), o => Convert.ToString(parsed.GetValue<object>(o.Name), null) ?? "");
}
