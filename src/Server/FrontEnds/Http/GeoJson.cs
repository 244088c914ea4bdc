using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Places in queries and orders, in the notations of OpenSearch: <c>{"lat": 52.5, "lon": 13.4}</c>, <c>[13.4,
/// 52.5]</c>, and the texts that <see cref="GeoPoint"/> reads.
/// </summary>
internal static class GeoJson
{
    /// <summary>A place.</summary>
    /// <param name="json">What stands there.</param>
    /// <param name="where">Where, for messages.</param>
    /// <param name="coerce">Whether what is out of bounds is brought back in, instead of being an error.</param>
    public static GeoPoint Point(JsonElement json, string where, bool coerce)
    {
        var point = json.ValueKind switch
        {
            JsonValueKind.String => OfText(json.GetString()!),
            JsonValueKind.Array => OfNumbers(json),
            JsonValueKind.Object => OfMembers(json, where),
            _ => null,
        };
        if (point is not { } found)
        {
            throw QueryJson.Bad(
                $"{where} is {json.GetRawText()}, which is no place; expected {{\"lat\":52.52,\"lon\":13.41}}, "
                + $"[13.41,52.52] (longitude first), {GeoPoint.Forms}.");
        }

        if (coerce) found = found.Coerced();
        return found.IsValid
            ? found
            : throw QueryJson.Bad(
                $"{where} is {found}, which is no place; latitudes are -90 to 90, longitudes -180 to 180. With "
                + "validation_method COERCE they go round.");
    }

    /// <summary>A list of places, or a single one.</summary>
    public static List<GeoPoint> Points(JsonElement json, string where, bool coerce)
    {
        // Two numbers are one place.
        var isList = json.ValueKind == JsonValueKind.Array && json.EnumerateArray().All(
            item => item.ValueKind != JsonValueKind.Number);
        if (!isList) return [Point(json, where, coerce)];
        var points = new List<GeoPoint>();
        foreach (var item in json.EnumerateArray()) points.Add(Point(item, $"{where}[{points.Count}]", coerce));
        return points;
    }

    /// <summary>Whether validation_method is COERCE; STRICT where it is missing.</summary>
    public static bool Coerces(QueryMembers members) =>
        members.Choice("validation_method", "strict", "coerce") == "coerce";

    private static GeoPoint? OfText(string text)
    {
        if (GeoPoint.TryParse(text, out var point)) return point;
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !TryNumber(text[..comma], out var latitude)) return null;
        return TryNumber(text[(comma + 1)..], out var longitude) ? new GeoPoint(latitude, longitude) : null;
    }

    private static GeoPoint? OfNumbers(JsonElement json)
    {
        var count = json.GetArrayLength();
        if (count is not (2 or 3)) return null;
        foreach (var item in json.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number) return null;
        return new GeoPoint(json[1].GetDouble(), json[0].GetDouble());
    }

    private static GeoPoint OfMembers(JsonElement json, string where)
    {
        var members = new QueryMembers(json, where, "lat", "lon");
        return new GeoPoint(members.Double("lat"), members.Double("lon"));
    }

    private static bool TryNumber(string text, out double number) => double.TryParse(
        text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out number);
}
