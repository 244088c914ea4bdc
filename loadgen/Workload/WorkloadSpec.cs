using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hedgerow.LoadGen.Workload;

/// <summary>
/// A workload as its file has it (JSON, camel case, comments allowed): what is asked of which keys. Rate and length are
/// the command line's. Checked by <see cref="WorkloadRules"/>. Members have setters, since the generated reader gives
/// init-only ones that a file leaves out the default of their type.
/// </summary>
internal sealed record WorkloadSpec
{
    /// <summary>What reports call it.</summary>
    public string Name { get; set; } = "options";

    /// <summary>A line about it, for the list.</summary>
    public string About { get; set; } = "";

    /// <summary>Number of different paths; those that <c>--fill</c> writes.</summary>
    public long Records { get; set; } = 100_000;

    /// <summary>What every path begins with; the key's number follows.</summary>
    public string Prefix { get; set; } = "/load/";

    /// <summary>A file of real paths, one a line, in place of <see cref="Records"/> and <see cref="Prefix"/>.</summary>
    public string Paths { get; set; } = "";

    /// <summary>How keys are chosen; see <see cref="Keys.KeyDistribution.Allowed"/>.</summary>
    public string Keys { get; set; } = "zipf:0.99";

    /// <summary>Bytes of values; see <see cref="ValueSizes.Allowed"/>.</summary>
    public string Values { get; set; } = "100";

    /// <summary>Weights by operation.</summary>
    public IReadOnlyDictionary<string, int> Operations { get; set; } = new Dictionary<string, int>();

    /// <summary>Time to live of what is written, such as 30m; empty for none.</summary>
    public string Ttl { get; set; } = "";

    /// <summary>A scan reads 1 to so many keys.</summary>
    public int ScanKeysMax { get; set; } = 100;

    /// <summary>What searches ask; null without searches.</summary>
    public SearchSpec? Search { get; set; }

    /// <summary>A trace to replay in place of drawn keys and operations.</summary>
    public TraceSpec? Trace { get; set; }
}

/// <summary>What searches ask.</summary>
internal sealed record SearchSpec
{
    /// <summary>The collection.</summary>
    public string Collection { get; set; } = "";

    /// <summary>Query texts.</summary>
    public IReadOnlyList<string> Queries { get; set; } = [];

    /// <summary>A file with a query a line, in place of <see cref="Queries"/>.</summary>
    public string QueriesFile { get; set; } = "";

    /// <summary>Hits asked for.</summary>
    public int Size { get; set; } = 10;

    /// <summary>Whether each query is typed letter by letter, and each letter is a search.</summary>
    public bool AsYouType { get; set; }

    /// <summary>Share of the texts typed that have a wrong letter, 0 to 1.</summary>
    public double Typos { get; set; }

    /// <summary>Fields that instant searches look in, the most important first; all where there are none.</summary>
    public IReadOnlyList<string> Fields { get; set; } = [];
}

/// <summary>A trace to replay.</summary>
internal sealed record TraceSpec
{
    /// <summary>The file, plain, .gz or .zst.</summary>
    public string File { get; set; } = "";

    /// <summary>One of <see cref="Traces.TraceFile.Formats"/>; empty to tell by the file's name.</summary>
    public string Format { get; set; } = "";

    /// <summary>How many times faster than recorded.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>Whether requests come at the trace's own times, or at <c>--rate</c>.</summary>
    public bool RealTiming { get; set; } = true;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(WorkloadSpec))]
internal sealed partial class WorkloadJson : JsonSerializerContext;
