using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using ZstdSharp;

namespace Hedgerow.Bench.HitRatios;

/// <summary>Reads the request ids of a trace, whatever its format; each folder's README says which it is.</summary>
internal static class TraceFile
{
    /// <param name="name">As in the reference file: <c>lirs/gli</c>, <c>corda/vaultservice</c>.</param>
    public static List<long> Read(string name) => name.Split('/') switch
    {
        ["lirs", var trace] => Lines(Gzip($"caffeine-lirs/{trace}.trace.gz"))
            .Where(line => line.Length != 0 && line != "*")
            .Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToList(),
        ["corda", var trace] => BigEndian(Gzip($"caffeine-misc/corda.trace_{trace}.gz")),
        ["arc", var trace] => Lines(new DecompressionStream(Open($"moka-arc/{trace}.lis.zst")))
            .SelectMany(Blocks).ToList(),
        _ => throw new ArgumentException($"'{name}' is of no known trace family: lirs, corda or arc.", nameof(name)),
    };

    private static GZipStream Gzip(string relative) => new(Open(relative), CompressionMode.Decompress);

    private static FileStream Open(string relative) => File.OpenRead(SharedFolder.Data($"traces/{relative}"));

    private static IEnumerable<string> Lines(Stream stream)
    {
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line.Trim();
    }

    private static IEnumerable<long> Blocks(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = long.Parse(fields[0], CultureInfo.InvariantCulture);
        var count = int.Parse(fields[1], CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++) yield return start + i;
    }

    private static List<long> BigEndian(GZipStream stream)
    {
        using var gzip = stream;
        var requests = new List<long>();
        Span<byte> number = stackalloc byte[sizeof(long)];
        while (gzip.ReadAtLeast(number, number.Length, throwOnEndOfStream: false) == number.Length)
            requests.Add(BinaryPrimitives.ReadInt64BigEndian(number));
        return requests;
    }
}
