using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>The fault switch as MessagePack. Reading never throws; errors name the field and what is allowed.</summary>
public static class FaultCodec
{
    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, FaultRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(3);
        writer.Write(message.DelayShare);
        writer.Write(message.DelayMicros);
        writer.Write(message.ErrorShare);
        writer.Flush();
    }

    /// <summary>Reads a request: shares from 0 to 1, a delay of at most 60 seconds.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out FaultRequest? message, out string? error) =>
        BodyReader.TryRead(body, Read, out message, out error);

    private static FaultRequest Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("fault", 3);
        var message = new FaultRequest(
            Share(ref reader, "fault.delayShare"),
            reader.UInt32("fault.delayMicros", MessageLimits.FaultDelayMicrosMax),
            Share(ref reader, "fault.errorShare"));
        reader.EndRecord(fields, 3);
        return message;
    }

    private static double Share(ref BodyReader reader, string field)
    {
        var share = reader.Double(field);
        if (share is < 0 or > 1) BodyReader.Fail(field, $"{share} is out of range; 0 to 1 are allowed.");
        return share;
    }
}
