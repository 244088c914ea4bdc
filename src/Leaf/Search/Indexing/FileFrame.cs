using System.Buffers.Binary;
using System.IO.Hashing;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>What a file of an index holds. The values are stored bytes.</summary>
internal enum FileKind : uint
{
    /// <summary>An immutable segment.</summary>
    Segment = 1,

    /// <summary>The deleted documents of one segment.</summary>
    Deletes = 2,

    /// <summary>The manifest.</summary>
    Manifest = 3,
}

/// <summary>The beginning and the end that every index file has. Little-endian.</summary>
/// <remarks>
/// <code>
///  0          8      12        16                          length-24   length-16      length-8     length
///  +----------+------+---------+----------- ... -----------+-----------+--------------+------------+
///  | HEDGEROW | kind | version | body                      | length    | end of Hedge | XXH3-64 of |
///  | 8 bytes  | u32  | u32     |                           | u64       | u64          | all before |
///  +----------+------+---------+----------- ... -----------+-----------+--------------+------------+
/// </code>
/// </remarks>
internal static unsafe class FileFrame
{
    /// <summary>Version of all kinds of files; one that changes alone would get its own.</summary>
    public const uint Version = 2;

    /// <summary>Bytes before the body.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes behind it.</summary>
    public const int FooterBytes = 24;

    private const ulong HeaderMagic = 0x574F_5245_4744_4548; // "HEDGEROW"
    private const ulong FooterMagic = 0x4547_4445_4844_4E45; // "ENDHEDGE"

    /// <summary>Writes the header.</summary>
    public static void Begin(IndexOutput output, FileKind kind)
    {
        output.WriteU64(HeaderMagic);
        output.WriteU32((uint)kind);
        output.WriteU32(Version);
    }

    /// <summary>Writes the footer and finishes the file.</summary>
    public static void End(IndexOutput output)
    {
        output.WriteU64((ulong)(output.Position + FooterBytes));
        output.WriteU64(FooterMagic);
        output.WriteU64(output.Checksum());
        output.Finish();
    }

    /// <summary>Reads all of the file once and compares it with what its footer says.</summary>
    /// <param name="region">Its bytes.</param>
    /// <param name="kind">What it has to hold.</param>
    /// <param name="pace">Breathes often; null where nobody waits.</param>
    /// <exception cref="IndexCorruptException">Anything differs.</exception>
    public static void Verify(IndexRegion region, FileKind kind, MergePace? pace = null)
    {
        var length = region.Length;
        if (length < HeaderBytes + FooterBytes)
            throw new IndexCorruptException(region.Name, $"it has {length} bytes, fewer than any index file");
        var header = new ReadOnlySpan<byte>(region.Start, HeaderBytes);
        var footer = new ReadOnlySpan<byte>(region.Start + length - FooterBytes, FooterBytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) != HeaderMagic)
            throw new IndexCorruptException(region.Name, "it does not begin like an index file");
        var kindFound = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (kindFound != (uint)kind)
            throw new IndexCorruptException(region.Name, $"it is of kind {kindFound}, not {(uint)kind} ({kind})");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (version != Version)
            throw new IndexCorruptException(region.Name, $"it is of version {version}; this build reads {Version}");
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer[8..]) != FooterMagic)
            throw new IndexCorruptException(region.Name, $"it is cut off or overwritten at its end ({length} bytes)");
        var lengthWritten = BinaryPrimitives.ReadUInt64LittleEndian(footer);
        if (lengthWritten != (ulong)length)
            throw new IndexCorruptException(region.Name, $"it has {length} bytes, {lengthWritten} were written");
        var sum = BinaryPrimitives.ReadUInt64LittleEndian(footer[16..]);
        var sumFound = Checksum(region.Start, length - sizeof(ulong), pace);
        if (sum != sumFound)
            throw new IndexCorruptException(region.Name, $"its checksum is {sumFound:x16}, {sum:x16} was written");
    }

    private static ulong Checksum(byte* start, long length, MergePace? pace)
    {
        const int part = 256 * 1024;
        if (length <= part) return XxHash3.HashToUInt64(new ReadOnlySpan<byte>(start, (int)length));
        var hash = new XxHash3();
        for (long at = 0; at < length; at += part)
        {
            hash.Append(new ReadOnlySpan<byte>(start + at, (int)Math.Min(part, length - at)));
            pace?.Breathe();
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
