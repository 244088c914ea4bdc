using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// Bodies of <see cref="Opcode.GetMany"/>, hand-packed and little-endian. Writers are called in the order of the
/// fields; readers are views that allocate nothing.
/// </summary>
/// <remarks>
/// <code>
///  request   count u16, then for each path: path hash u64, length u16, bytes
///  reply     count u16, then for each path: status u8, version u64, part length u32, part (an EntryBody if Ok, else
/// empty)
/// </code>
/// </remarks>
public static class GetManyCodec
{
    internal const int CountBytes = sizeof(ushort);
    internal const int RequestRowBytes = sizeof(ulong) + sizeof(ushort);
    internal const int ReplyRowBytes = sizeof(byte) + sizeof(ulong) + sizeof(uint);

    /// <summary>Begins a request or a reply of <paramref name="count"/> rows, which must follow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see
    /// cref="ProtocolLimits.GetManyPathsMax"/>.</exception>
    public static void WriteCount(IBufferWriter<byte> output, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ProtocolLimits.GetManyPathsMax);
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(CountBytes), (ushort)count);
        output.Advance(CountBytes);
    }

    /// <summary>Writes one path of a request.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The path is over its limit.</exception>
    public static void WritePath(IBufferWriter<byte> output, ulong pathHash, ReadOnlySpan<byte> path)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(path.Length, ProtocolLimits.PathBytesMax);
        var row = output.GetSpan(RequestRowBytes + path.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(row, pathHash);
        BinaryPrimitives.WriteUInt16LittleEndian(row[8..], (ushort)path.Length);
        path.CopyTo(row[RequestRowBytes..]);
        output.Advance(RequestRowBytes + path.Length);
    }

    /// <summary>Writes a row of a reply for a path that has an entry.</summary>
    public static void WriteEntry(
        IBufferWriter<byte> output, ulong version, uint entryFlags, long expiresAtMs, ReadOnlySpan<byte> value,
        EntryKind kind = EntryKind.Value)
    {
        var prefix = WriteRow(output, StatusCode.Ok, version, EntryBody.PrefixLength + value.Length);
        EntryBody.WritePrefix(prefix, entryFlags, expiresAtMs, kind);
        value.CopyTo(prefix[EntryBody.PrefixLength..]);
        output.Advance(ReplyRowBytes + EntryBody.PrefixLength + value.Length);
    }

    /// <summary>Writes a row of a reply as it came in another: a router that merges the replies of shards.</summary>
    public static void WriteRow(
        IBufferWriter<byte> output, StatusCode status, ulong version, ReadOnlySpan<byte> entryBody)
    {
        entryBody.CopyTo(WriteRow(output, status, version, entryBody.Length));
        output.Advance(ReplyRowBytes + entryBody.Length);
    }

    /// <summary>Writes a row of a reply for a path that has none, or that failed.</summary>
    public static void WriteMissing(IBufferWriter<byte> output, StatusCode status, ulong version) =>
        WriteRow(output, status, version, ReadOnlySpan<byte>.Empty);

    /// <summary>Checks a whole request body, so that reading its rows can't fail.</summary>
    /// <returns>Ok; BadRequest or TooLarge with a message that says what was wrong and what is allowed.</returns>
    public static StatusCode TryReadRequest(
        ReadOnlySpan<byte> body, out GetManyRequestReader request, out string? error)
    {
        request = default;
        if (!TryReadCount(body, out var count, out error)) return StatusCode.BadRequest;
        var rest = body[CountBytes..];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < RequestRowBytes) return CutOff(body, i, out error);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest[8..]);
            if (length > ProtocolLimits.PathBytesMax)
            {
                error = $"Path {i}: {CacheCommand.TooLongPath(length)}";
                return StatusCode.TooLarge;
            }

            if (length == 0)
            {
                error = $"GetMany: path {i} is empty.";
                return StatusCode.BadRequest;
            }

            if (rest.Length < RequestRowBytes + length) return CutOff(body, i, out error);
            rest = rest[(RequestRowBytes + length)..];
        }

        if (!IsAllRead(rest, out error)) return StatusCode.BadRequest;
        request = new GetManyRequestReader(count, body[CountBytes..]);
        return StatusCode.Ok;
    }

    /// <summary>Checks a whole reply body, so that reading its rows can't fail.</summary>
    public static StatusCode TryReadReply(ReadOnlySpan<byte> body, out GetManyReplyReader reply, out string? error)
    {
        reply = default;
        if (!TryReadCount(body, out var count, out error)) return StatusCode.BadRequest;
        var rest = body[CountBytes..];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < ReplyRowBytes) return CutOff(body, i, out error);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[9..]);
            if (length > (uint)(rest.Length - ReplyRowBytes)) return CutOff(body, i, out error);
            if (rest[0] == (byte)StatusCode.Ok && length < EntryBody.PrefixLength)
            {
                error = $"GetMany: entry {i} has {length} bytes; at least {EntryBody.PrefixLength} are needed.";
                return StatusCode.BadRequest;
            }

            rest = rest[(ReplyRowBytes + (int)length)..];
        }

        if (!IsAllRead(rest, out error)) return StatusCode.BadRequest;
        reply = new GetManyReplyReader(count, body[CountBytes..]);
        return StatusCode.Ok;
    }

    private static Span<byte> WriteRow(IBufferWriter<byte> output, StatusCode status, ulong version, int partLength)
    {
        var row = output.GetSpan(ReplyRowBytes + partLength);
        row[0] = (byte)status;
        BinaryPrimitives.WriteUInt64LittleEndian(row[1..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(row[9..], (uint)partLength);
        return row[ReplyRowBytes..];
    }

    private static bool TryReadCount(ReadOnlySpan<byte> body, out int count, out string? error)
    {
        count = body.Length < CountBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(body);
        error = body.Length < CountBytes ? $"GetMany: body of {body.Length} bytes has no count."
            : count > ProtocolLimits.GetManyPathsMax
                ? $"GetMany: {count} paths; at most {ProtocolLimits.GetManyPathsMax} are allowed."
                : null;
        return error is null;
    }

    private static bool IsAllRead(ReadOnlySpan<byte> rest, out string? error)
    {
        error = rest.IsEmpty ? null : $"GetMany: {rest.Length} bytes too many.";
        return rest.IsEmpty;
    }

    private static StatusCode CutOff(ReadOnlySpan<byte> body, int row, out string? error)
    {
        error = $"GetMany: body of {body.Length} bytes is cut off in row {row}.";
        return StatusCode.BadRequest;
    }
}
