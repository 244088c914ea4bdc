using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Writes an aggregation's own fields, which the record has been opened for.</summary>
internal delegate void WriteAggregation<in T>(ref MessagePackWriter writer, T aggregation)
    where T : Aggregation;

/// <summary>Reads an aggregation's own fields; name and what is within are set afterwards.</summary>
internal delegate Aggregation ReadAggregation(ref BodyReader reader);

/// <summary>How one kind of aggregation is written and read.</summary>
/// <param name="Kind">1 to 255, on the wire for ever.</param>
/// <param name="Fields">Of its own.</param>
/// <param name="Read">Reads them.</param>
internal abstract record AggregationKind(int Kind, int Fields, ReadAggregation Read)
{
    public abstract Type Type { get; }

    public abstract void Write(ref MessagePackWriter writer, Aggregation aggregation);
}

/// <summary>See <see cref="AggregationKind"/>.</summary>
internal sealed record AggregationKind<T>(int Kind, int Fields, WriteAggregation<T> Own, ReadAggregation Read)
    : AggregationKind(Kind, Fields, Read)
    where T : Aggregation
{
    public override Type Type => typeof(T);

    public override void Write(ref MessagePackWriter writer, Aggregation aggregation) =>
        Own(ref writer, (T)aggregation);
}

/// <summary>
/// The aggregations of a request: each is an array of its kind, its name, those within, and the kind's own fields. The
/// limits of <see cref="AggregationLimits"/> on count, depth and names are enforced on read.
/// </summary>
internal static class AggregationCodec
{
    private static readonly AggregationKind[] Kinds = [.. BucketKinds.All, .. NumberKinds.All, .. GeoKinds.All];

    private static readonly Dictionary<Type, AggregationKind> ByType = Kinds.ToDictionary(kind => kind.Type);

    private static readonly Dictionary<int, AggregationKind> ByKind = Kinds.ToDictionary(kind => kind.Kind);

    public static void Write(ref MessagePackWriter writer, IReadOnlyList<Aggregation> aggregations, int depth = 1)
    {
        if (depth > AggregationLimits.DepthMax + 1)
        {
            throw new ArgumentException(
                $"Aggregations are deeper than {AggregationLimits.DepthMax}.", nameof(aggregations));
        }

        writer.WriteArrayHeader(aggregations.Count);
        for (var i = 0; i < aggregations.Count; i++)
        {
            var kind = ByType[aggregations[i].GetType()];
            writer.WriteArrayHeader(3 + kind.Fields);
            writer.Write(kind.Kind);
            writer.Write(aggregations[i].Name);
            Write(ref writer, aggregations[i].Within, depth + 1);
            kind.Write(ref writer, aggregations[i]);
        }
    }

    public static Aggregation[] Read(ref BodyReader reader)
    {
        var left = AggregationLimits.CountMax;
        return Read(ref reader, 1, ref left);
    }

    /// <summary>The aggregation of a source: it has a name and nothing within.</summary>
    public static Aggregation ReadOne(ref BodyReader reader)
    {
        var left = 1;
        var all = Read(ref reader, AggregationLimits.DepthMax, ref left);
        if (all.Length != 1) BodyReader.Fail("composite.source", $"{all.Length} aggregations; there has to be one.");
        return all[0];
    }

    public static string Field(ref BodyReader reader) =>
        reader.Text("aggregation.field", MessageLimits.FieldNameBytesMax);

    /// <summary>A number or nil.</summary>
    public static double? NumberOrNil(ref BodyReader reader, string field) =>
        reader.TryNil(field) ? null : reader.Double(field);

    public static void WriteOrNil(ref MessagePackWriter writer, double? number)
    {
        if (number is { } value) writer.Write(value);
        else writer.WriteNil();
    }

    private static Aggregation[] Read(ref BodyReader reader, int depth, ref int left)
    {
        var count = reader.Count("aggregations", AggregationLimits.CountMax);
        if (count == 0) return [];
        if (depth > AggregationLimits.DepthMax)
            BodyReader.Fail("aggregations", $"within each other more than {AggregationLimits.DepthMax} times.");
        if ((left -= count) < 0)
            BodyReader.Fail("aggregations", $"more than {AggregationLimits.CountMax} in one request.");
        var read = new Aggregation[count];
        for (var i = 0; i < count; i++) read[i] = ReadAny(ref reader, depth, ref left);
        return read;
    }

    private static Aggregation ReadAny(ref BodyReader reader, int depth, ref int left)
    {
        var fields = reader.BeginRecord("aggregation", 3);
        var number = reader.Int32("aggregation.kind", 0, byte.MaxValue);
        if (!ByKind.TryGetValue(number, out var kind))
        {
            BodyReader.Fail(
                "aggregation.kind", $"{number} is not known; {string.Join(", ", ByKind.Keys.Order())} are.");
        }

        var name = reader.Text("aggregation.name", 4 * AggregationLimits.NameCharsMax);
        var within = Read(ref reader, depth + 1, ref left);
        if (fields - 3 < kind.Fields)
            BodyReader.Fail("aggregation", $"kind {number} has {fields - 3} fields; {kind.Fields} are needed.");
        var own = kind.Read(ref reader);
        reader.EndRecord(fields, 3 + kind.Fields);
        return own with { Name = name, Within = within };
    }
}
