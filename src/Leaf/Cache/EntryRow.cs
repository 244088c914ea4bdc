using System.Buffers.Binary;
using System.Diagnostics;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// An entry as bytes that mean the same to every process: what snapshots are made of. A view over the bytes it was read
/// from.
/// </summary>
/// <remarks>
/// <code>
///  0       1        2         10       +4 if flags  +8 if expiry
///  +-------+--------+---------+--------+------------+------------+--------------+------+-------+
///  | shape | traits | version | flags  | expires ms | path length| value length | path | value |
///  | u8    | u8     | u64     | u32    | i64        | u16        | u32          |      |       |
///  +-------+--------+---------+--------+------------+------------+--------------+------+-------+
///  shape: bits 0-1 uses, 2 main queue, 3 flags, 4 expiry; traits: see EntryTraits
/// </code>
/// Little-endian. Uses and queue are what eviction knew of the entry, so that a warm start is warm in that too.
/// </remarks>
internal readonly ref struct EntryRow
{
    /// <summary>The most that stands before path and value.</summary>
    public const int HeaderBytesMax = 28;

    private const int HasFlags = 8;
    private const int HasExpiry = 16;
    private const int InMain = 4;
    private const int FixedBytes = 10;

    /// <summary>Above 0.</summary>
    public required ulong Version { get; init; }

    public uint EntryFlags { get; init; }

    /// <summary>Unix milliseconds; 0 for never.</summary>
    public long ExpiresAtMs { get; init; }

    public EntryKind Kind { get; init; }

    public EntryMark Mark { get; init; }

    /// <summary>0 to <see cref="HashIndex.UsesMax"/>.</summary>
    public int Uses { get; init; }

    /// <summary>Whether it had left the queue of the new.</summary>
    public bool IsInMain { get; init; }

    public required ReadOnlySpan<byte> Path { get; init; }

    /// <summary>The value; when writing a large one, its lead.</summary>
    public required ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Writes what stands before path and value. Returns its length.</summary>
    /// <param name="destination">At least <see cref="HeaderBytesMax"/> bytes.</param>
    /// <param name="valueBytes">Bytes of the whole value.</param>
    public int WriteHeader(Span<byte> destination, int valueBytes)
    {
        Debug.Assert(Uses is >= 0 and <= HashIndex.UsesMax, "they fit their bits");
        var shape = Uses;
        if (IsInMain) shape |= InMain;
        destination[1] = EntryTraits.Pack(Kind, Mark);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[2..], Version);
        var next = FixedBytes;
        if (EntryFlags != 0)
        {
            shape |= HasFlags;
            BinaryPrimitives.WriteUInt32LittleEndian(destination[next..], EntryFlags);
            next += sizeof(uint);
        }

        if (ExpiresAtMs != 0)
        {
            shape |= HasExpiry;
            BinaryPrimitives.WriteInt64LittleEndian(destination[next..], ExpiresAtMs);
            next += sizeof(long);
        }

        destination[0] = (byte)shape;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[next..], (ushort)Path.Length);
        BinaryPrimitives.WriteInt32LittleEndian(destination[(next + 2)..], valueBytes);
        return next + 6;
    }

    /// <summary>Takes the first row off <paramref name="rows"/>; false when it is cut off or not one.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rows, out EntryRow row)
    {
        row = default;
        if (rows.Length < sizeof(byte)) return false;
        var shape = rows[0];
        var next = FixedBytes;
        if ((shape & HasFlags) != 0) next += sizeof(uint);
        if ((shape & HasExpiry) != 0) next += sizeof(long);
        if (rows.Length < next + 6 || !EntryTraits.AreKnown(rows[1])) return false;
        var pathBytes = BinaryPrimitives.ReadUInt16LittleEndian(rows[next..]);
        var valueBytes = BinaryPrimitives.ReadInt32LittleEndian(rows[(next + 2)..]);
        var rest = rows[(next + 6)..];
        if (pathBytes == 0 || valueBytes < 0 || rest.Length - pathBytes < valueBytes) return false;
        row = new EntryRow
        {
            Version = BinaryPrimitives.ReadUInt64LittleEndian(rows[2..]),
            EntryFlags = (shape & HasFlags) == 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(rows[FixedBytes..]),
            ExpiresAtMs = (shape & HasExpiry) == 0
                ? 0
                : BinaryPrimitives.ReadInt64LittleEndian(rows[(next - sizeof(long))..]),
            Kind = EntryTraits.KindOf(rows[1]),
            Mark = EntryTraits.MarkOf(rows[1]),
            Uses = shape & HashIndex.UsesMax,
            IsInMain = (shape & InMain) != 0,
            Path = rest[..pathBytes],
            Value = rest.Slice(pathBytes, valueBytes),
        };
        rows = rest[(pathBytes + valueBytes)..];
        return true;
    }
}
