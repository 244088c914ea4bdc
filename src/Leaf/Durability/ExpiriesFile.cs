using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hedgerow.Leaf.Durability;

/// <summary>A document that is to be deleted at its time, unless it has another version by then.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Version">The version it has.</param>
/// <param name="ExpiresAtMs">Unix milliseconds.</param>
internal sealed record TakenExpiry(byte[] Path, ulong Version, long ExpiresAtMs);

/// <summary>Such documents of one collection of a shard. Written whole, in the place of the file before.</summary>
/// <remarks>
/// <code>
///  HEDGEEXP u64 | version u32 | count u32 | checksum u64 | per row: expires i64, version u64, length u16, path
/// </code>
/// The checksum is XXH3-64 of everything behind it, seeded with the count.
/// </remarks>
internal static class ExpiriesFile
{
    private const uint Version = 1;
    private const ulong Magic = 0x5058_4545_4744_4548; // "HEDGEEXP"
    private const int HeaderBytes = 24;
    private const int RowBytes = 18;

    /// <summary>The rows in a file; none when there is no file.</summary>
    /// <exception cref="CorruptLogException">It is damaged or of another format.</exception>
    public static IReadOnlyList<TakenExpiry> Read(string path, IFileStore files)
    {
        if (!files.Exists(path)) return [];
        var bytes = files.Read(path);
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)) != Version)
            throw Damaged(path, "its beginning is not that of a list of expiries");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12));
        var checksum = XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), count);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)) != checksum)
            throw Damaged(path, "it fails its checksum");
        var rows = new List<TakenExpiry>();
        var rest = bytes.AsSpan(HeaderBytes);
        while (rest.Length >= RowBytes)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest[16..]);
            rows.Add(new TakenExpiry(
                rest.Slice(RowBytes, length).ToArray(), BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest)));
            rest = rest[(RowBytes + length)..];
        }

        return rows;
    }

    /// <summary>Makes rows durable.</summary>
    /// <exception cref="IOException">Nothing was changed.</exception>
    public static void Write(string path, IReadOnlyList<TakenExpiry> rows, IFileStore files)
    {
        var bytes = new byte[HeaderBytes + rows.Sum(row => RowBytes + row.Path.Length)];
        var rest = bytes.AsSpan(HeaderBytes);
        foreach (var row in rows)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, row.ExpiresAtMs);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], row.Version);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[16..], (ushort)row.Path.Length);
            row.Path.CopyTo(rest[RowBytes..]);
            rest = rest[(RowBytes + row.Path.Length)..];
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)rows.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(16), XxHash3.HashToUInt64(bytes.AsSpan(HeaderBytes), (uint)rows.Count));
        files.Replace(path, bytes);
    }

    private static CorruptLogException Damaged(string path, string problem) =>
        new($"{path} is damaged: {problem}. It says which documents are to expire; the collection has to be repaired.");
}
