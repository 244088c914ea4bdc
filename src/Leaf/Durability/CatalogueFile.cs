using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Durability;

/// <summary>The declared schemas on disk. Written whole, in the place of the one before.</summary>
/// <remarks>
/// <code>
///  0          8         12      16         24
///  +----------+---------+-------+----------+---------------------------------------------
///  | HEDGECOL | version | count | checksum | per schema, in order: length u32, MessagePack
///  | u64      | u32     | u32   | u64      |
/// </code>
/// The checksum is XXH3-64 of everything behind it, seeded with the count.
/// </remarks>
internal static class CatalogueFile
{
    public const uint Version = 1;

    private const ulong Magic = 0x4C4F_4345_4744_4548; // "HEDGECOL"
    private const int HeaderBytes = 24;

    /// <summary>The schemas in a file; none when there is no file yet.</summary>
    /// <exception cref="IOException">The file is damaged or of another format.</exception>
    public static CollectionTable Read(string path, IFileStore files)
    {
        if (!files.Exists(path)) return CollectionTable.Empty;
        var bytes = files.Read(path);
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw Damaged(path, "it does not begin with HEDGECOL");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (version != Version)
            throw new IOException($"{path} is of catalogue format {version}; this build reads format {Version}.");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        var checksum = XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), count);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) != checksum)
            throw Damaged(path, "it fails its checksum");
        var schemas = new List<CollectionSchema>();
        var rest = bytes.AsMemory(HeaderBytes);
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < sizeof(uint)) throw Damaged(path, $"it is cut off in schema {i}");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            rest = rest[sizeof(uint)..];
            if (length > rest.Length) throw Damaged(path, $"it is cut off in schema {i}");
            if (!CollectionCodec.TryRead(rest[..(int)length], out CollectionSchema? schema, out var error))
                throw Damaged(path, $"schema {i} does not parse: {error}");
            schemas.Add(schema);
            rest = rest[(int)length..];
        }

        return new CollectionTable(schemas);
    }

    /// <summary>Makes the schemas durable.</summary>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public static void Write(string path, CollectionTable table, IFileStore files)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(stackalloc byte[HeaderBytes]);
        var schema = new ArrayBufferWriter<byte>();
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (var collection in table.Collections)
        {
            schema.ResetWrittenCount();
            CollectionCodec.Write(schema, collection);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)schema.WrittenCount);
            output.Write(length);
            output.Write(schema.WrittenSpan);
        }

        var bytes = output.WrittenSpan.ToArray();
        var count = (uint)table.Collections.Count;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), count);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(16), XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), count));
        files.Replace(path, bytes);
    }

    private static CorruptLogException Damaged(string path, string problem) =>
        new($"{path} is damaged: {problem}. Restore the file, or declare the collections again in an empty directory.");
}
