using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// Points in time as MessagePack. Reading never throws; errors name the field and what is allowed.
/// </summary>
public static class PointInTimeCodec
{
    private static readonly LaterFields<PointInTimeRequest>[] LaterOfRequest =
    [
        new(
            1, static request => request.Index is not null,
            static (ref writer, request) => writer.Write(request.Index)),
    ];

    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, PointInTimeRequest message)
    {
        var writer = new MessagePackWriter(output);
        var later = LaterFields<PointInTimeRequest>.Begin(ref writer, message, 3, LaterOfRequest);
        writer.Write(message.Collection);
        writer.Write((long)message.KeepAlive.TotalMilliseconds);
        writer.Write(message.Id);
        LaterFields<PointInTimeRequest>.WriteGroups(ref writer, message, LaterOfRequest, later);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, PointInTimeReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(2);
        writer.Write(message.Id);
        writer.Write(message.Shards);
        writer.Flush();
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out PointInTimeRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out PointInTimeReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    /// <summary>Milliseconds of 1 to a year.</summary>
    internal static TimeSpan KeepAlive(ref BodyReader reader, string field) =>
        TimeSpan.FromMilliseconds(reader.Int64(field, 1, (long)TimeSpan.FromDays(366).TotalMilliseconds));

    private static PointInTimeRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("point in time", 3);
        var message = new PointInTimeRequest
        {
            Collection = reader.Text("pointInTime.collection", MessageLimits.NameBytesMax),
            KeepAlive = KeepAlive(ref reader, "pointInTime.keepAlive"),
            Id = reader.TextOrNull("pointInTime.id", PointInTimeId.CharsMax),
            Index = fields > 3 ? reader.TextOrNull("pointInTime.index", MessageLimits.IndexNameBytesMax) : null,
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    private static PointInTimeReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("point in time reply", 2);
        var message = new PointInTimeReply
        {
            Id = reader.Text("pointInTime reply.id", PointInTimeId.CharsMax),
            Shards = reader.Int32("pointInTime reply.shards"),
        };
        reader.EndRecord(fields, 2);
        return message;
    }
}
