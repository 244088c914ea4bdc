using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>A server's counters as MessagePack. Reading never throws; errors name the field.</summary>
public static class StatsCodec
{
    private static readonly ShardRowNames Names = new("shard", "entries", "entryBytes", "documents");

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
        foreach (var shard in message.Shards)
            ShardRow.Write(ref writer, new ShardRow(shard.Shard, shard.Entries, shard.EntryBytes, shard.Documents));
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
        var row = ShardRow.Read(ref reader, Names);
        return new ShardStats(row.Shard, row.First, row.Second, row.Third);
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
