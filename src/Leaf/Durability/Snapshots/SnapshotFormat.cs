using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>What a snapshot file says of itself.</summary>
/// <param name="Shard">The shard whose entries it holds.</param>
/// <param name="CreatedAtMs">Unix milliseconds at which it was begun.</param>
/// <param name="IsClean">
/// Whether nothing was written to the shard after it: it was made by a drain. Others are as old as they are.
/// </param>
internal readonly record struct SnapshotHeader(ushort Shard, long CreatedAtMs, bool IsClean);

/// <summary>The bytes of snapshot files. Little-endian.</summary>
/// <remarks>
/// <code>
/// file    0          8         12       16           24      28      32         40
///         +----------+---------+--------+------------+-------+-------+----------+--------
///         | HEDGESNP | version | shard  | created ms | clean | zero  | checksum | blocks
///         | u64      | u32     | u32    | i64        | u32   | u32   | u64      |
///
/// block   0        4      8        16         24
///         +--------+------+--------+----------+------
///         | length | rows | number | checksum | rows …
///         | u32    | u32  | u64    | u64      |
/// </code>
/// The checksums are XXH3-64: the file's of its bytes 0 to 32, a block's of its rows, seeded with the XXH3-64 of its
/// bytes 0 to 16. Blocks are numbered from 0. The last one has rows 0xFFFFFFFF and two u64: rows and blocks before it;
/// nothing follows. So a file that is cut off, or has blocks lost, repeated or changed, is told from a whole one.
/// </remarks>
internal static class SnapshotFormat
{
    /// <summary>The only format so far.</summary>
    public const uint Version = 1;

    public const int FileHeaderBytes = 40;
    public const int BlockHeaderBytes = 24;
    public const int EndBytes = 16;

    /// <summary>Marks the last block.</summary>
    public const uint EndRows = uint.MaxValue;

    /// <summary>Bytes at which a block is written: enough for the disk, little enough for caches.</summary>
    public const int BlockBytesTarget = 1 << 20;

    /// <summary>The largest block: one row with the largest value a leaf can be set to take.</summary>
    public const uint BlockBytesMax = (512u << 20) + (64 << 10);

    private const ulong Magic = 0x504E_5345_4744_4548; // "HEDGESNP"

    public static void WriteFileHeader(Span<byte> destination, SnapshotHeader header)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], header.Shard);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], header.CreatedAtMs);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[24..], header.IsClean ? 1u : 0u);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], XxHash3.HashToUInt64(destination[..32]));
    }

    /// <summary>Reads the 40 bytes of a file header; null is no problem.</summary>
    public static string? ReadFileHeader(ReadOnlySpan<byte> bytes, out SnapshotHeader header)
    {
        header = default;
        if (bytes.Length < FileHeaderBytes) return $"it has {bytes.Length} bytes, less than its header";
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic) return "it does not begin with HEDGESNP";
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version) return $"it is of format {version}; this build reads format {Version}";
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]) != XxHash3.HashToUInt64(bytes[..32]))
            return "its header fails its checksum";
        header = new SnapshotHeader(
            (ushort)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) != 0);
        return null;
    }

    /// <summary>Writes length, rows and number.</summary>
    public static void WriteBlockHeader(Span<byte> destination, uint length, uint rows, ulong number)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], rows);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], number);
    }

    public static void WriteBlockChecksum(Span<byte> destination, ulong checksum) =>
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], checksum);

    /// <summary>The checksum of a block with this header over these rows, which may come in two pieces.</summary>
    public static ulong BlockChecksum(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> rows, ReadOnlySpan<byte> rest = default)
    {
        var seed = (long)XxHash3.HashToUInt64(header[..16]);
        if (rest.IsEmpty) return XxHash3.HashToUInt64(rows, seed);
        var checksum = new XxHash3(seed);
        checksum.Append(rows);
        checksum.Append(rest);
        return checksum.GetCurrentHashAsUInt64();
    }
}
