using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of aggregation over places.</summary>
internal static class GeoKinds
{
    private const string None = "";

    public static readonly AggregationKind[] All =
    [
        new AggregationKind<GeoDistanceAggregation>(
            11, 4,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                Write(ref writer, it.Origin);
                writer.Write(it.UnitMetres);
                writer.WriteArrayHeader(it.Ranges.Count);
                for (var i = 0; i < it.Ranges.Count; i++)
                {
                    writer.WriteArrayHeader(3);
                    writer.Write(it.Ranges[i].Key);
                    AggregationCodec.WriteOrNil(ref writer, it.Ranges[i].From);
                    AggregationCodec.WriteOrNil(ref writer, it.Ranges[i].To);
                }
            },
            static (ref reader) => new GeoDistanceAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Origin = ReadPoint(ref reader),
                UnitMetres = reader.Double("geoDistance.unit"),
                Ranges = reader.List("geoDistance.ranges", AggregationLimits.RowsMax, ReadRange),
            }),
        new AggregationKind<GeoGridAggregation>(
            12, 4,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write((byte)it.Grid);
                writer.Write(it.Precision);
                writer.Write(it.Size);
            },
            static (ref reader) => new GeoGridAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                Grid = (GeoGridKind)reader.Int32("geoGrid.kind", 1, (int)GeoGridKind.Tile),
                Precision = reader.Int32("geoGrid.precision"),
                Size = reader.Int32("geoGrid.size"),
            }),
        new AggregationKind<GeoBoundsAggregation>(
            25, 2,
            static (ref writer, it) =>
            {
                writer.Write(it.Field);
                writer.Write(it.WrapsLongitude);
            },
            static (ref reader) => new GeoBoundsAggregation
            {
                Name = None,
                Field = AggregationCodec.Field(ref reader),
                WrapsLongitude = reader.Boolean("geoBounds.wraps"),
            }),
        new AggregationKind<GeoCentroidAggregation>(
            26, 1, static (ref writer, it) => writer.Write(it.Field),
            static (ref reader) => new GeoCentroidAggregation
            {
                Name = None, Field = AggregationCodec.Field(ref reader),
            }),
    ];

    /// <summary>A place, as two numbers.</summary>
    public static void Write(ref MessagePackWriter writer, GeoPoint point)
    {
        writer.WriteArrayHeader(2);
        writer.Write(point.Latitude);
        writer.Write(point.Longitude);
    }

    /// <summary>A place.</summary>
    public static GeoPoint ReadPoint(ref BodyReader reader)
    {
        var (latitude, longitude) = ReadPair(ref reader, "place");
        return new GeoPoint(latitude, longitude);
    }

    public static void Write(ref MessagePackWriter writer, PlacesPart part)
    {
        writer.Write(part.South);
        writer.Write(part.North);
        Write(ref writer, part.Western);
        Write(ref writer, part.Eastern);
        writer.Write(part.Rows);
        writer.Write(part.Columns);
    }

    public static PlacesPart ReadPlaces(ref BodyReader reader) => new(reader.Int64("places.count"))
    {
        South = reader.Double("places.south"),
        North = reader.Double("places.north"),
        Western = ReadLongitudes(ref reader),
        Eastern = ReadLongitudes(ref reader),
        Rows = reader.UInt64("places.rows"),
        Columns = reader.UInt64("places.columns"),
    };

    private static void Write(ref MessagePackWriter writer, LongitudeRange? range)
    {
        if (range is { } found) Write(ref writer, new GeoPoint(found.West, found.East));
        else writer.WriteNil();
    }

    private static LongitudeRange? ReadLongitudes(ref BodyReader reader)
    {
        if (reader.TryNil("places.longitudes")) return null;
        var (west, east) = ReadPair(ref reader, "places.longitudes");
        return new LongitudeRange(west, east);
    }

    private static (double First, double Second) ReadPair(ref BodyReader reader, string field)
    {
        var fields = reader.BeginRecord(field, 2);
        var pair = (reader.Double(field), reader.Double(field));
        reader.EndRecord(fields, 2);
        return pair;
    }

    private static DistanceRange ReadRange(ref BodyReader reader)
    {
        var fields = reader.BeginRecord("ring", 3);
        var range = new DistanceRange(
            reader.TextOrNull("ring.key", MessageLimits.FieldNameBytesMax),
            AggregationCodec.NumberOrNil(ref reader, "ring.from"), AggregationCodec.NumberOrNil(ref reader, "ring.to"));
        reader.EndRecord(fields, 3);
        return range;
    }
}
