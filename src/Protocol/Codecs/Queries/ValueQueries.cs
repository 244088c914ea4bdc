using MessagePack;

namespace Hedgerow.Protocol;

/// <summary>Kinds of query on values: places, lists of them, features, functions of the score. 30 to 39.</summary>
internal static class ValueQueries
{
    public static readonly NodeCodec[] All =
    [
        new NodeCodec<GeoDistanceQuery>(
            30, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                WritePoint(ref writer, node.Center);
                writer.Write(node.Metres);
            },
            static (ref reader, fields, depth) => new GeoDistanceQuery(
                QueryNodeCodec.Field(ref reader), ReadPoint(ref reader, "query.center"),
                reader.Double("query.metres"))),
        new NodeCodec<GeoBoxQuery>(
            31, 5,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.Write(node.North);
                writer.Write(node.West);
                writer.Write(node.South);
                writer.Write(node.East);
            },
            static (ref reader, fields, depth) => new GeoBoxQuery(
                QueryNodeCodec.Field(ref reader), reader.Double("query.north"), reader.Double("query.west"),
                reader.Double("query.south"), reader.Double("query.east"))),
        new NodeCodec<GeoPolygonQuery>(
            32, 2,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                WritePoints(ref writer, node.Corners);
            },
            static (ref reader, fields, depth) => new GeoPolygonQuery(
                QueryNodeCodec.Field(ref reader),
                ReadPoints(ref reader, "query.corners", GeoPolygonQuery.CornersMax))),
        new NodeCodec<TermsQuery>(
            33, 2,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                QueryNodeCodec.WriteTexts(ref writer, node.Values);
            },
            static (ref reader, fields, depth) => new TermsQuery(
                QueryNodeCodec.Field(ref reader),
                reader.Texts("query.values", TermsQuery.ValuesMax, MessageLimits.TermBytesMax))),
        new NodeCodec<FunctionScoreQuery>(34, 6, FunctionScoreCodec.Write, FunctionScoreCodec.Read),
        new NodeCodec<DistanceFeatureQuery>(
            35, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.Write(node.Origin);
                writer.Write(node.Pivot);
            },
            static (ref reader, fields, depth) => new DistanceFeatureQuery(
                QueryNodeCodec.Field(ref reader), QueryNodeCodec.Text(ref reader, "query.origin"),
                QueryNodeCodec.Text(ref reader, "query.pivot"))),
        new NodeCodec<RankFeatureQuery>(
            36, 4,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.Write((byte)node.Shape);
                writer.Write(node.Pivot);
                writer.Write(node.Exponent);
            },
            static (ref reader, fields, depth) => new RankFeatureQuery(
                QueryNodeCodec.Field(ref reader),
                (FeatureShape)reader.Int32("query.shape", 0, (int)FeatureShape.Linear),
                reader.Double("query.pivot"),
                reader.Double("query.exponent"))),
        new NodeCodec<TermsLookupQuery>(
            37, 3,
            static (ref writer, node, depth) =>
            {
                writer.WriteText(node.Field);
                writer.WriteText(node.Document);
                writer.WriteText(node.Member);
            },
            static (ref reader, fields, depth) => new TermsLookupQuery(
                QueryNodeCodec.Field(ref reader),
                reader.Text("query.document", ProtocolLimits.PathBytesMax),
                reader.Text("query.member", MessageLimits.FieldNameBytesMax))),
        new NodeCodec<IdsQuery>(
            38, 1,
            static (ref writer, node, depth) => QueryNodeCodec.WriteTexts(ref writer, node.Ids),
            static (ref reader, fields, depth) => new IdsQuery(
                reader.Texts("query.ids", PathsQuery.PathsMax, ProtocolLimits.PathBytesMax))),
    ];

    public static void WritePoint(ref MessagePackWriter writer, GeoPoint point)
    {
        writer.WriteArrayHeader(2);
        writer.Write(point.Latitude);
        writer.Write(point.Longitude);
    }

    public static void WritePoints(ref MessagePackWriter writer, IReadOnlyList<GeoPoint> points)
    {
        writer.WriteArrayHeader(points.Count);
        for (var i = 0; i < points.Count; i++) WritePoint(ref writer, points[i]);
    }

    public static GeoPoint[] ReadPoints(ref BodyReader reader, string field, int most)
    {
        var points = new GeoPoint[reader.Count(field, most)];
        for (var i = 0; i < points.Length; i++) points[i] = ReadPoint(ref reader, field);
        return points;
    }

    private static GeoPoint ReadPoint(ref BodyReader reader, string field)
    {
        var fields = reader.BeginRecord(field, 2);
        var point = new GeoPoint(reader.Double(field), reader.Double(field));
        reader.EndRecord(fields, 2);
        if (!point.IsValid)
            BodyReader.Fail(field, $"{point} is no place; latitudes are -90 to 90, longitudes -180 to 180.");
        return point;
    }
}
