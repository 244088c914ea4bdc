using System.CommandLine;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Wire;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Cli;

/// <summary>What <c>--protocol</c> takes from the options: what needs the client library is refused.</summary>
internal static class WireOptions
{
    /// <summary>Reads the plan, or says what is wrong.</summary>
    public static bool TryRead(
        ParseResult parsed, LoadOptions options, OperationMix mix, out WirePlan? plan, out string? error)
    {
        plan = null;
        var processes = parsed.GetValue(options.Processes)!;
        var ids = processes.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.TryParse(id, out var number) && number > 0 ? number : 0).ToArray();
        if (mix.Has(OperationKind.Search)) error = "--mix: --protocol speaks no searches.";
        else if (parsed.GetValue(options.Topology)!.Length > 0) error = "--topology needs --protocol client.";
        else if (parsed.GetValue(options.Paths)!.Length > 0) error = "--paths needs --protocol client.";
        else if (ids.Contains(0)) error = $"--server-processes {processes}: allowed are process ids, 1 or 1,2.";
        else if (ValueBytes(parsed, options) is null) error = "--values: --protocol takes one size.";
        else error = null;
        if (error != null) return false;
        plan = new WirePlan(
            parsed.GetValue(options.Connections),
            parsed.GetValue(options.Depth),
            parsed.GetValue(options.Closed) ? 0 : parsed.GetValue(options.Rate),
            parsed.GetValue(options.Arrivals) == "poisson",
            mix,
            parsed.GetValue(options.Keys),
            Nanos(parsed, options.Warmup),
            Nanos(parsed, options.Duration),
            parsed.GetValue(options.Seed),
            ids);
        return true;
    }

    /// <summary>Runs it.</summary>
    public static WireReport Run(ParseResult parsed, LoadOptions options, WirePlan plan)
    {
        var value = new byte[ValueBytes(parsed, options)!.Value];
        new Random(plan.Seed).NextBytes(value);
        var paths = new WireKeys(parsed.GetValue(options.Prefix)!);
        var dialect = WireDialect.Of(parsed.GetValue(options.Protocol)!, paths, value);
        var by = parsed.GetValue(options.KeysBy)!;
        if (!KeyDistribution.TryMake(by, plan.Keys, new Random(plan.Seed + 1), out var keys, out var error))
            throw new IOException(error);
        return WireCommand.Run(
            plan, dialect, parsed.GetValue(options.Server)!, keys!, parsed.GetValue(options.Fill));
    }

    private static int? ValueBytes(ParseResult parsed, LoadOptions options) =>
        int.TryParse(parsed.GetValue(options.Values), out var bytes) && bytes is >= 0 and <= 64 * 1024 ? bytes : null;

    private static long Nanos(ParseResult parsed, Option<string> option) =>
        Durations.TryParse(parsed.GetValue(option)!, out var time) ? (long)(time.TotalSeconds * 1e9) : 0;
}
