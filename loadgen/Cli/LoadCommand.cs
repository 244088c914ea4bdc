using System.CommandLine;
using System.Text.Json;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Reporting;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Spectre.Console;

namespace Hedgerow.LoadGen.Cli;

/// <summary>From options to a run to a report. Exit codes: 0 well, 1 the run failed, 2 usage.</summary>
internal sealed class LoadCommand
{
    private const string Examples = """
        Examples:
          loadgen --rate 5000 --duration 30s --fill --mix get=90,set=10
              30 s of 5,000 requests a second at 127.0.0.1:7600, reads and writes, Zipf keys
          loadgen --topology topology.json --rate 2000 --hedge off --json
              the same without hedging, routed in this process, the report for a machine
          loadgen --mix search=1 --collection wiki --queries queries.txt --rate 100
              searches from a file
          loadgen --mix get=1 --paths paths.txt --keys-by zipf:0.99
              reads of real paths, popular ones more often (--keys-by sequence: in the file's order)
          loadgen --keys-by trace:keys.txt --mix get=1 --arrivals constant
              the keys of a trace, in their order, at an even rate
          loadgen --protocol resp --server 127.0.0.1:7601 --closed --depth 16 --connections 32 --keys-by uniform --fill
              as fast as a server of RESP answers, from one thread without a client library
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
            "Open-loop load for a Hedgerow cluster: latency from the intended send, by percentile.\n\n" + Examples);
        foreach (var option in command._options.All) root.Options.Add(option);
        root.SetAction(command.InvokeAsync);
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await errors.WriteLineAsync("loadgen: " + error.Message);
            await errors.WriteLineAsync("'loadgen --help' lists the options with examples.");
            return 2;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
    }

    private async Task<int> InvokeAsync(ParseResult parsed, CancellationToken stop)
    {
        if (MakeSource(parsed, out var error) is not var (source, mix) || error is not null)
        {
            await _errors.WriteLineAsync("loadgen: " + error);
            return 2;
        }

        if (parsed.GetValue(_options.Protocol) != "client") return await RunWireAsync(parsed, mix!, stop);
        try
        {
            await using var client = await HedgerowClient.ConnectAsync(ClientOptions(parsed), stop);
            return await LoadAsync(parsed, client, source!, mix!, stop);
        }
        catch (HedgerowException e)
        {
            await _errors.WriteLineAsync($"loadgen: {e.Message}");
            return 1;
        }
        catch (TopologyException e)
        {
            await _errors.WriteLineAsync($"loadgen: {e.Message}");
            return 2;
        }
    }

    private async Task<int> LoadAsync(
        ParseResult parsed, HedgerowClient client, OperationSource source, OperationMix mix, CancellationToken stop)
    {
        var collection = parsed.GetValue(_options.Collection)!;
        if (mix.Has(OperationKind.Search) && await client.GetCollectionAsync(collection, stop) is null)
            throw new HedgerowException(StatusCode.NoSuchCollection,
                $"--collection {collection}: the cluster has no such collection; import one first.");
        var target = new ClusterTarget(client, collection, parsed.GetValue(_options.Size));
        if (parsed.GetValue(_options.Fill)) await FillAsync(parsed, source, target, stop);

        var rate = parsed.GetValue(_options.Rate);
        var loop = new OpenLoop(Bounds(parsed), MakeArrivals(parsed), source, target, new MonotonicClock());
        var before = client.Counters;
        await loop.RunAsync(stop);
        var report = LoadReport.Of(PlanOf(parsed), rate, loop, before, client.Counters);
        await WriteAsync(parsed, report, stop);
        return 0;
    }

    private async Task<int> RunWireAsync(ParseResult parsed, OperationMix mix, CancellationToken stop)
    {
        if (!WireOptions.TryRead(parsed, _options, mix, out var plan, out var error))
        {
            await _errors.WriteLineAsync("loadgen: " + error);
            return 2;
        }

        try
        {
            var report = WireOptions.Run(parsed, _options, plan!);
            if (parsed.GetValue(_options.Output) is { Length: > 0 } file)
                await File.WriteAllTextAsync(file, report.ToJson(), stop);
            await _output.WriteLineAsync(parsed.GetValue(_options.Json) ? report.ToJson() : report.ToText());
            return 0;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            await _errors.WriteLineAsync("loadgen: " + e.Message);
            return 1;
        }
    }

    private async Task WriteAsync(ParseResult parsed, LoadReport report, CancellationToken stop)
    {
        var json = JsonSerializer.Serialize(report, ReportJson.Default.LoadReport);
        if (parsed.GetValue(_options.Output) is { Length: > 0 } file) await File.WriteAllTextAsync(file, json, stop);
        if (parsed.GetValue(_options.Json))
        {
            await _output.WriteLineAsync(json);
            return;
        }

        TextReport.Write(
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }), report);
    }

    /// <summary>Writes every path once, a bounded number at a time.</summary>
    private async Task FillAsync(ParseResult parsed, OperationSource source, ILoadTarget target, CancellationToken stop)
    {
        const int Parallel = 256;
        using var room = new SemaphoreSlim(Parallel);
        var failed = 0L;
        var keys = MakePaths(parsed, out _)!.Count ?? parsed.GetValue(_options.Keys);
        for (long key = 0; key < keys; key++)
        {
            await room.WaitAsync(stop);
            _ = FillOneAsync(source.Fill(key));
        }

        for (var i = 0; i < Parallel; i++) await room.WaitAsync(stop);
        if (failed > 0) await _errors.WriteLineAsync($"loadgen: {failed} writes of --fill failed.");

        async Task FillOneAsync(Operation operation)
        {
            var (outcome, _) = await target.SendAsync(operation);
            if (outcome == Outcome.Failed) Interlocked.Increment(ref failed);
            room.Release();
        }
    }

    private (OperationSource Source, OperationMix Mix)? MakeSource(ParseResult parsed, out string? error)
    {
        var seed = parsed.GetValue(_options.Seed);
        if (!OperationMix.TryParse(parsed.GetValue(_options.Mix)!, out var mix))
            error = $"--mix {parsed.GetValue(_options.Mix)}: allowed are {OperationMix.Allowed}.";
        else if (!ValueSizes.TryParse(parsed.GetValue(_options.Values)!, out var sizes))
            error = $"--values {parsed.GetValue(_options.Values)}: allowed is {ValueSizes.Allowed}.";
        else if (ReadQueries(parsed, mix!, out error) is { } queries
            && MakePaths(parsed, out error) is { } paths
            && KeyDistribution.TryMake(parsed.GetValue(_options.KeysBy)!,
                paths.Count ?? parsed.GetValue(_options.Keys), new Random(seed), out var keys, out error))
            return (new OperationSource(keys!, paths, sizes!, mix!, queries, new Random(seed + 1)), mix!);
        return null;
    }

    private PathNames? MakePaths(ParseResult parsed, out string? error)
    {
        var file = parsed.GetValue(_options.Paths)!;
        error = null;
        if (file.Length == 0) return PathNames.Numbered(parsed.GetValue(_options.Prefix)!);
        if (!File.Exists(file)) error = $"--paths {file}: there is no such file.";
        else if (PathNames.FromFile(file) is { } paths) return paths;
        else error = $"--paths {file}: the file has no path in it; expected one a line.";
        return null;
    }

    private string[]? ReadQueries(ParseResult parsed, OperationMix mix, out string? error)
    {
        var file = parsed.GetValue(_options.Queries)!;
        error = null;
        if (file.Length > 0 && !File.Exists(file)) error = $"--queries {file}: there is no such file.";
        else if (!mix.Has(OperationKind.Search)) return [];
        else if (file.Length > 0 && ReadQueries(file) is { Length: > 0 } queries) return queries;
        else error = "--mix asks for searches: give --collection, and --queries with a file that has a query a line.";
        return null;
    }

    private static string[] ReadQueries(string file) => [.. File.ReadLines(file).Where(l => l.Trim().Length > 0)];

    private IArrivals MakeArrivals(ParseResult parsed)
    {
        var rate = parsed.GetValue(_options.Rate);
        return parsed.GetValue(_options.Arrivals) == "constant"
            ? new ConstantArrivals(rate)
            : new PoissonArrivals(rate, new Random(parsed.GetValue(_options.Seed) + 2));
    }

    private LoadBounds Bounds(ParseResult parsed) => new(
        (long)(TimeOf(parsed, _options.Warmup).TotalSeconds * 1e9),
        (long)(TimeOf(parsed, _options.Duration).TotalSeconds * 1e9),
        parsed.GetValue(_options.Count),
        parsed.GetValue(_options.InFlight));

    private HedgerowClientOptions ClientOptions(ParseResult parsed) => new()
    {
        Cluster = parsed.GetValue(_options.Topology) is { Length: > 0 } file ? file : parsed.GetValue(_options.Server)!,
        Name = "loadgen",
        Token = parsed.GetValue(_options.Token)!,
        ConnectionsPerLeaf = parsed.GetValue(_options.Connections),
        Timeout = TimeOf(parsed, _options.Timeout),
        SearchTimeout = TimeOf(parsed, _options.Timeout),
        Hedge = new HedgeOptions { Enabled = parsed.GetValue(_options.Hedge) == "on" },
        ReplicaOrder = Enum.Parse<ReplicaOrder>(parsed.GetValue(_options.ReplicaOrder)!, ignoreCase: true),
    };

    private Dictionary<string, string> PlanOf(ParseResult parsed) => _options.All
        .Where(o => o != _options.Token)
        .ToDictionary(o => o.Name.TrimStart('-'), o => Convert.ToString(parsed.GetValue<object>(o.Name), null) ?? "");

    private static TimeSpan TimeOf(ParseResult parsed, Option<string> option) =>
        Durations.TryParse(parsed.GetValue(option)!, out var time) ? time : default;
}
