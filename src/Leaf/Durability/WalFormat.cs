using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hedgerow.Leaf.Durability;

/// <summary>What a log record says about its path. The values are disk bytes and never change.</summary>
internal enum WalKind : byte
{
    /// <summary>The document's JSON from here on.</summary>
    Put = 1,

    /// <summary>No document from here on; the version stays as a tombstone.</summary>
    Delete = 2,
}

/// <summary>One document write. A view over the bytes it was read from.</summary>
internal readonly ref struct WalEntry
{
    public required WalKind Kind { get; init; }

    /// <summary>The collection's name: records keep meaning what they meant when prefixes are declared later.</summary>
    public required ReadOnlySpan<byte> Collection { get; init; }

    public required ReadOnlySpan<byte> Path { get; init; }

    public required ulong Version { get; init; }

    /// <summary>UTF-8; empty for a delete.</summary>
    public ReadOnlySpan<byte> Json { get; init; }
}

/// <summary>The bytes of log segments and their records. Little-endian.</summary>
/// <remarks>
/// A position counts the bytes of records since the log began, over all segments, headers of segments left out.
/// <code>
/// segment  0          8         12       16               24         32
///          +----------+---------+--------+----------------+----------+---------
///          | HEDGEWAL | version | shard  | first position | checksum | records
///          | u64      | u32     | u32    | u64            | u64      |
///
/// record   0        4      5      8          16         24       32        40     42     44
///          +--------+------+------+----------+----------+--------+---------+------+------+------+------+------
///          | length | kind | zero | checksum | position | synced | version | name | path | name | path | JSON
///          | u32    | u8   | u24  | u64      | u64      | u64    | u64     | u16  | u16  |      |      |
/// </code>
/// Length counts what follows the first 32 bytes. The checksum is XXH3-64 of bytes 16 to the end, seeded with bytes 0
/// to 8.
/// <b>Synced</b> is how far the log was known to be on the disk when the record was made. It tells a torn tail from
/// rot: a disk may write the pages of one unsynced batch in any order, so a good record behind a bad one proves nothing
/// unless it says that the bad one had been synced.
/// </remarks>
internal static class WalFormat
{
    /// <summary>The only format so far.</summary>
    public const uint Version = 1;

    public const int SegmentHeaderBytes = 32;

    public const int RecordHeaderBytes = 32;

    /// <summary>The largest record: the largest document a leaf can be set to take, and room for its names.</summary>
    public const int PayloadBytesMax = (512 << 20) + (64 << 10);

    private const ulong Magic = 0x4C41_5745_4744_4548; // "HEDGEWAL"
    private const int PayloadFixedBytes = 12;

    public static string FileName(long first) => $"wal-{first:D20}.log";

    /// <summary>Reads the first position out of a segment's name; false for other files.</summary>
    public static bool TryParseName(string name, out long first)
    {
        first = 0;
        return name.Length == 28 && name.StartsWith("wal-", StringComparison.Ordinal)
            && name.EndsWith(".log", StringComparison.Ordinal) && long.TryParse(name.AsSpan(4, 20), out first);
    }

    public static void WriteSegmentHeader(Span<byte> destination, ushort shard, long first)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], shard);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], first);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], XxHash3.HashToUInt64(destination[..24]));
    }

    /// <summary>Whether the bytes begin with a whole, right header; if not, why not.</summary>
    public static bool TryReadSegmentHeader(
        ReadOnlySpan<byte> source, out uint version, out uint shard, out long first, out string? error)
    {
        version = 0;
        shard = 0;
        first = 0;
        error = null;
        if (source.Length < SegmentHeaderBytes)
            error = $"its header is cut off at {source.Length} of {SegmentHeaderBytes} bytes";
        else if (BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
            error = "it does not begin with HEDGEWAL";
        else if (BinaryPrimitives.ReadUInt64LittleEndian(source[24..]) != XxHash3.HashToUInt64(source[..24]))
            error = "its header fails its checksum";
        if (error is not null) return false;
        version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        shard = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        first = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        return true;
    }

    public static int RecordLength(in WalEntry entry) =>
        RecordHeaderBytes + PayloadFixedBytes + entry.Collection.Length + entry.Path.Length + entry.Json.Length;

    /// <summary>Writes one record into exactly <see cref="RecordLength"/> bytes.</summary>
    public static void WriteRecord(Span<byte> destination, in WalEntry entry, long position, long synced)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)(destination.Length - RecordHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], (uint)entry.Kind);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], position);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], synced);
        var payload = destination[RecordHeaderBytes..];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, entry.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], (ushort)entry.Collection.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[10..], (ushort)entry.Path.Length);
        payload = payload[PayloadFixedBytes..];
        entry.Collection.CopyTo(payload);
        entry.Path.CopyTo(payload[entry.Collection.Length..]);
        entry.Json.CopyTo(payload[(entry.Collection.Length + entry.Path.Length)..]);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Checksum(destination));
    }

    /// <summary>
    /// Reads the record that begins the bytes; false when it is cut off, wrong, or of another position.
    /// </summary>
    public static bool TryReadRecord(
        ReadOnlySpan<byte> source, long position, out WalEntry entry, out int length, out long synced)
    {
        entry = default;
        length = 0;
        synced = 0;
        if (source.Length < RecordHeaderBytes + PayloadFixedBytes) return false;
        if (BinaryPrimitives.ReadInt64LittleEndian(source[16..]) != position) return false;
        var payloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (payloadBytes is < PayloadFixedBytes or > PayloadBytesMax) return false;
        if (payloadBytes > source.Length - RecordHeaderBytes) return false;
        var record = source[..(RecordHeaderBytes + (int)payloadBytes)];
        if (BinaryPrimitives.ReadUInt64LittleEndian(source[8..]) != Checksum(record)) return false;
        if (!TryReadPayload((WalKind)record[4], record[RecordHeaderBytes..], out entry)) return false;
        length = record.Length;
        synced = BinaryPrimitives.ReadInt64LittleEndian(source[24..]);
        return true;
    }

    private static bool TryReadPayload(WalKind kind, ReadOnlySpan<byte> payload, out WalEntry entry)
    {
        entry = default;
        var name = BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]);
        var path = BinaryPrimitives.ReadUInt16LittleEndian(payload[10..]);
        var rest = payload[PayloadFixedBytes..];
        if (kind is not (WalKind.Put or WalKind.Delete) || name + path > rest.Length) return false;
        entry = new WalEntry
        {
            Kind = kind,
            Version = BinaryPrimitives.ReadUInt64LittleEndian(payload),
            Collection = rest[..name],
            Path = rest.Slice(name, path),
            Json = rest[(name + path)..],
        };
        return true;
    }

    private static ulong Checksum(ReadOnlySpan<byte> record) =>
        XxHash3.HashToUInt64(record[16..], BinaryPrimitives.ReadInt64LittleEndian(record));
}
