using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// <c>collapse</c>, as OpenSearch has it: <c>{"field":"colour","inner_hits":{"name":"cheap","size":3,"sort":…}}</c>,
/// the inner hits one or a list.
/// </summary>
internal static class CollapseJson
{
    /// <summary>Reads it; null where nothing was sent.</summary>
    /// <exception cref="ApiException">BadRequest or BadQuery: it is something else.</exception>
    public static Collapse? Read(JsonElement? json)
    {
        if (json is not { } body || body.ValueKind == JsonValueKind.Null) return null;
        var members = QueryMembers.OfValue(body, "collapse", "field", "field", "inner_hits");
        var collapse = new Collapse(members.Text("field"));
        if (body.ValueKind != JsonValueKind.Object || !members.TryGet("inner_hits", out var inner)) return collapse;
        var rows = inner.ValueKind == JsonValueKind.Array ? inner.EnumerateArray().ToArray() : [inner];
        if (rows.Length > Collapse.InnerMax)
        {
            throw ApiException.BadRequest(
                $"collapse.inner_hits has {rows.Length} kinds; at most {Collapse.InnerMax} are allowed.");
        }

        return collapse with { InnerHits = [.. rows.Select(row => ReadInner(row, collapse.Field))] };
    }

    /// <summary>The inner hits of a hit by their names; null where there are none.</summary>
    public static IReadOnlyDictionary<string, InnerAnswer>? Write(SearchRequest request, SearchHit hit)
    {
        if (hit.InnerHits.Count == 0) return null;
        var answers = new Dictionary<string, InnerAnswer>(StringComparer.Ordinal);
        foreach (var (index, group) in hit.InnerHits.Index())
        {
            var own = request with { Sort = request.Collapse!.InnerHits[index].Sort, Collapse = null };
            answers[group.Name] = new InnerAnswer(group.Total, [.. group.Hits.Select(h => SearchJson.Hit(own, h))]);
        }

        return answers;
    }

    private static InnerHits ReadInner(JsonElement row, string field)
    {
        var members = new QueryMembers(row, "collapse.inner_hits", "name", "size", "sort");
        var size = members.Int("size", 3);
        if (size is < 0 or > InnerHits.SizeMax)
        {
            throw ApiException.BadRequest(
                $"collapse.inner_hits.size is {size}; allowed are 0 to {InnerHits.SizeMax}.");
        }

        var name = members.TryGet("name", out _) ? members.Text("name") : field;
        return new InnerHits(name, size, SortJson.Read(members.TryGet("sort", out var sort) ? sort : null));
    }
}
