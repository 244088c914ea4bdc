using Formats = Hedgerow.LoadGen.Traces.TraceFile;

namespace Hedgerow.Bench.HitRatios;

/// <summary>Reads the request ids of a trace, whatever its format; each folder's README says which it is.</summary>
internal static class TraceFile
{
    /// <param name="name">As in the reference file: <c>lirs/gli</c>, <c>corda/vaultservice</c>.</param>
    public static List<long> Read(string name) => name.Split('/') switch
    {
        ["lirs", var trace] => Keys($"caffeine-lirs/{trace}.trace.gz", "keys"),
        ["corda", var trace] => Keys($"caffeine-misc/corda.trace_{trace}.gz", "int64"),
        ["arc", var trace] => Keys($"moka-arc/{trace}.lis.zst", "blocks"),
        _ => throw new ArgumentException($"'{name}' is of no known trace family: lirs, corda or arc.", nameof(name)),
    };

    private static List<long> Keys(string relative, string format) =>
        [.. Formats.Read(SharedFolder.Data($"traces/{relative}"), format).Select(record => record.Key)];
}
