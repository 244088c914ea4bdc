using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Answers that the router makes itself.</summary>
internal static class RouterReply
{
    /// <summary>An error with its text.</summary>
    public static Reply Error(StatusCode status, string message) => Error(status, message, version: 0);

    public static Reply Error(StatusCode status, string message, ulong version)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(message.Length));
        var length = Encoding.UTF8.GetBytes(message, buffer);
        return new Reply(new ReplyHeader { Status = status, Version = version }, buffer, 0, length, pooled: true);
    }

    public static Reply Ok(ReadOnlySpan<byte> body) => Reply.Copy(new ReplyHeader { Status = StatusCode.Ok }, body);

    /// <summary>A write that ended well, and how many replicas have it. Allocates nothing.</summary>
    public static Reply Written(StatusCode status, ulong version, int replicas)
    {
        Span<byte> body = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)replicas);
        return Reply.Copy(new ReplyHeader { Status = status, Version = version }, body);
    }

    /// <summary>Writes a message with its codec into an Ok answer.</summary>
    public static Reply Of<T>(T message, Action<IBufferWriter<byte>, T> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output, message);
        return Ok(output.WrittenSpan);
    }

    /// <summary>The text of an error reply's body.</summary>
    public static string Text(in Reply reply) => Encoding.UTF8.GetString(reply.Body.Span);

    /// <summary>The epoch that a WrongShard answer names; 0 when it names none.</summary>
    public static uint EpochOf(in Reply reply) =>
        reply.Body.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(reply.Body.Span) : 0;
}
