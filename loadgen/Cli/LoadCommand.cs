using System.CommandLine;
using Hedgerow.LoadGen.Coordination;
using Hedgerow.LoadGen.Running;
using Hedgerow.Router;

namespace Hedgerow.LoadGen.Cli;

/// <summary>The program: a run, unless one of the other verbs is named. Exit codes: <see cref="ExitCodes"/>.</summary>
internal sealed class LoadCommand
{
    private const string Examples = """
        Examples:
          loadgen --rate 5000 --duration 30s --fill --mix get=90,set=10
              30 s of 5,000 requests a second at 127.0.0.1:7600, reads and writes, Zipf keys
          loadgen --workload ycsb-b --fill --rate 5000 --html report.html
              a workload by name (loadgen workloads lists them), and a page with plots
          loadgen --workload ycsb-b --protocol resp --server 127.0.0.1:7601 --connections 32 --rate 20000
              the same at a server of RESP, by raw bytes; native, memcached and http likewise
          loadgen --workload trace-replay --trace cluster.csv --speed 10 --fill
              a trace at ten times its own pace
          loadgen --ramp --objective 'p99<5ms,errors<0.1%' --workload ycsb-c --fill
              the highest rate at which 99 % are answered within 5 ms
          loadgen --objective 'p99<5ms' --rate 2000 --json --output run.json
              for CI: exit code 0 when it is met, 1 when missed, 2 when the command is wrong
          loadgen --processes 2 --rate 100000 --protocol resp --server 127.0.0.1:7601
              two generators that start together and whose histograms are merged
          loadgen --topology topology.json --rate 2000 --hedge off --output off.json
          loadgen --topology topology.json --rate 2000 --hedge on --output on.json
          loadgen compare off.json on.json
              routed in this process without and with hedging, and what differs beyond noise
          loadgen --mix search=1 --collection wiki --queries queries.txt --rate 100
              searches from a file
          loadgen --mix get=1 --paths paths.txt --keys-by zipf:0.99
              reads of real paths, popular ones more often (--keys-by sequence: in the file's order)
          loadgen --protocol resp --server 127.0.0.1:7601 --closed --depth 16 --connections 32 --keys-by uniform --fill
              as fast as a server of RESP answers, from one thread without a client library

        Exit codes: 0 well and the objective met, 1 missed or failed, 2 wrong usage.
        """;

    private readonly LoadOptions _options = new();
    private readonly TextWriter _output;
    private readonly TextWriter _errors;

    private LoadCommand(TextWriter output, TextWriter errors)
    {
        _output = output;
        _errors = errors;
    }

    /// <summary>Parses, runs and reports.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var command = new LoadCommand(output, errors);
        var root = new RootCommand(
            "Open-loop load for Hedgerow and its peers: latency from the intended send, by percentile.\n\n" + Examples);
        foreach (var option in command._options.All) root.Options.Add(option);
        root.SetAction(command.InvokeAsync);
        root.Subcommands.Add(CompareVerb.Create(output, errors));
        root.Subcommands.Add(WindowVerb.Create(output, errors));
        root.Subcommands.Add(PlotVerb.Create(output, errors));
        root.Subcommands.Add(WorkloadsVerb.Create(output, errors));
        root.Subcommands.Add(AgentVerb.Create(output, errors));
        root.Subcommands.Add(ProxyVerb.Create(output, errors));
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await errors.WriteLineAsync("loadgen: " + error.Message);
            await errors.WriteLineAsync("'loadgen --help' lists the options with examples.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
    }

    private async Task<int> InvokeAsync(ParseResult parsed, CancellationToken stop)
    {
        var error = RunSetup.Problem(parsed, _options);
        var objective = parsed.GetValue(_options.Objective) is { Length: > 0 } text && error is null
            ? Objective.Parse(text, out error)
            : null;
        var workload = error is null ? WorkloadOptions.Read(parsed, _options, Share.Whole, out error) : null;
        if (workload is not null) error = RunSetup.Problem(parsed, _options, workload);
        if (workload is null || error is not null) return await FailAsync(error!, ExitCodes.Usage);
        try
        {
            var isShared = parsed.GetValue(_options.Agents)!.Length > 0 || parsed.GetValue(_options.Processes) > 1;
            await using var driver = isShared
                ? await AgentsDriver.ConnectAsync(AgentPlan.Of(parsed, _options), stop)
                : await RunSetup.ConnectAsync(parsed, _options, workload, Share.Whole, stop);
            return await new LoadSession(parsed, _options, driver, _output, TimeProvider.System, stop)
                .RunAsync(objective);
        }
        catch (TopologyException e)
        {
            return await FailAsync(e.Message, ExitCodes.Usage);
        }
        catch (Exception e) when (e is HedgerowException or IOException or PlatformNotSupportedException
            or UnauthorizedAccessException or OperationCanceledException)
        {
            return await FailAsync(e.Message, ExitCodes.Missed);
        }
    }

    private async Task<int> FailAsync(string error, int exit)
    {
        await _errors.WriteLineAsync("loadgen: " + error);
        return exit;
    }
}
