using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>The fields that shards of a dynamic collection have, as parts of requests and answers.</summary>
internal static class KnownFieldsCodec
{
    private const string Field = "known fields";

    /// <summary>What a router knows; nil where it knows nothing.</summary>
    public static void Write(ref MessagePackWriter writer, KnownFields? known)
    {
        if (known is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(2);
        writer.Write(known.Names);
        Write(ref writer, known.Fields);
    }

    /// <summary>The fields that a shard has; nil where they are as the router knows them.</summary>
    public static void Write(ref MessagePackWriter writer, IReadOnlyList<KnownField>? fields)
    {
        if (fields is null)
        {
            writer.WriteNil();
            return;
        }

        writer.WriteArrayHeader(fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            writer.WriteArrayHeader(2);
            writer.Write(fields[i].Name);
            writer.Write((byte)fields[i].Type);
        }
    }

    /// <summary>Reads what a router knows.</summary>
    public static KnownFields? Read(ref BodyReader reader)
    {
        if (reader.TryNil(Field)) return null;
        var fields = reader.BeginRecord(Field, 2);
        var known = new KnownFields(
            reader.UInt64(Field), reader.List(Field, KnownFields.FieldsMax, ReadField));
        reader.EndRecord(fields, 2);
        return known;
    }

    /// <summary>Reads the fields that a shard has.</summary>
    public static IReadOnlyList<KnownField>? ReadFields(ref BodyReader reader) =>
        reader.TryNil(Field) ? null : reader.List(Field, KnownFields.FieldsMax, ReadField);

    private static KnownField ReadField(ref BodyReader reader)
    {
        var fields = reader.BeginRecord(Field, 2);
        var field = new KnownField(
            reader.Text(Field, MessageLimits.FieldNameBytesMax),
            (FieldType)reader.Int32(Field, 0, byte.MaxValue));
        reader.EndRecord(fields, 2);
        return field;
    }
}
