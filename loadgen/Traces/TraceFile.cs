using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Hedgerow.LoadGen.Workload;
using ZstdSharp;

namespace Hedgerow.LoadGen.Traces;

/// <summary>
/// Reads traces in the formats that collections of them have. Files ending in .gz and .zst are decompressed on the way.
/// </summary>
internal static class TraceFile
{
    /// <summary>Requests read at most; the rest is left out.</summary>
    public const int RecordsMax = 50_000_000;

    private const int OracleBytes = 24;

    /// <summary>
    /// <c>keys</c>: a key a line. <c>blocks</c>: first block, number of blocks, … a line (the ARC traces).
    /// <c>int64</c>:
    /// big-endian numbers. <c>oracle</c>: 24 bytes a request with its second and size (libCacheSim's oracleGeneral).
    /// <c>csv</c>: second, key, key size, value size, client, operation, time to live (Twitter's).
    /// </summary>
    public static IReadOnlyList<string> Formats { get; } = ["keys", "blocks", "int64", "oracle", "csv"];

    /// <summary>Whether a format says when each request came.</summary>
    public static bool HasTimes(string format) => format is "oracle" or "csv";

    /// <summary>The requests in their order; lazily.</summary>
    /// <exception cref="InvalidDataException">A line is not of the format; names file and line.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IEnumerable<TraceRecord> Read(string file, string format) =>
        (format switch
        {
            "keys" => Lines(file).Select(line => new TraceRecord(0, Id(line))),
            "blocks" => Lines(file).SelectMany((line, index) => Blocks(file, index, line)),
            "int64" => Numbers(file),
            "oracle" => Oracle(file),
            "csv" => Lines(file).Select((line, index) => Csv(file, index, line)),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "No such format."),
        }).Take(RecordsMax);

    private static Stream Open(string file)
    {
        var stream = File.OpenRead(file);
        return Path.GetExtension(file) switch
        {
            ".gz" => new GZipStream(stream, CompressionMode.Decompress),
            ".zst" => new DecompressionStream(stream, leaveOpen: false),
            _ => new BufferedStream(stream),
        };
    }

    /// <summary>Lines with something in them; a lone asterisk is what the LIRS traces end with.</summary>
    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(Open(file));
        while (reader.ReadLine() is { } line)
        {
            line = line.Trim();
            if (line.Length > 0 && line != "*") yield return line;
        }
    }

    private static IEnumerable<TraceRecord> Blocks(string file, int index, string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 2 || Number(fields[0]) is not { } start || Number(fields[1]) is not { } count)
            throw Wrong(file, index, line, "FIRST_BLOCK BLOCKS");
        for (var i = 0L; i < count; i++) yield return new TraceRecord(0, start + i);
    }

    private static IEnumerable<TraceRecord> Numbers(string file)
    {
        using var stream = Open(file);
        var number = new byte[sizeof(long)];
        while (stream.ReadAtLeast(number, number.Length, throwOnEndOfStream: false) == number.Length)
            yield return new TraceRecord(0, BinaryPrimitives.ReadInt64BigEndian(number));
    }

    private static IEnumerable<TraceRecord> Oracle(string file)
    {
        using var stream = Open(file);
        var row = new byte[OracleBytes];
        while (stream.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) == row.Length)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(row.AsSpan(12));
            yield return new TraceRecord(
                BinaryPrimitives.ReadUInt32LittleEndian(row), BinaryPrimitives.ReadInt64LittleEndian(row.AsSpan(4)),
                ValueBytes: (int)Math.Min(size, int.MaxValue));
        }
    }

    private static TraceRecord Csv(string file, int index, string line)
    {
        var fields = line.Split(',');
        if (fields.Length < 7 || Number(fields[0]) is not { } second || Number(fields[3]) is not { } size
            || Number(fields[6]) is not { } ttl)
            throw Wrong(file, index, line, "SECOND,KEY,KEY_SIZE,VALUE_SIZE,CLIENT,OPERATION,TTL");
        var kind = fields[5] switch
        {
            "get" or "gets" => OperationKind.Get,
            "delete" => OperationKind.Delete,
            "add" => OperationKind.Insert,
            "incr" or "decr" or "cas" or "append" or "prepend" => OperationKind.Modify,
            _ => OperationKind.Set,
        };
        return new TraceRecord(
            second, Id(fields[1]), kind, (int)Math.Clamp(size, 0, int.MaxValue), (int)Math.Clamp(ttl, 0, int.MaxValue));
    }

    /// <summary>A number as it stands; a text by its hash, which two of a trace are unlikely to share.</summary>
    private static long Id(string key) => Number(key) ?? BitConverter.ToInt64(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static InvalidDataException Wrong(string file, int index, string line, string expected) =>
        new($"{file}, line {index + 1}: '{(line.Length > 60 ? line[..60] + "…" : line)}' is not {expected}.");
}
