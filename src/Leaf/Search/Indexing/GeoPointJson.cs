using System.Text.Json;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Places in documents, in every notation that OpenSearch takes: <c>{"lat": 52.52, "lon": 13.41}</c>, <c>[13.41,
/// 52.52]</c> (longitude first), <c>"52.52,13.41"</c> (latitude first), <c>"POINT (13.41 52.52)"</c>, a geohash,
/// <c>{"type": "Point", "coordinates": [13.41, 52.52]}</c>, and lists of these.
/// </summary>
internal static class GeoPointJson
{
    private const string Forms = """
        {"lat": 52.52, "lon": 13.41}, [13.41, 52.52] (longitude first), 
        """ + GeoPoint.Forms + ", or an array of them";

    /// <summary>Reads a whole value; the reader stands on its first token, and then on its last.</summary>
    /// <param name="reader">Of the document.</param>
    /// <param name="field">The field: its name for messages, and which number of two stands first.</param>
    /// <param name="values">Takes the places, as their column holds them.</param>
    /// <returns>What is wrong, and what is allowed; null when nothing is.</returns>
    public static string? Read(ref Utf8JsonReader reader, FieldSchema field, List<long> values) =>
        Read(ref reader, field, values, mayBeList: true);

    private static string? Read(ref Utf8JsonReader reader, FieldSchema field, List<long> values, bool mayBeList)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return ReadText(reader.GetString()!, field, values);
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, field.Name, values);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, field, values, mayBeList);
            default:
                return Wrong(field.Name, "a bare number or boolean");
        }
    }

    private static string? ReadText(string text, FieldSchema field, List<long> values)
    {
        var comma = field.LongitudeFirst ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        var read = comma < 0 ? text : $"{text[(comma + 1)..].Trim()},{text[..comma].Trim()}";
        return GeoPoint.TryParse(read, out var point)
            ? Add(point, field.Name, values)
            : Wrong(field.Name, $"'{text}'");
    }

    /// <summary>A place by its numbers, or a list of places.</summary>
    private static string? ReadArray(ref Utf8JsonReader reader, FieldSchema field, List<long> values, bool mayBeList)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
        {
            return ReadNumbers(ref reader, out var point)
                ? Add(point, field.Name, values)
                : Wrong(field.Name, "an array of numbers that is not a longitude, a latitude and perhaps a height");
        }

        if (!mayBeList) return Wrong(field.Name, "an array within an array of arrays");
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
            if (Read(ref reader, field, values, mayBeList: false) is { } error) return error;
        return null;
    }

    /// <summary>Longitude, latitude, and a height that is passed over; stands on the first, then on the end.</summary>
    private static bool ReadNumbers(ref Utf8JsonReader reader, out GeoPoint point)
    {
        Span<double> numbers = stackalloc double[3];
        var count = 0;
        for (; reader.TokenType == JsonTokenType.Number && count < numbers.Length; reader.Read())
            reader.TryGetDouble(out numbers[count++]);
        point = new GeoPoint(numbers[1], numbers[0]);
        return count >= 2 && reader.TokenType == JsonTokenType.EndArray;
    }

    private static string? ReadObject(ref Utf8JsonReader reader, string field, List<long> values)
    {
        double? latitude = null, longitude = null;
        GeoPoint? point = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "lat" when Number(ref reader) is { } number:
                    latitude = number;
                    break;
                case "lon" when Number(ref reader) is { } number:
                    longitude = number;
                    break;
                case "type" when reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Point"u8):
                    break;
                case "coordinates" when reader.TokenType == JsonTokenType.StartArray:
                    reader.Read();
                    if (!ReadNumbers(ref reader, out var place)) return Wrong(field, "coordinates of no place");
                    point = place;
                    break;
                default:
                    return Wrong(field, $"an object with this '{name}'");
            }
        }

        if (latitude is { } lat && longitude is { } lon && point is null) point = new GeoPoint(lat, lon);
        return point is { } found ? Add(found, field, values) : Wrong(field, "an object without lat and lon");
    }

    private static double? Number(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.String when FieldValue.TryReadNumber(reader.GetString()!, out var number) => number,
        _ => null,
    };

    private static string? Add(GeoPoint point, string field, List<long> values)
    {
        if (!point.IsValid)
        {
            return $"field '{field}' holds places, and {point} is none; latitudes are -90 to 90, longitudes -180 to "
                + "180";
        }

        values.Add(GeoGrid.Encode(point));
        return null;
    }

    private static string Wrong(string field, string found) =>
        $"field '{field}' is of type {FieldType.GeoPoint}: it takes {Forms}, not {found}";
}
