using System.Reflection;
using System.Text.Json;

namespace Hedgerow.LoadGen.Workload;

/// <summary>Workloads by name, which come with the program, and by file.</summary>
internal static class WorkloadFile
{
    private const string ResourcePrefix = "workload:";
    private static readonly Assembly Program = typeof(WorkloadFile).Assembly;

    /// <summary>Names of those that come with the program.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
        [.. Program.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..]).Order(StringComparer.Ordinal)];

    /// <summary>Reads one by name, or from a file if it is no name.</summary>
    /// <param name="nameOrFile">A name of <see cref="BuiltIn"/>, or a file.</param>
    /// <param name="error">What is wrong, naming file and member, when the result is null.</param>
    public static WorkloadSpec? Read(string nameOrFile, out string? error)
    {
        if (BuiltIn.Contains(nameOrFile)) return Parse(nameOrFile, Text(nameOrFile), out error);
        if (File.Exists(nameOrFile))
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(nameOrFile))!;
            return Parse(nameOrFile, File.ReadAllText(nameOrFile), out error) is { } spec ? Beside(folder, spec) : null;
        }

        error = $"--workload {nameOrFile}: there is no such file, and no such workload; built in are "
            + string.Join(", ", BuiltIn) + ".";
        return null;
    }

    /// <summary>The text of one that comes with the program.</summary>
    public static string Text(string name)
    {
        using var reader = new StreamReader(Program.GetManifestResourceStream(ResourcePrefix + name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Reads the JSON; <paramref name="source"/> is for messages.</summary>
    internal static WorkloadSpec? Parse(string source, string json, out string? error)
    {
        error = null;
        try
        {
            var spec = JsonSerializer.Deserialize(json, WorkloadJson.Default.WorkloadSpec);
            if (spec is null) error = $"{source}: null is no workload.";
            else if (spec.Operations is null || spec.Search?.Queries is null && spec.Search is not null)
                error = $"{source}: null is not allowed for operations or search.queries.";
            return error is null ? spec : null;
        }
        catch (JsonException e)
        {
            var where = e.Path is { Length: > 2 } path ? $"{path[2..]}: " : "";
            error = $"{source}: {where}{Reason(e)} (line {e.LineNumber + 1}).";
            return null;
        }
    }

    /// <summary>The library's text without its own account of where, and without type names.</summary>
    private static string Reason(JsonException e)
    {
        var text = e.Message;
        var where = text.IndexOf(" Path:", StringComparison.Ordinal);
        if (where > 0) text = text[..where];
        if (text.StartsWith("The JSON property '", StringComparison.Ordinal))
            return $"'{text.Split('\'')[1]}' is no member of a workload";
        return text.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
            ? "the value is of another type than this member has"
            : text.TrimEnd('.');
    }

    /// <summary>Files named in a workload lie beside it.</summary>
    private static WorkloadSpec Beside(string folder, WorkloadSpec spec)
    {
        string Of(string file) => file.Length == 0 ? "" : Path.Combine(folder, file);
        return spec with
        {
            Paths = Of(spec.Paths),
            Search = spec.Search is { } search ? search with { QueriesFile = Of(search.QueriesFile) } : null,
            Trace = spec.Trace is { } trace ? trace with { File = Of(trace.File) } : null,
        };
    }
}
