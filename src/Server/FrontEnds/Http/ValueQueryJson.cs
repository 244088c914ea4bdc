using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of query on values: places, lists of them, and what scores by them.</summary>
internal static class ValueQueryJson
{
    /// <summary>By name.</summary>
    public static readonly Dictionary<string, ReadQuery> Kinds = new(StringComparer.Ordinal)
    {
        ["terms"] = static (tree, body, where, depth) => ReadTerms(body, where),
        ["geo_distance"] = static (tree, body, where, depth) => ReadDistance(body, where),
        ["geo_bounding_box"] = static (tree, body, where, depth) => ReadBox(body, where),
        ["geo_polygon"] = static (tree, body, where, depth) => ReadPolygon(body, where),
        ["distance_feature"] = static (tree, body, where, depth) => ReadDistanceFeature(body, where),
        ["rank_feature"] = static (tree, body, where, depth) => ReadRankFeature(body, where),
        ["function_score"] = FunctionScoreJson.Read,
    };

    /// <summary>A number, date or place in a query, as the text that means it.</summary>
    public static string Origin(QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var origin)) return "";
        return origin.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? GeoJson.Point(origin, $"{members.Where}.{name}", coerce: false).ToString()
            : members.Text(name);
    }

    private static QueryNode ReadTerms(JsonElement body, string where)
    {
        var (field, members) = OfField(body, where);
        if (!members.TryGet(field, out var values)) throw QueryJson.Bad($"{where} names no field.");
        if (values.ValueKind == JsonValueKind.Object)
        {
            var lookup = new QueryMembers(values, $"{where}.{field}", "index", "id", "path");
            return new TermsLookupQuery(field, $"/{lookup.Text("index")}/{lookup.Text("id")}", lookup.Text("path"))
            {
                Boost = members.Boost(),
            };
        }

        var list = members.Texts(field);
        return list.Count <= TermsQuery.ValuesMax
            ? new TermsQuery(field, list) { Boost = members.Boost() }
            : throw QueryJson.Bad(
                $"{where}.{field} has {list.Count} values; at most {TermsQuery.ValuesMax} are allowed.");
    }

    private static GeoDistanceQuery ReadDistance(JsonElement body, string where)
    {
        var (field, members) = OfField(body, where, "distance", "unit", "distance_type", "validation_method");
        members.OneOf("distance_type", "arc");
        var unit = Unit(members);
        var text = members.Text("distance");
        var isBare = text.Length > 0 && !char.IsAsciiLetter(text[^1]);
        if (!GeoUnits.TryParse(text, out var metres))
        {
            throw QueryJson.Bad(
                $"{where}.distance is '{text}'; expected one such as 12km, in {GeoUnits.Names}, and not below 0.");
        }

        return new GeoDistanceQuery(field, PointOf(members, field), isBare ? metres * unit : metres)
        {
            Boost = members.Boost(),
        };
    }

    private static GeoBoxQuery ReadBox(JsonElement body, string where)
    {
        var (field, members) = OfField(body, where, "type", "validation_method");
        if (!members.TryGet(field, out var json)) throw QueryJson.Bad($"{where} names no field.");
        var coerce = GeoJson.Coerces(members);
        where = $"{where}.{field}";
        var box = new QueryMembers(
            json, where, "top_left", "bottom_right", "top_right", "bottom_left", "top", "left", "bottom", "right",
            "wkt");
        var (north, west, south, east) = EdgesOf(box, coerce);
        var (a, b) = (new GeoPoint(north, west), new GeoPoint(south, east));
        if (coerce) (a, b) = (a.Coerced(), b.Coerced());
        if (!a.IsValid || !b.IsValid)
        {
            throw QueryJson.Bad(
                $"{where} reaches from {a} to {b}; latitudes are -90 to 90, longitudes -180 to 180.");
        }

        return a.Latitude >= b.Latitude
            ? new GeoBoxQuery(field, a.Latitude, a.Longitude, b.Latitude, b.Longitude) { Boost = members.Boost() }
            : throw QueryJson.Bad($"{where} has its top, {a.Latitude}, below its bottom, {b.Latitude}.");
    }

    /// <summary>North, west, south, east, by two corners or by four numbers. A geohash means its whole cell.</summary>
    private static (double North, double West, double South, double East) EdgesOf(QueryMembers box, bool coerce)
    {
        if (box.TryGet("wkt", out _)) return OfEnvelope(box);
        if (box.TryGet("top", out _))
            return (box.Double("top"), box.Double("left"), box.Double("bottom"), box.Double("right"));
        var isFalling = box.TryGet("top_left", out var first);
        var (firstName, secondName) = isFalling ? ("top_left", "bottom_right") : ("top_right", "bottom_left");
        if ((!isFalling && !box.TryGet(firstName, out first)) || !box.TryGet(secondName, out var second))
        {
            throw QueryJson.Bad(
                $"{box.Where} needs top_left and bottom_right, or top_right and bottom_left, or top, left, bottom and "
                + "right.");
        }

        var a = CellOf(first, $"{box.Where}.{firstName}", coerce);
        var b = CellOf(second, $"{box.Where}.{secondName}", coerce);
        return isFalling
            ? (a.North, a.West, b.South, b.East)
            : (a.North, b.West, b.South, a.East);
    }

    private static (double North, double West, double South, double East) CellOf(
        JsonElement json, string where, bool coerce)
    {
        if (json.ValueKind == JsonValueKind.String
            && Geohash.TryCell(json.GetString(), out var southWest, out var northEast))
            return (northEast.Latitude, southWest.Longitude, southWest.Latitude, northEast.Longitude);
        var point = GeoJson.Point(json, where, coerce);
        return (point.Latitude, point.Longitude, point.Latitude, point.Longitude);
    }

    /// <summary><c>BBOX (west, east, north, south)</c>.</summary>
    private static (double North, double West, double South, double East) OfEnvelope(QueryMembers box)
    {
        var text = box.Text("wkt").Trim();
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open > 0 && text.EndsWith(')') && text[..open].Trim() is "BBOX" or "bbox" or "ENVELOPE" or "envelope")
        {
            var numbers = text[(open + 1)..^1].Split(',').Select(
                part => double.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var number)
                    ? number
                    : double.NaN).ToArray();
            if (numbers.Length == 4 && numbers.All(double.IsFinite))
                return (numbers[2], numbers[0], numbers[3], numbers[1]);
        }

        throw QueryJson.Bad($"{box.Where}.wkt is '{text}'; expected BBOX (west, east, north, south).");
    }

    private static GeoPolygonQuery ReadPolygon(JsonElement body, string where)
    {
        var (field, members) = OfField(body, where, "validation_method");
        if (!members.TryGet(field, out var json)) throw QueryJson.Bad($"{where} names no field.");
        where = $"{where}.{field}";
        var polygon = new QueryMembers(json, where, "points");
        if (!polygon.TryGet("points", out var points)) throw QueryJson.Bad($"{where} has no 'points'.");
        var corners = GeoJson.Points(points, $"{where}.points", GeoJson.Coerces(members));
        return corners.Count <= GeoPolygonQuery.CornersMax
            ? new GeoPolygonQuery(field, corners) { Boost = members.Boost() }
            : throw QueryJson.Bad(
                $"{where}.points has {corners.Count} corners; at most {GeoPolygonQuery.CornersMax} are allowed.");
    }

    private static DistanceFeatureQuery ReadDistanceFeature(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "field", "origin", "pivot", "boost");
        return new DistanceFeatureQuery(members.Text("field"), Origin(members, "origin"), members.Text("pivot"))
        {
            Boost = members.Boost(),
        };
    }

    private static RankFeatureQuery ReadRankFeature(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "field", "saturation", "log", "sigmoid", "linear", "boost");
        var field = members.Text("field");
        var shape = (FeatureShape?)null;
        var (pivot, exponent) = (1.0, 1.0);
        (string Name, FeatureShape Shape, string Pivot)[] shapes =
        [
            ("saturation", FeatureShape.Saturation, "pivot"), ("log", FeatureShape.Logarithm, "scaling_factor"),
            ("sigmoid", FeatureShape.Sigmoid, "pivot"), ("linear", FeatureShape.Linear, ""),
        ];
        foreach (var (name, kind, pivotName) in shapes)
        {
            if (!members.TryGet(name, out var json)) continue;
            if (shape is not null) throw QueryJson.Bad($"{where} has two functions; one is allowed.");
            shape = kind;
            var inner = new QueryMembers(json, $"{where}.{name}", pivotName, "exponent");
            if (pivotName.Length > 0) pivot = inner.Double(pivotName);
            exponent = inner.DoubleOrNull("exponent") ?? 1;
        }

        return shape is { } found
            ? new RankFeatureQuery(field, found, pivot, exponent) { Boost = members.Boost() }
            : throw QueryJson.Bad($"{where} has none of saturation, log, sigmoid and linear.");
    }

    private static GeoPoint PointOf(QueryMembers members, string field) =>
        members.TryGet(field, out var json)
            ? GeoJson.Point(json, $"{members.Where}.{field}", GeoJson.Coerces(members))
            : throw QueryJson.Bad($"{members.Where} names no field.");

    private static double Unit(QueryMembers members) =>
        members.TextOrNull("unit") is not { } unit ? 1
        : GeoUnits.TryUnit(unit, out var metres) ? metres
        : throw QueryJson.Bad($"{members.Where}.unit is '{unit}'; there are {GeoUnits.Names}.");

    /// <summary>An object whose one member of another name than the known ones is a field's.</summary>
    private static (string Field, QueryMembers Members) OfField(
        JsonElement body, string where, params ReadOnlySpan<string> known)
    {
        var field = "";
        if (body.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in body.EnumerateObject())
                if (field.Length == 0 && member.Name != "boost" && !known.Contains(member.Name)) field = member.Name;
        }

        return (field, new QueryMembers(body, where, [.. known, "boost", field]));
    }
}
