using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>What errors call the fields of a <see cref="ShardRow"/>.</summary>
internal sealed class ShardRowNames(string record, string first, string second, string third)
{
    public string Record { get; } = record;

    public string Shard { get; } = $"{record}.shard";

    public string First { get; } = $"{record}.{first}";

    public string Second { get; } = $"{record}.{second}";

    public string Third { get; } = $"{record}.{third}";
}

/// <summary>A shard with three numbers of it: the form that lists by shard have on the wire.</summary>
internal readonly record struct ShardRow(ushort Shard, long First, long Second, long Third)
{
    private const int Fields = 4;

    public static void Write(ref MessagePackWriter writer, in ShardRow row)
    {
        writer.WriteArrayHeader(Fields);
        writer.Write(row.Shard);
        writer.Write(row.First);
        writer.Write(row.Second);
        writer.Write(row.Third);
    }

    public static ShardRow Read(ref BodyReader reader, ShardRowNames names)
    {
        var fields = reader.BeginRecord(names.Record, Fields);
        var row = new ShardRow(
            (ushort)reader.Int32(names.Shard, 0, ushort.MaxValue), reader.Int64(names.First),
            reader.Int64(names.Second), reader.Int64(names.Third));
        reader.EndRecord(fields, Fields);
        return row;
    }
}
