using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// Bulk writes as MessagePack. Reading never throws; errors name the field and what is allowed. The documents' JSON
/// points into the body that was read and lives as long as it does.
/// </summary>
public static class BulkCodec
{
    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, BulkRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(2);
        writer.Write(message.Collection);
        DocumentCodec.Write(ref writer, message.Documents);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, BulkReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(2);
        writer.Write(message.Accepted);
        writer.WriteArrayHeader(message.Failures.Count);
        for (var i = 0; i < message.Failures.Count; i++)
        {
            var failure = message.Failures[i];
            writer.WriteArrayHeader(3);
            writer.Write(failure.Index);
            writer.Write((byte)failure.Status);
            writer.Write(failure.Message);
        }

        writer.Flush();
    }

    /// <summary>Reads a request of at most <see cref="BulkRequest.DocumentsMax"/> documents.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out BulkRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out BulkReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static BulkRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("bulk", 2);
        var message = new BulkRequest
        {
            Collection = reader.Text("bulk.collection", MessageLimits.NameBytesMax),
            Documents = reader.List("bulk.documents", BulkRequest.DocumentsMax, DocumentCodec.Read),
        };
        reader.EndRecord(fields, 2);
        return message;
    }

    private static BulkReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("bulk reply", 2);
        var message = new BulkReply
        {
            Accepted = reader.Int32("bulk reply.accepted"),
            Failures = reader.List("bulk reply.failures", BulkRequest.DocumentsMax, ReadFailure),
        };
        reader.EndRecord(fields, 2);
        return message;
    }

    private static BulkFailure ReadFailure(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("failure", 3);
        var failure = new BulkFailure(
            reader.Int32("failure.index"),
            (StatusCode)reader.Int32("failure.status", 0, byte.MaxValue),
            reader.Text("failure.message", MessageLimits.ProseBytesMax));
        reader.EndRecord(fields, 3);
        return failure;
    }
}
