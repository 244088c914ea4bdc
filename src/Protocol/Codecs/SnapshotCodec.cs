using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>What a snapshot wrote, as MessagePack. Reading never throws; errors name the field.</summary>
public static class SnapshotCodec
{
    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, SnapshotReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(1);
        writer.WriteArrayHeader(message.Shards.Count);
        foreach (var shard in message.Shards)
        {
            writer.WriteArrayHeader(4);
            writer.Write(shard.Shard);
            writer.Write(shard.Entries);
            writer.Write(shard.Bytes);
            writer.Write(shard.Micros);
        }

        writer.Flush();
    }

    /// <summary>Reads an answer.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out SnapshotReply? message, out string? error) =>
        BodyReader.TryRead(body, Read, out message, out error);

    private static SnapshotReply Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("snapshot", 1);
        var message = new SnapshotReply(reader.List("snapshot.shards", MessageLimits.ShardsMax, ReadShard));
        reader.EndRecord(fields, 1);
        return message;
    }

    private static ShardSnapshot ReadShard(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("snapshot.shard", 4);
        var shard = new ShardSnapshot(
            (ushort)reader.Int32("snapshot.shard", 0, ushort.MaxValue),
            reader.Int64("snapshot.entries"),
            reader.Int64("snapshot.bytes"),
            reader.Int64("snapshot.micros"));
        reader.EndRecord(fields, 4);
        return shard;
    }
}
