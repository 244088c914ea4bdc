using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// <c>docvalue_fields</c>, and <c>fields</c> beside a query tree: names and patterns, each a text or an object with
/// <c>field</c>, as OpenSearch has them.
/// </summary>
internal static class ValueFieldsJson
{
    /// <summary>Reads them; none where nothing was sent.</summary>
    /// <exception cref="ApiException">BadRequest: it is something else.</exception>
    public static IReadOnlyList<string> Read(JsonElement? json)
    {
        if (json is not { } list || list.ValueKind == JsonValueKind.Null) return [];
        if (list.ValueKind != JsonValueKind.Array) throw Wrong(list);
        string[] names = [.. list.EnumerateArray().Select(name => Name(name, list))];
        return names.Length <= CollectionSchema.FieldsMax
            ? names
            : throw ApiException.BadRequest(
                $"docvalue_fields has {names.Length} names; at most {CollectionSchema.FieldsMax} are allowed.");
    }

    private static string Name(JsonElement name, JsonElement list) => name.ValueKind switch
    {
        JsonValueKind.String => name.GetString()!,
        JsonValueKind.Object when name.EnumerateObject().All(member => member.Name == "field")
            && name.TryGetProperty("field", out var field) && field.ValueKind == JsonValueKind.String =>
            field.GetString()!,
        _ => throw Wrong(list),
    };

    private static ApiException Wrong(JsonElement list) => ApiException.BadRequest(
        $"docvalue_fields is {list.GetRawText()}; allowed is a list of names, or of objects with 'field'.");
}
