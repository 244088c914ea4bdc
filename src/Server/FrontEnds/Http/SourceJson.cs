using System.Text.Json;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Which parts of documents a search returns: true, false, a list of names and patterns, or an object with
/// <c>includes</c> and <c>excludes</c>.
/// </summary>
internal readonly record struct SourceJson(
    bool IsWanted, IReadOnlyList<string> Includes, IReadOnlyList<string> Excludes)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ApiException">BadRequest: it is something else.</exception>
    public static SourceJson Read(JsonElement? json)
    {
        switch (json?.ValueKind)
        {
            case null or JsonValueKind.Null or JsonValueKind.True:
                return new SourceJson(true, [], []);
            case JsonValueKind.False:
                return new SourceJson(false, [], []);
            case JsonValueKind.Array:
                return new SourceJson(true, Names(json.Value, json.Value), []);
            case JsonValueKind.Object when json.Value.EnumerateObject().All(m => m.Name is "includes" or "excludes"):
                return new SourceJson(true, Member(json.Value, "includes"), Member(json.Value, "excludes"));
            default:
                throw Wrong(json.Value);
        }
    }

    private static string[] Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) ? Names(list, json) : [];

    private static string[] Names(JsonElement list, JsonElement whole) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(f => f.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(f => f.GetString()!)]
            : throw Wrong(whole);

    private static ApiException Wrong(JsonElement json) => ApiException.BadRequest(
        $"source is {json.GetRawText()}; allowed are true, false, a list of field names, and an object of such lists, "
        + "includes and excludes.");
}
