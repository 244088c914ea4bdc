using System.CommandLine;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Router;

namespace Hedgerow.LoadGen.Cli;

/// <summary>From the command line to a driver and a run.</summary>
internal static class RunSetup
{
    /// <summary>The run that is asked for.</summary>
    public static RunRequest Request(ParseResult parsed, LoadOptions options)
    {
        var duration = Nanos(parsed, options.Duration);
        var isClosed = parsed.GetValue(options.Closed);
        return new RunRequest(
            isClosed ? 0 : parsed.GetValue(options.Rate),
            new LoadBounds(
                Nanos(parsed, options.Warmup), duration, parsed.GetValue(options.Count),
                parsed.GetValue(options.InFlight)),
            parsed.GetValue(options.Steady),
            Nanos(parsed, options.WarmupMax),
            Math.Max(Nanos(parsed, options.Interval), Math.Max(1_000_000, duration / RunRequest.IntervalsMax)));
    }

    /// <summary>What is wrong between options; null when nothing is.</summary>
    public static string? Problem(ParseResult parsed, LoadOptions options)
    {
        var isWire = parsed.GetValue(options.Protocol) != "client";
        var processes = parsed.GetValue(options.ServerProcesses)!;
        if (parsed.GetValue(options.Closed) && !isWire)
            return "--closed needs --protocol native, resp, memcached or http.";
        if (parsed.GetValue(options.Closed) && parsed.GetValue(options.Ramp)) return "--ramp needs an open loop.";
        if (parsed.GetValue(options.Ramp) && parsed.GetValue(options.Objective)!.Length == 0)
            return "--ramp needs an --objective to keep.";
        if (ProcessIds(processes).Contains(0))
            return $"--server-processes {processes}: allowed are process ids, 1 or 1,2.";
        return parsed.GetValue(options.Agents)!.Length > 0 && parsed.GetValue(options.Processes) > 1
            ? "--agents and --processes: give one of them."
            : null;
    }

    /// <summary>What does not fit the workload; null when all does.</summary>
    public static string? Problem(ParseResult parsed, LoadOptions options, PreparedWorkload workload) =>
        parsed.GetValue(options.Ramp) && workload.HasOwnTimes
            ? "--ramp needs a workload without times of its own: give --rate, or another workload."
            : null;

    /// <summary>A driver in this process.</summary>
    /// <exception cref="IOException">The server is not there.</exception>
    /// <exception cref="HedgerowException">The cluster is not there.</exception>
    /// <exception cref="TopologyException">The topology file can't be read.</exception>
    public static async Task<ILoadDriver> ConnectAsync(
        ParseResult parsed, LoadOptions options, PreparedWorkload workload, Share share, CancellationToken stop)
    {
        var isPoisson = parsed.GetValue(options.Arrivals) == "poisson";
        var protocol = parsed.GetValue(options.Protocol)!;
        if (protocol == "client")
            return await ClientDriver.ConnectAsync(ClientOptions(parsed, options), workload, isPoisson, share, stop);
        var plan = new WirePlan(
            parsed.GetValue(options.Connections), parsed.GetValue(options.Closed), parsed.GetValue(options.Depth),
            parsed.GetValue(options.InFlight), Nanos(parsed, options.Timeout),
            ProcessIds(parsed.GetValue(options.ServerProcesses)!));
        var dialect = WireDialect.Of(protocol, workload.Content, parsed.GetValue(options.Token)!);
        return WireDriver.Connect(plan, dialect, parsed.GetValue(options.Server)!, workload, isPoisson, share);
    }

    public static long Nanos(ParseResult parsed, Option<string> option) =>
        Durations.TryParse(parsed.GetValue(option)!, out var time) ? (long)(time.TotalSeconds * 1e9) : 0;

    private static int[] ProcessIds(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.TryParse(id, out var number) && number > 0 ? number : 0)];

    private static HedgerowClientOptions ClientOptions(ParseResult parsed, LoadOptions options)
    {
        var topology = parsed.GetValue(options.Topology)!;
        var timeout = TimeSpan.FromSeconds(Nanos(parsed, options.Timeout) / 1e9);
        return new HedgerowClientOptions
        {
            Cluster = topology.Length > 0 ? topology : parsed.GetValue(options.Server)!,
            Name = "loadgen",
            Token = parsed.GetValue(options.Token)!,
            ConnectionsPerLeaf = parsed.GetValue(options.Connections),
            Timeout = timeout,
            SearchTimeout = timeout,
            Hedge = new HedgeOptions { Enabled = parsed.GetValue(options.Hedge) == "on" },
            ReplicaOrder = Enum.Parse<ReplicaOrder>(parsed.GetValue(options.ReplicaOrder)!, ignoreCase: true),
        };
    }
}
