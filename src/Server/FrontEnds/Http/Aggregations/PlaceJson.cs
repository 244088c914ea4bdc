using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of aggregation over places.</summary>
internal static class PlaceJson
{
    public static readonly KeyValuePair<string, ReadAggregation>[] Kinds =
    [
        new("geo_distance", ReadDistance),
        new("geohash_grid", static (name, body, where) => ReadGrid(name, body, where, GeoGridKind.Geohash, 5)),
        new("geotile_grid", static (name, body, where) => ReadGrid(name, body, where, GeoGridKind.Tile, 7)),
        new("geo_bounds", static (name, body, where) =>
        {
            var members = new QueryMembers(body, where, "field", "wrap_longitude");
            return new GeoBoundsAggregation
            {
                Name = name, Field = members.Text("field"), WrapsLongitude = members.Flag("wrap_longitude", true),
            };
        }),
        new("geo_centroid", static (name, body, where) => new GeoCentroidAggregation
        {
            Name = name, Field = new QueryMembers(body, where, "field").Text("field"),
        }),
    ];

    private static GeoDistanceAggregation ReadDistance(string name, JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "field", "origin", "unit", "distance_type", "ranges", "validation_method");
        members.OneOf("distance_type", "arc");
        if (!members.TryGet("origin", out var origin)) throw QueryJson.Bad($"{where} has no 'origin'.");
        var unit = members.TextOrNull("unit") ?? "m";
        if (!GeoUnits.TryUnit(unit, out var metres))
            throw QueryJson.Bad($"{where}.unit is '{unit}'; there are {GeoUnits.Names}.");
        return new GeoDistanceAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Origin = GeoJson.Point(origin, $"{where}.origin", GeoJson.Coerces(members)),
            UnitMetres = metres,
            Ranges = members.Ranges("ranges", static range => new DistanceRange(
                range.TextOrNull("key"), range.DoubleOrNull("from"), range.DoubleOrNull("to"))),
        };
    }

    private static GeoGridAggregation ReadGrid(
        string name, JsonElement body, string where, GeoGridKind kind, int standard)
    {
        var members = new QueryMembers(body, where, "field", "precision", "size");
        return new GeoGridAggregation
        {
            Name = name,
            Field = members.Text("field"),
            Grid = kind,
            Precision = members.Size("precision") ?? standard,
            Size = members.Size("size") ?? 10_000,
        };
    }
}
