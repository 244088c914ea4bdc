using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Repairs as MessagePack. Reading never throws; errors name the field and what is allowed.</summary>
public static class RepairCodec
{
    /// <summary>Writes a request.</summary>
    public static void Write(IBufferWriter<byte> output, RepairRequest message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        writer.Write(message.Collection);
        writer.Write((byte)message.Step);
        writer.Write(message.Leaf);
        writer.Write(message.Cursor);
        writer.Flush();
    }

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, RepairReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(3);
        writer.WriteArrayHeader(message.Replicas.Count);
        foreach (var replica in message.Replicas)
        {
            writer.WriteArrayHeader(5);
            writer.Write(replica.Shard);
            writer.Write(replica.Leaf);
            writer.Write((byte)replica.State);
            writer.Write(replica.Documents);
            writer.Write(replica.Problem);
        }

        writer.Write(message.Copied);
        writer.Write(message.Cursor);
        writer.Flush();
    }

    /// <summary>Reads a request.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out RepairRequest? message, out string? error) =>
        BodyReader.TryRead(body, ReadRequest, out message, out error);

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out RepairReply? message, out string? error) =>
        BodyReader.TryRead(body, ReadReply, out message, out error);

    private static RepairRequest ReadRequest(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("repair", 4);
        var message = new RepairRequest
        {
            Collection = reader.Text("repair.collection", MessageLimits.NameBytesMax),
            Step = (RepairStep)reader.Int32("repair.step", (int)RepairStep.Look, (int)RepairStep.Finish),
            Leaf = reader.Text("repair.leaf", MessageLimits.NameBytesMax),
            Cursor = reader.Text("repair.cursor", RepairRequest.CursorCharsMax),
        };
        reader.EndRecord(fields, 4);
        return message;
    }

    private static RepairReply ReadReply(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("repair reply", 3);
        var message = new RepairReply
        {
            Replicas = reader.List("repair reply.replicas", MessageLimits.ShardsMax, ReadCondition),
            Copied = reader.Int64("repair reply.copied"),
            Cursor = reader.Text("repair reply.cursor", RepairRequest.CursorCharsMax),
        };
        reader.EndRecord(fields, 3);
        return message;
    }

    private static ReplicaCondition ReadCondition(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("replica", 5);
        var condition = new ReplicaCondition(
            (ushort)reader.Int32("replica.shard", 0, ushort.MaxValue),
            reader.Text("replica.leaf", MessageLimits.NameBytesMax),
            (ReplicaState)reader.Int32("replica.state", (int)ReplicaState.Well, (int)ReplicaState.Unknown),
            reader.Int64("replica.documents"),
            reader.Text("replica.problem", MessageLimits.ProseBytesMax));
        reader.EndRecord(fields, 5);
        return condition;
    }
}
