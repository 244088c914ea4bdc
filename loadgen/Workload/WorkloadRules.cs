using System.Text;
using Hedgerow.LoadGen.Cli;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Traces;

namespace Hedgerow.LoadGen.Workload;

/// <summary>What is wrong with a workload: the member and why.</summary>
internal readonly record struct WorkloadProblem(string Member, string Problem);

/// <summary>Turns a workload's members into what they stand for, or says which is wrong.</summary>
internal static class WorkloadRules
{
    public const long RecordsMax = 1_000_000_000;
    public const int ScanKeysMax = 1_000;
    public const double SpeedMax = 1_000_000;

    /// <summary>Checks every member; the files that it names are read.</summary>
    public static PreparedWorkload? Prepare(
        WorkloadSpec spec, int seed, int index, int of, out WorkloadProblem problem)
    {
        problem = Bounds(spec);
        if (problem.Member.Length > 0) return null;
        if (ReadMix(spec, out problem) is not { } mix) return null;
        if (!ValueSizes.TryParse(spec.Values, out var sizes))
            return Fail(out problem, "values", $"{spec.Values}: allowed is {ValueSizes.Allowed}");
        if (ReadPaths(spec, out problem) is not { } paths) return null;
        if (ReadQueries(spec, mix, out problem) is not { } queries) return null;
        if (ReadTrace(spec, sizes!, out var trace, out problem) is false) return null;
        var space = new KeySpace(trace?.Keys ?? paths.Count ?? spec.Records, index, of);
        var random = new Random(seed);
        if (!KeyDistribution.TryMake(spec.Keys, space, random, out _, out var error))
            return Fail(out problem, "keys", error!);
        _ = Durations.TryParse(spec.Ttl, out var ttl);
        var largest = Math.Max(sizes!.Largest, trace?.ValueBytesMax ?? 0);
        var content = new RequestContent(
            paths, RequestContent.RandomValues(largest, seed), spec.Search?.Collection ?? "", spec.Search?.Size ?? 0,
            mix.Has(OperationKind.Scan) ? spec.ScanKeysMax : 1)
        {
            SearchFields = spec.Search?.Fields ?? [],
            QueryBytesMax = queries.Select(Encoding.UTF8.GetByteCount).DefaultIfEmpty(0).Max() + TypedQueries.LongerMax,
        };
        return new PreparedWorkload(
            spec, mix, sizes, space, queries, trace, content,
            new OperationTraits((int)ttl.TotalSeconds, spec.ScanKeysMax), seed);
    }

    private static WorkloadProblem Bounds(WorkloadSpec spec)
    {
        var badTtl = spec.Ttl.Length > 0 && (!Durations.TryParse(spec.Ttl, out var ttl) || ttl.TotalSeconds < 1);
        return spec switch
        {
            { Records: < 1 or > RecordsMax } => new("records", $"{spec.Records}: allowed is 1 to {RecordsMax}"),
            { ScanKeysMax: < 1 or > ScanKeysMax } =>
                new("scanKeysMax", $"{spec.ScanKeysMax}: allowed is 1 to {ScanKeysMax}"),
            { Search.Typos: not (>= 0 and <= 1) } =>
                new("search.typos", $"{spec.Search.Typos}: allowed is 0 to 1"),
            { Search.Size: < 0 or > 10_000 } => new("search.size", $"{spec.Search.Size}: allowed is 0 to 10000"),
            { Trace.Speed: not (> 0 and <= SpeedMax) } =>
                new("trace.speed", $"{spec.Trace.Speed}: allowed is above 0, at most {SpeedMax}"),
            _ when badTtl => new("ttl", $"{spec.Ttl}: allowed is a second or more, such as 60s or 30m"),
            _ => new("", ""),
        };
    }

    private static OperationMix? ReadMix(WorkloadSpec spec, out WorkloadProblem problem)
    {
        problem = default;
        // A trace says itself what each request does.
        if (spec.Trace is not null) return OperationMix.Of(new Dictionary<string, int> { ["get"] = 1 }, out _);
        var mix = OperationMix.Of(spec.Operations, out var wrong);
        if (mix is not null) return mix;
        var member = wrong.Member.Length > 0 ? $"operations.{wrong.Member}" : "operations";
        problem = new(member, $"{wrong.Member} {wrong.Problem}".Trim());
        return null;
    }

    private static PathNames? ReadPaths(WorkloadSpec spec, out WorkloadProblem problem)
    {
        problem = default;
        if (spec.Prefix.Length is 0 or > 1_000)
            problem = new("prefix", $"'{spec.Prefix}': allowed is 1 to 1000 characters");
        else if (spec.Paths.Length == 0) return PathNames.Numbered(spec.Prefix);
        else if (!File.Exists(spec.Paths)) problem = new("paths", $"{spec.Paths}: there is no such file");
        else if (PathNames.FromFile(spec.Paths) is { } paths) return paths;
        else problem = new("paths", $"{spec.Paths}: the file has no path in it; expected one a line");
        return null;
    }

    private static IReadOnlyList<string>? ReadQueries(WorkloadSpec spec, OperationMix mix, out WorkloadProblem problem)
    {
        problem = default;
        var search = spec.Search ?? new SearchSpec();
        var file = search.QueriesFile;
        if (file.Length > 0 && !File.Exists(file))
            problem = new("search.queriesFile", $"{file}: there is no such file");
        else if (!mix.Has(OperationKind.Search) && !mix.Has(OperationKind.Instant)) return [];
        else if (search.Collection.Length == 0)
            problem = new("search.collection", "is missing: searches need it, and search.queries or --queries");
        else if (Texts(search) is { Count: > 0 } queries) return queries;
        else if (file.Length > 0)
            problem = new("search.queriesFile", $"{file}: has no query in it; expected one a line");
        else problem = new("search.queries", "are missing: give some, or queriesFile with a query a line");
        return null;
    }

    private static List<string> Texts(SearchSpec search)
    {
        var lines = search.QueriesFile.Length > 0 ? File.ReadLines(search.QueriesFile) : search.Queries;
        return [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    private static bool ReadTrace(WorkloadSpec spec, ValueSizes sizes, out Trace? trace, out WorkloadProblem problem)
    {
        trace = null;
        problem = default;
        if (spec.Trace is not { } asked) return true;
        var format = asked.Format.Length > 0 ? asked.Format : FormatOf(asked.File);
        if (asked.File.Length == 0) problem = new("trace.file", "is missing: give the file of a trace");
        else if (!File.Exists(asked.File)) problem = new("trace.file", $"{asked.File}: there is no such file");
        else if (!TraceFile.Formats.Contains(format))
            problem = new("trace.format", $"{format}: allowed are {string.Join(", ", TraceFile.Formats)}");
        else
        {
            try
            {
                trace = Trace.Read(asked.File, format, Math.Max(sizes.Largest, ValueSizes.BytesMax));
                return true;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or ZstdSharp.ZstdException)
            {
                problem = new("trace.file", e.Message.TrimEnd('.'));
            }
        }

        return false;
    }

    /// <summary>What the name tells; a key a line if nothing.</summary>
    private static string FormatOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.Contains("oracleGeneral", StringComparison.OrdinalIgnoreCase) ? "oracle"
            : name.Contains(".lis", StringComparison.Ordinal) ? "blocks"
            : name.Contains("trace_vaultservice", StringComparison.Ordinal) ? "int64"
            : name.Contains(".csv", StringComparison.Ordinal) ? "csv"
            : "keys";
    }

    private static PreparedWorkload? Fail(out WorkloadProblem problem, string member, string text)
    {
        problem = new(member, text.TrimEnd('.'));
        return null;
    }
}
