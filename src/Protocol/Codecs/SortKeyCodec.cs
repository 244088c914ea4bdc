using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>The keys of an order of hits.</summary>
internal static class SortKeyCodec
{
    private static readonly LaterFields<SortKey>[] Later =
    [
        new(
            5,
            static key => key.Mode is not null || key.Missing is not null || key.NumericType is not null
                || key.Distance is not null,
            WriteRules),
    ];

    public static void Write(ref MessagePackWriter writer, SortKey key)
    {
        var later = LaterFields<SortKey>.Begin(ref writer, key, 3, Later);
        writer.Write(key.Field);
        writer.Write(key.Descending);
        writer.Write(key.MissingFirst);
        LaterFields<SortKey>.WriteGroups(ref writer, key, Later, later);
    }

    public static SortKey Read(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("sort", 3);
        var key = new SortKey(
            reader.Text("sort.field", MessageLimits.FieldNameBytesMax),
            reader.Boolean("sort.descending"),
            reader.Boolean("sort.missingFirst"));
        if (fields > 7)
        {
            key = key with
            {
                Mode = reader.TryNil("sort.mode") ? null : Mode(ref reader, "sort.mode"),
                Missing = QueryNodeCodec.TextOrNull(ref reader, "sort.missing"),
                NumericType = reader.TryNil("sort.numericType")
                    ? null
                    : (SortNumbers)reader.Int32("sort.numericType", 0, (int)SortNumbers.Floating),
                Distance = ReadDistance(ref reader),
            };
        }

        reader.EndRecord(fields, fields > 7 ? 8 : 3);
        return key;
    }

    /// <summary>What several values count as.</summary>
    public static ValueMode Mode(ref BodyReader reader, string field) =>
        (ValueMode)reader.Int32(field, 0, (int)ValueMode.Median);

    private static void WriteRules(ref MessagePackWriter writer, SortKey key)
    {
        if (key.Mode is { } mode) writer.Write((byte)mode);
        else writer.WriteNil();
        writer.Write(key.Missing);
        if (key.NumericType is { } numbers) writer.Write((byte)numbers);
        else writer.WriteNil();
        ValueQueries.WritePoints(ref writer, key.Distance?.From ?? []);
        writer.Write(key.Distance?.UnitMetres ?? 1);
    }

    private static SortDistance? ReadDistance(ref BodyReader reader)
    {
        var points = ValueQueries.ReadPoints(ref reader, "sort.from", SortDistance.PointsMax);
        var unit = reader.Double("sort.unit");
        if (!(unit > 0)) BodyReader.Fail("sort.unit", $"{unit} is not above 0.");
        return points.Length == 0 ? null : new SortDistance(points, unit);
    }
}
