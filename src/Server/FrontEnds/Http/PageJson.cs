using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.Config;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Where a page begins: <c>search_after</c> is a list of the last hit's sort values, one for each key of the request
/// (of its score, where there is none), and perhaps its path behind them.
/// </summary>
internal static class PageJson
{
    /// <summary>Reads it; null where nothing was sent.</summary>
    /// <exception cref="ApiException">BadRequest: it is something else.</exception>
    public static SearchAfter? Read(JsonElement? json, IReadOnlyList<SortKey> sort)
    {
        if (json is not { } list || list.ValueKind == JsonValueKind.Null) return null;
        var keys = Math.Max(1, sort.Count);
        var count = list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : -1;
        if (count != keys && count != keys + 1) throw Wrong(list, keys);
        var values = new SortValue[keys];
        for (var i = 0; i < keys; i++) values[i] = Value(list[i], list, keys);
        if (count == keys) return new SearchAfter(values, null);
        return list[keys].ValueKind == JsonValueKind.String
            ? new SearchAfter(values, list[keys].GetString())
            : throw Wrong(list, keys);
    }

    /// <summary>How long to keep a point in time.</summary>
    /// <exception cref="ApiException">BadRequest: it is no duration.</exception>
    public static TimeSpan? KeepAlive(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return Quantities.TryParseDuration(text, out var duration) && duration >= TimeSpan.FromMilliseconds(1)
            ? duration
            : throw ApiException.BadRequest($"keepAlive is '{text}'; allowed is a duration from 1ms, such as 1m.");
    }

    /// <summary>A request's hits with all that <c>search_after</c> takes: the path behind their values.</summary>
    public static IReadOnlyList<SortValue> Place(SearchHit hit) =>
        [.. SearchAfter.Of(hit).Values, SortValue.Of(hit.Path)];

    private static SortValue Value(JsonElement value, JsonElement list, int keys) => value.ValueKind switch
    {
        JsonValueKind.Null => default,
        JsonValueKind.String => SortValue.Of(value.GetString()!),
        JsonValueKind.True => SortValue.Of(1L),
        JsonValueKind.False => SortValue.Of(0L),
        JsonValueKind.Number when value.TryGetInt64(out var whole) => SortValue.Of(whole),
        JsonValueKind.Number => SortValue.Of(value.GetDouble()),
        _ => throw Wrong(list, keys),
    };

    private static ApiException Wrong(JsonElement list, int keys) => ApiException.BadRequest(
        $"search_after is {list.GetRawText()}; it takes the last hit's sort values, {keys} of them, and perhaps its "
        + "path behind them.");
}
