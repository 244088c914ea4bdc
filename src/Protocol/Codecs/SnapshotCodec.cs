using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>What a snapshot wrote, as MessagePack. Reading never throws; errors name the field.</summary>
public static class SnapshotCodec
{
    private static readonly ShardRowNames Names = new("snapshot.shard", "entries", "bytes", "micros");

    /// <summary>Writes an answer.</summary>
    public static void Write(IBufferWriter<byte> output, SnapshotReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(1);
        writer.WriteArrayHeader(message.Shards.Count);
        foreach (var shard in message.Shards)
            ShardRow.Write(ref writer, new ShardRow(shard.Shard, shard.Entries, shard.Bytes, shard.Micros));
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
        var row = ShardRow.Read(ref reader, Names);
        return new ShardSnapshot(row.Shard, row.First, row.Second, row.Third);
    }
}
