using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>A server's counters as MessagePack. Reading never throws; errors name the field.</summary>
public static class StatsCodec
{
    /// <summary>Writes a reading.</summary>
    public static void Write(IBufferWriter<byte> output, StatsReply message)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(6);
        writer.Write(message.Name);
        writer.Write(message.Role);
        writer.Write(message.State);
        writer.Write(message.Epoch);
        writer.WriteArrayHeader(message.Shards.Count);
        for (var i = 0; i < message.Shards.Count; i++)
        {
            var shard = message.Shards[i];
            writer.WriteArrayHeader(4);
            writer.Write(shard.Shard);
            writer.Write(shard.Entries);
            writer.Write(shard.EntryBytes);
            writer.Write(shard.Documents);
        }

        writer.WriteMapHeader(message.Counters.Count);
        foreach (var (name, value) in message.Counters)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Flush();
    }

    /// <summary>Reads a reading.</summary>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out StatsReply? message, out string? error) =>
        BodyReader.TryRead(body, Read, out message, out error);

    private static StatsReply Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("stats", 6);
        var message = new StatsReply
        {
            Name = reader.Text("stats.name", MessageLimits.NameBytesMax),
            Role = reader.Text("stats.role", MessageLimits.NameBytesMax),
            State = reader.Text("stats.state", MessageLimits.NameBytesMax),
            Epoch = reader.UInt32("stats.epoch"),
            Shards = reader.List("stats.shards", MessageLimits.ShardsMax, ReadShard),
            Counters = ReadCounters(ref reader),
        };
        reader.EndRecord(fields, 6);
        return message;
    }

    private static ShardStats ReadShard(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("shard", 4);
        var shard = new ShardStats(
            (ushort)reader.Int32("shard.shard", 0, ushort.MaxValue),
            reader.Int64("shard.entries"),
            reader.Int64("shard.entryBytes"),
            reader.Int64("shard.documents"));
        reader.EndRecord(fields, 4);
        return shard;
    }

    private static Dictionary<string, long> ReadCounters(ref BodyReader reader)
    {
        var count = reader.MapCount("stats.counters", MessageLimits.CountersMax);
        var counters = new Dictionary<string, long>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var name = reader.Text("stats.counters.name", MessageLimits.FieldNameBytesMax);
            var value = reader.Int64("stats.counters.value", long.MinValue);
            if (!counters.TryAdd(name, value)) BodyReader.Fail("stats.counters", $"{name} is there twice.");
        }

        return counters;
    }
}
