using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>
/// The two hello messages as MessagePack. Reading never throws; errors name the field and what is allowed.
/// </summary>
public static class HelloCodec
{
    /// <summary>Writes the opening side's hello.</summary>
    public static void Write(IBufferWriter<byte> output, HelloRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(7);
        writer.Write(message.VersionMin);
        writer.Write(message.VersionMax);
        writer.Write((ulong)message.Features);
        writer.Write(message.Name);
        writer.Write(message.Token);
        writer.Write(message.Epoch);
        WriteLimits(ref writer, message.Limits);
        writer.Flush();
    }

    /// <summary>Writes the server's announcement. The hello timeout is the server's own and does not travel.</summary>
    public static void Write(IBufferWriter<byte> output, HelloReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.Write(message.Version);
        writer.Write((ulong)message.Features);
        writer.Write(message.Name);
        writer.Write(message.Epoch);
        WriteLimits(ref writer, message.Limits);
        writer.Flush();
    }

    /// <summary>
    /// Reads what <see cref="Write(IBufferWriter{byte}, HelloRequest)"/> wrote, of this version or another.
    /// </summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out HelloRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>
    /// Reads what <see cref="Write(IBufferWriter{byte}, HelloReply)"/> wrote, of this version or another.
    /// </summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out HelloReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static void WriteLimits(ref MessagePackWriter writer, ProtocolLimits limits)
    {
        writer.WriteArrayHeader(4);
        writer.Write(limits.ChunkBytesMax);
        writer.Write(limits.MessageBytesMax);
        writer.Write(limits.RequestsInFlightMax);
        writer.Write(limits.BytesInFlightMax);
    }

    private static HelloRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("hello", 2);
        var message = new HelloRequest
        {
            VersionMin = (byte)reader.Int32("hello.versionMin", 0, byte.MaxValue),
            VersionMax = (byte)reader.Int32("hello.versionMax", 0, byte.MaxValue),
            Features = (ProtocolFeatures)(fields > 2 ? reader.UInt64("hello.features") : 0),
            Name = fields > 3 ? reader.Text("hello.name", MessageLimits.NameBytesMax) : "",
            Token = fields > 4 ? reader.Text("hello.token", MessageLimits.TokenBytesMax) : "",
            Epoch = fields > 5 ? reader.UInt32("hello.epoch") : 0,
            Limits = fields > 6 ? ReadLimits(ref reader) : ProtocolLimits.Default,
        };
        reader.EndRecord(fields, 7);
        return message;
    }

    private static HelloReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("hello reply", 5);
        var message = new HelloReply
        {
            Version = (byte)reader.Int32("hello reply.version", 0, byte.MaxValue),
            Features = (ProtocolFeatures)reader.UInt64("hello reply.features"),
            Name = reader.Text("hello reply.name", MessageLimits.NameBytesMax),
            Epoch = reader.UInt32("hello reply.epoch"),
            Limits = ReadLimits(ref reader),
        };
        reader.EndRecord(fields, 5);
        return message;
    }

    private static ProtocolLimits ReadLimits(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("limits", 4);
        var limits = new ProtocolLimits
        {
            ChunkBytesMax = reader.Int32("limits.chunkBytesMax", ProtocolLimits.ChunkBytesMin),
            MessageBytesMax = reader.Int32("limits.messageBytesMax", ProtocolLimits.MessageBytesMin),
            RequestsInFlightMax = reader.Int32("limits.requestsInFlightMax", 1),
            BytesInFlightMax = reader.Int64("limits.bytesInFlightMax", 1),
        };
        reader.EndRecord(fields, 4);
        return limits;
    }
}
