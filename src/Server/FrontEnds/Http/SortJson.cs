using System.Buffers;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Orders of hits: a list of names, <c>"price"</c>, <c>{"price":"desc"}</c>, or
/// <c>{"price":{"order":"desc","missing":"first"}}</c>, <c>{"_geo_distance":{"place":"52.5,13.4","unit":"km"}}</c>; in
/// a URL <c>price:desc,_path</c>.
/// </summary>
internal static class SortJson
{
    private const string Allowed =
        "allowed are a name, {\"name\":\"asc\"}, {\"name\":{\"order\":\"desc\",\"missing\":\"first\"}}, and "
        + "a list of them";

    /// <summary>Reads them; none where nothing was sent.</summary>
    /// <exception cref="ApiException">BadRequest: it is something else.</exception>
    public static IReadOnlyList<SortKey> Read(JsonElement? json)
    {
        if (json is not { } sort || sort.ValueKind == JsonValueKind.Null) return [];
        if (sort.ValueKind != JsonValueKind.Array) return [ReadKey(sort)];
        return sort.GetArrayLength() <= SortKey.KeysMax
            ? [.. sort.EnumerateArray().Select(ReadKey)]
            : throw ApiException.BadRequest(
                $"sort has {sort.GetArrayLength()} keys; at most {SortKey.KeysMax} are allowed.");
    }

    /// <summary>The JSON of a URL's parameter.</summary>
    public static JsonElement OfText(string text)
    {
        var keys = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return JsonSerializer.SerializeToElement(keys, ApiJson.Wire.StringArray);
    }

    /// <summary>The values of a hit as a list; null where there are none.</summary>
    public static RawJson? Write(IReadOnlyList<SortValue> values)
    {
        if (values.Count == 0) return null;
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartArray();
        foreach (var value in values) Write(writer, value);
        writer.WriteEndArray();
        writer.Flush();
        return new RawJson(output.WrittenMemory);
    }

    /// <summary>One value.</summary>
    public static RawJson Write(SortValue value)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        Write(writer, value);
        writer.Flush();
        return new RawJson(output.WrittenMemory);
    }

    private static void Write(Utf8JsonWriter writer, SortValue value)
    {
        if (value.Whole is { } whole) writer.WriteNumberValue(whole);
        else if (value.Number is { } number) writer.WriteNumberValue(number);
        else if (value.Text is { } text) writer.WriteStringValue(text);
        else writer.WriteNullValue();
    }

    private static SortKey ReadKey(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) return OfName(json.GetString()!, json);
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() != 1) throw Wrong(json);
        var member = json.EnumerateObject().First();
        if (member.Value.ValueKind == JsonValueKind.String)
            return new SortKey(member.Name, IsDescending(member.Value, json));
        if (member.Value.ValueKind != JsonValueKind.Object) throw Wrong(json);
        return member.Name == "_geo_distance"
            ? OfDistance(member.Value)
            : OfOptions(new QueryMembers(
                member.Value, $"sort.{member.Name}", "order", "missing", "mode", "numeric_type"), member.Name);
    }

    /// <summary>What several values count as; null where it is not said.</summary>
    public static ValueMode? Mode(QueryMembers members, string name) => members.TryGet(name, out _)
        ? (ValueMode)members.OneOf(name, "min", "max", "avg", "sum", "median")
        : null;

    private static SortKey OfOptions(QueryMembers members, string name)
    {
        var missing = members.TextOrNull("missing");
        var isPlace = missing is null or "first" or "_first" or "last" or "_last";
        return new SortKey(name, IsDescending(members, name == SortKey.Score), missing is "first" or "_first")
        {
            Missing = isPlace ? null : missing,
            Mode = Mode(members, "mode"),
            NumericType = members.TextOrNull("numeric_type") is null
                ? null
                : members.OneOf("numeric_type", "double", "long", "date") == 0
                    ? SortNumbers.Floating
                    : SortNumbers.Whole,
        };
    }

    /// <summary>The one member of no other name is the field and the places.</summary>
    private static SortKey OfDistance(JsonElement json)
    {
        string[] known = ["order", "mode", "unit", "missing", "distance_type", "validation_method"];
        var field = json.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name));
        var members = new QueryMembers(json, "sort._geo_distance", [.. known, field ?? ""]);
        if (field is null) throw ApiException.BadRequest("sort._geo_distance names no field.");
        members.OneOf("distance_type", "arc");
        members.TryGet(field, out var places);
        var from = GeoJson.Points(places, $"sort._geo_distance.{field}", GeoJson.Coerces(members));
        var unit = members.TextOrNull("unit") ?? "m";
        if (!GeoUnits.TryUnit(unit, out var metres))
            throw ApiException.BadRequest($"sort._geo_distance.unit is '{unit}'; there are {GeoUnits.Names}.");
        var missingFirst = members.OneOf("missing", "_last", "_first", "last", "first") % 2 == 1;
        return new SortKey(field, IsDescending(members, false), missingFirst)
        {
            Mode = Mode(members, "mode"),
            Distance = new SortDistance(from, metres),
        };
    }

    private static bool IsDescending(QueryMembers members, bool standard) =>
        members.TryGet("order", out _) ? members.Choice("order", "asc", "desc") == "desc" : standard;

    /// <summary>A name, perhaps with its direction behind a colon. The score is highest first unless told.</summary>
    private static SortKey OfName(string name, JsonElement json)
    {
        var colon = name.LastIndexOf(':');
        if (colon < 0) return new SortKey(name, name == SortKey.Score);
        return name[(colon + 1)..] switch
        {
            "asc" => new SortKey(name[..colon], false),
            "desc" => new SortKey(name[..colon], true),
            _ => throw Wrong(json),
        };
    }

    private static bool IsDescending(JsonElement order, JsonElement whole) => order.ToString() switch
    {
        "asc" => false,
        "desc" => true,
        _ => throw Wrong(whole),
    };

    private static ApiException Wrong(JsonElement json) =>
        ApiException.BadRequest($"A sort key is {json.GetRawText()}; {Allowed}.");
}
