using System.CommandLine;
using Hedgerow.LoadGen.Running;
using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Cli;

/// <summary>The workload of the command line: one by name or file, and the options that change parts of it.</summary>
internal static class WorkloadOptions
{
    /// <summary>Which option a member of a workload is.</summary>
    private static readonly Dictionary<string, string> OptionOf = new()
    {
        ["records"] = "--keys",
        ["prefix"] = "--prefix",
        ["paths"] = "--paths",
        ["keys"] = "--keys-by",
        ["values"] = "--values",
        ["operations"] = "--mix",
        ["search.collection"] = "--collection",
        ["search.queriesFile"] = "--queries",
        ["search.queries"] = "--queries",
        ["search.size"] = "--size",
        ["trace.file"] = "--trace",
        ["trace.format"] = "--trace-format",
        ["trace.speed"] = "--speed",
    };

    /// <summary>Reads and checks it; null with what is wrong.</summary>
    public static PreparedWorkload? Read(ParseResult parsed, LoadOptions options, Share share, out string? error)
    {
        if (Spec(parsed, options, out error) is not { } spec) return null;
        var workload = WorkloadRules.Prepare(
            spec, parsed.GetValue(options.Seed), share.Index, share.Of, out var problem);
        error = workload is null ? Describe(parsed, options, problem) : Refusal(parsed, options, workload);
        return error is null ? workload : null;
    }

    /// <summary>The workload as asked for, unchecked.</summary>
    internal static WorkloadSpec? Spec(ParseResult parsed, LoadOptions options, out string? error)
    {
        error = null;
        var name = parsed.GetValue(options.Workload)!;
        var given = name.Length > 0 ? WorkloadFile.Read(name, out error) : new WorkloadSpec();
        if (given is not { } spec) return null;
        T Pick<T>(Option<T> option, T ofSpec) =>
            name.Length == 0 || IsGiven(parsed, option) ? parsed.GetValue(option)! : ofSpec;
        if (name.Length == 0 || IsGiven(parsed, options.Mix))
        {
            if (Weights(parsed.GetValue(options.Mix)!) is not { } weights)
            {
                error = $"--mix {parsed.GetValue(options.Mix)}: allowed are {OperationMix.Allowed}.";
                return null;
            }

            spec = spec with { Operations = weights };
        }

        return spec with
        {
            Records = Pick(options.Keys, spec.Records),
            Prefix = Pick(options.Prefix, spec.Prefix),
            Paths = Pick(options.Paths, spec.Paths),
            Keys = Pick(options.KeysBy, spec.Keys),
            Values = Pick(options.Values, spec.Values),
            Search = Search(parsed, options, spec.Search),
            Trace = Trace(parsed, options, spec.Trace),
        };
    }

    private static SearchSpec? Search(ParseResult parsed, LoadOptions options, SearchSpec? spec)
    {
        var isGiven = IsGiven(parsed, options.Collection) || IsGiven(parsed, options.Queries)
            || IsGiven(parsed, options.Size);
        if (!isGiven) return spec;
        spec ??= new SearchSpec();
        if (IsGiven(parsed, options.Collection)) spec = spec with { Collection = parsed.GetValue(options.Collection)! };
        if (IsGiven(parsed, options.Queries)) spec = spec with { QueriesFile = parsed.GetValue(options.Queries)! };
        return IsGiven(parsed, options.Size) ? spec with { Size = parsed.GetValue(options.Size) } : spec;
    }

    private static TraceSpec? Trace(ParseResult parsed, LoadOptions options, TraceSpec? spec)
    {
        var file = parsed.GetValue(options.Trace)!;
        if (file.Length == 0 && spec is null) return null;
        spec ??= new TraceSpec();
        if (file.Length > 0) spec = spec with { File = file };
        if (IsGiven(parsed, options.TraceFormat)) spec = spec with { Format = parsed.GetValue(options.TraceFormat)! };
        // A rate that was asked for is meant.
        if (IsGiven(parsed, options.Rate)) spec = spec with { RealTiming = false };
        return IsGiven(parsed, options.Speed) ? spec with { Speed = parsed.GetValue(options.Speed) } : spec;
    }

    private static Dictionary<string, int>? Weights(string mix) =>
        OperationMix.TryParse(mix, out _)
            ? mix.Split(',').Select(part => part.Split('=')).ToDictionary(
                part => part[0].Trim(), part => int.Parse(part[1], System.Globalization.CultureInfo.InvariantCulture))
            : null;

    /// <summary>A wrong member by the option that gave it, or by its name in the file.</summary>
    private static string Describe(ParseResult parsed, LoadOptions options, WorkloadProblem problem)
    {
        var name = parsed.GetValue(options.Workload)!;
        var isOption = OptionOf.TryGetValue(problem.Member, out var option)
            && (name.Length == 0 || options.All.Any(o => o.Name == option && IsGiven(parsed, o)));
        var where = isOption ? option : name.Length > 0 ? $"{name}: {problem.Member}" : problem.Member;
        var text = $"{where} {problem.Problem}.";
        return option is null ? text : text.Replace($"{option} {option} ", $"{option} ", StringComparison.Ordinal);
    }

    /// <summary>What the protocol can't carry; null when it can carry all.</summary>
    private static string? Refusal(ParseResult parsed, LoadOptions options, PreparedWorkload workload)
    {
        var protocol = parsed.GetValue(options.Protocol)!;
        if (protocol == "client")
            return parsed.GetValue(options.Connections) <= 64
                ? null
                : $"--connections {parsed.GetValue(options.Connections)}: allowed is 1 to 64 with the client library.";
        foreach (var kind in workload.Kinds)
            if (!Wire.WireDialect.Supports(protocol, kind))
                return $"--protocol {protocol} has no {kind.ToString().ToLowerInvariant()}; {Having(kind)} have.";
        if (parsed.GetValue(options.Topology)!.Length > 0) return "--topology needs --protocol client.";
        return protocol == "memcached" && workload.Content.Paths.HasBlanks()
            ? "--protocol memcached carries no path with a blank or a control in it, and there is one."
            : null;
    }

    private static string Having(OperationKind kind) => string.Join(
        ", ", Wire.WireDialect.Names.Where(name => Wire.WireDialect.Supports(name, kind)).Prepend("client"));

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
