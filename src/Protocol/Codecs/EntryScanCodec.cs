using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Protocol;

/// <summary>
/// Bodies of <see cref="Opcode.EntryScan"/>, hand-packed and little-endian. Readers are views that allocate nothing.
/// </summary>
/// <remarks>
/// <code>
///  request   cursor u64, count u32
///  page      next cursor u64, then to the end for each entry: kind u8, path length u16, path
/// </code>
/// A walk begins with cursor 0 and ends when 0 comes back. The cursor's upper 16 bits are the shard (a leaf takes it
/// from the header and leaves them 0); the rest is the server's. An entry that is there from the first page to the last
/// is seen at least once, however many come and go meanwhile; any entry may be seen more than once. Pages may be empty
/// or longer than asked for: one step of the walk is never cut. Any cursor is answered; one that no page gave begins
/// somewhere.
/// </remarks>
public static class EntryScanCodec
{
    /// <summary>Entries that one page may be asked for; it may have some more.</summary>
    public const int CountMax = 10_000;

    /// <summary>Bits of a cursor below the shard's.</summary>
    public const int ShardShift = 48;

    /// <summary>Bytes of a request.</summary>
    public const int RequestBytes = sizeof(ulong) + sizeof(uint);

    private const int RowBytes = sizeof(byte) + sizeof(ushort);

    /// <summary>Writes a request: <see cref="RequestBytes"/> bytes.</summary>
    public static void Write(Span<byte> destination, ulong cursor, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CountMax);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, cursor);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[sizeof(ulong)..], (uint)count);
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> body, out ulong cursor, out int count, [NotNullWhen(false)] out string? error)
    {
        var isWhole = body.Length == RequestBytes;
        cursor = isWhole ? BinaryPrimitives.ReadUInt64LittleEndian(body) : 0;
        var asked = isWhole ? BinaryPrimitives.ReadUInt32LittleEndian(body[sizeof(ulong)..]) : 0;
        count = (int)Math.Min(asked, CountMax);
        error = !isWhole ? $"EntryScan: body of {body.Length} bytes; {RequestBytes} are needed."
            : asked is 0 or > CountMax ? $"EntryScan: count {asked}; 1 to {CountMax} are allowed."
            : null;
        return error is null;
    }

    /// <summary>Begins a page; its rows follow. The cursor is filled in by <see cref="Finish"/>.</summary>
    public static void Begin(IBufferWriter<byte> output)
    {
        output.GetSpan(sizeof(ulong))[..sizeof(ulong)].Clear();
        output.Advance(sizeof(ulong));
    }

    /// <summary>Writes the row of one entry.</summary>
    public static void WriteRow(IBufferWriter<byte> output, EntryKind kind, ReadOnlySpan<byte> path)
    {
        var row = output.GetSpan(RowBytes + path.Length);
        row[0] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(row[1..], (ushort)path.Length);
        path.CopyTo(row[RowBytes..]);
        output.Advance(RowBytes + path.Length);
    }

    /// <summary>Puts the next cursor into a page.</summary>
    public static void Finish(Span<byte> page, ulong cursor) => BinaryPrimitives.WriteUInt64LittleEndian(page, cursor);

    /// <summary>Checks a whole page, so that reading its rows can't fail.</summary>
    public static bool TryReadPage(
        ReadOnlySpan<byte> body, out EntryScanReader page, [NotNullWhen(false)] out string? error)
    {
        page = default;
        error = body.Length < sizeof(ulong) ? $"EntryScan: page of {body.Length} bytes has no cursor." : null;
        if (error is not null) return false;
        for (var rest = body[sizeof(ulong)..]; !rest.IsEmpty;)
        {
            var length = rest.Length < RowBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(rest[1..]);
            if (rest.Length < RowBytes + length) error = $"EntryScan: page of {body.Length} bytes is cut off.";
            else if (rest[0] > (byte)EntryKind.Fields) error = $"EntryScan: kind {rest[0]} is not 0 or 1.";
            if (error is not null) return false;
            rest = rest[(RowBytes + length)..];
        }

        page = new EntryScanReader(BinaryPrimitives.ReadUInt64LittleEndian(body), body[sizeof(ulong)..]);
        return true;
    }
}

/// <summary>The rows of a page. A view over a body that was checked.</summary>
public ref struct EntryScanReader
{
    private const int RowBytes = sizeof(byte) + sizeof(ushort);
    private ReadOnlySpan<byte> _rest;

    internal EntryScanReader(ulong cursor, ReadOnlySpan<byte> rows)
    {
        Cursor = cursor;
        _rest = rows;
    }

    /// <summary>Where the next page begins; 0: the walk is over.</summary>
    public ulong Cursor { get; }

    /// <summary>What the current entry's value is.</summary>
    public EntryKind Kind { get; private set; }

    /// <summary>The current entry's path.</summary>
    public ReadOnlySpan<byte> Path { get; private set; }

    /// <summary>Moves to the next entry; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[1..]);
        Kind = (EntryKind)_rest[0];
        Path = _rest.Slice(RowBytes, length);
        _rest = _rest[(RowBytes + length)..];
        return true;
    }
}
