using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// Bodies of <see cref="Opcode.Publish"/> and <see cref="Opcode.Listen"/>, hand-packed and little-endian. Readers are
/// views that allocate nothing.
/// </summary>
/// <remarks>
/// <code>
///  Publish   sender u64, rows
///    reply   listeners that it was passed on to u32
///  Listen    listener u64, milliseconds to wait u32
///    reply   messages lost since the last reply u64, rows
///  row       kind u8, channel length u32, message length u32, channel, message
/// </code>
/// Rows go on to the end of the body. What <c>sender</c> publishes does not come back to the listener of that number.
/// </remarks>
public static class MessageCodec
{
    /// <summary>Bytes of channel and message of one row, together: what leaves room for others in a body.</summary>
    public const int RowBytesMax = 8 * 1024 * 1024;

    /// <summary>Bytes of a row before its channel.</summary>
    public const int RowHeadBytes = sizeof(byte) + sizeof(uint) + sizeof(uint);

    /// <summary>Bytes before the rows of a Publish, and of the reply to a Listen.</summary>
    public const int HeadBytes = sizeof(ulong);

    private const int ListenBytes = sizeof(ulong) + sizeof(uint);

    /// <summary>Writes the number that rows follow: the sender, or what was lost.</summary>
    public static void WriteHead(IBufferWriter<byte> output, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(HeadBytes), number);
        output.Advance(HeadBytes);
    }

    /// <summary>Writes one message.</summary>
    public static void WriteRow(
        IBufferWriter<byte> output, MessageKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var row = output.GetSpan(RowHeadBytes + channel.Length + message.Length);
        row[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(row[1..], (uint)channel.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(row[5..], (uint)message.Length);
        channel.CopyTo(row[RowHeadBytes..]);
        message.CopyTo(row[(RowHeadBytes + channel.Length)..]);
        output.Advance(RowHeadBytes + channel.Length + message.Length);
    }

    /// <summary>Reads a Publish, or the reply to a Listen: all of it is checked.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="number">The sender, or what was lost.</param>
    /// <param name="rows">The messages.</param>
    /// <param name="error">What was wrong and what is allowed.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, out ulong number, out MessageReader rows, out string? error)
    {
        number = 0;
        rows = default;
        if (body.Length < HeadBytes)
        {
            error = $"Messages: a body of {body.Length} bytes has no head of {HeadBytes}.";
            return false;
        }

        number = BinaryPrimitives.ReadUInt64LittleEndian(body);
        var count = 0;
        for (var rest = body[HeadBytes..]; !rest.IsEmpty; count++)
        {
            if (!TryRow(rest, out var bytes, out error))
            {
                error = $"Messages: row {count} {error}";
                return false;
            }

            rest = rest[bytes..];
        }

        rows = new MessageReader(body[HeadBytes..], count);
        error = null;
        return true;
    }

    /// <summary>Writes a Listen.</summary>
    public static void WriteListen(IBufferWriter<byte> output, ulong listener, uint waitMs)
    {
        var body = output.GetSpan(ListenBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(body, listener);
        BinaryPrimitives.WriteUInt32LittleEndian(body[sizeof(ulong)..], waitMs);
        output.Advance(ListenBytes);
    }

    /// <summary>Reads a Listen; false when it has another length.</summary>
    public static bool TryReadListen(ReadOnlySpan<byte> body, out ulong listener, out uint waitMs)
    {
        (listener, waitMs) = (0, 0);
        if (body.Length != ListenBytes) return false;
        listener = BinaryPrimitives.ReadUInt64LittleEndian(body);
        waitMs = BinaryPrimitives.ReadUInt32LittleEndian(body[sizeof(ulong)..]);
        return true;
    }

    private static bool TryRow(ReadOnlySpan<byte> rest, out int bytes, out string? error)
    {
        bytes = 0;
        error = "is cut off.";
        if (rest.Length < RowHeadBytes) return false;
        if (rest[0] > (byte)MessageKind.Shard)
        {
            error = $"is of kind {rest[0]}; 0 and 1 are known.";
            return false;
        }

        var channel = BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
        var message = BinaryPrimitives.ReadUInt32LittleEndian(rest[5..]);
        if ((ulong)channel + message > RowBytesMax)
        {
            error = $"has {(ulong)channel + message} bytes; at most {RowBytesMax} are allowed.";
            return false;
        }

        bytes = RowHeadBytes + (int)(channel + message);
        return bytes <= rest.Length;
    }
}
