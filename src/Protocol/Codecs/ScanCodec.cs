using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// Scans as MessagePack. Reading never throws; errors name the field and what is allowed. The documents' JSON points
/// into the body that was read and lives as long as it does.
/// </summary>
public static class ScanCodec
{
    private static readonly LaterFields<ScanRequest>[] LaterOfRequest =
    [
        new(1, static scan => scan.WithDeleted, static (ref writer, scan) => writer.Write(scan.WithDeleted)),
    ];

    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, ScanRequest message)
    {
        var writer = new MessagePackWriter(output);
        var later = LaterFields<ScanRequest>.Begin(ref writer, message, 3, LaterOfRequest);
        writer.Write(message.Collection);
        writer.Write(message.After);
        writer.Write(message.Limit);
        LaterFields<ScanRequest>.WriteGroups(ref writer, message, LaterOfRequest, later);
        writer.Flush();
    }

    /// <summary>Writes a page.</summary>
    public static void Write(IBufferWriter<byte> output, ScanReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(2);
        DocumentCodec.Write(ref writer, message.Documents);
        writer.Write(message.More);
        writer.Flush();
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out ScanRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads a page.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out ScanReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static ScanRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("scan", 1);
        var message = new ScanRequest
        {
            Collection = reader.Text("scan.collection", MessageLimits.IndexNameBytesMax),
            After = fields > 1 ? reader.Text("scan.after", ProtocolLimits.PathBytesMax) : "",
            Limit = fields > 2 ? reader.Int32("scan.limit", 1, ScanRequest.PageMax) : 1_000,
            WithDeleted = fields > 3 && reader.Boolean("scan.withDeleted"),
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    private static ScanReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("scan reply", 2);
        var message = new ScanReply
        {
            Documents = reader.List("scan reply.documents", ScanRequest.PageMax, DocumentCodec.Read),
            More = reader.Boolean("scan reply.more"),
        };
        reader.EndRecord(fields, 2);
        return message;
    }
}
