using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Reads what stands behind the name of a kind of aggregation.</summary>
/// <param name="name">The aggregation's name.</param>
/// <param name="body">What stands there.</param>
/// <param name="where">Where, for messages.</param>
internal delegate Aggregation ReadAggregation(string name, JsonElement body, string where);

/// <summary>
/// Aggregations from JSON, in the spelling that OpenSearch users know:
/// <c>{"colours":{"terms":{"field":"colour"},"aggs":{...}}}</c>; <c>docs/search/aggregations.md</c> shows each kind.
/// What it does not know is an error, never ignored.
/// </summary>
internal static class AggregationJson
{
    private static readonly Dictionary<string, ReadAggregation> Kinds = new(
        [.. BucketJson.Kinds, .. PlaceJson.Kinds, .. NumberJson.Kinds, .. PipelineJson.Kinds], StringComparer.Ordinal);

    private static readonly string Names = string.Join(", ", Kinds.Keys.Order(StringComparer.Ordinal));

    /// <summary>Reads them; none where nothing was sent.</summary>
    /// <exception cref="ApiException">BadQuery, with where in the tree.</exception>
    public static IReadOnlyList<Aggregation> Read(JsonElement? json)
    {
        if (json is not { } all || all.ValueKind == JsonValueKind.Null) return [];
        var left = AggregationLimits.CountMax;
        return Read(all, "aggs", 1, ref left);
    }

    /// <summary>Reads one by the name of its kind.</summary>
    public static Aggregation Read(string kind, string name, JsonElement body, string where) =>
        Kinds.TryGetValue(kind, out var read)
            ? read(name, body, $"{where}.{kind}")
            : throw QueryJson.Bad($"{where} has '{kind}', which is no kind of aggregation; there are {Names}.");

    private static List<Aggregation> Read(JsonElement json, string where, int depth, ref int left)
    {
        if (json.ValueKind != JsonValueKind.Object) throw QueryJson.Bad($"{where} must be an object of aggregations.");
        if (depth > AggregationLimits.DepthMax)
            throw QueryJson.Bad($"{where} is deeper than {AggregationLimits.DepthMax} levels.");
        var read = new List<Aggregation>();
        foreach (var member in json.EnumerateObject())
        {
            if (--left < 0) throw QueryJson.Bad($"There are more than {AggregationLimits.CountMax} aggregations.");
            read.Add(ReadOne(member.Name, member.Value, $"{where}.{member.Name}", depth, ref left));
        }

        return read;
    }

    private static Aggregation ReadOne(string name, JsonElement json, string where, int depth, ref int left)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw QueryJson.Bad($"{where} must be an object with a kind of aggregation, one of {Names}.");
        Aggregation? own = null;
        IReadOnlyList<Aggregation>? within = null;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name is "aggs" or "aggregations" && within is not null)
                throw QueryJson.Bad($"{where} has both aggs and aggregations, which are one; one of both is allowed.");
            if (member.Name is "aggs" or "aggregations")
                within = Read(member.Value, $"{where}.{member.Name}", depth + 1, ref left);
            else if (own is null)
                own = Read(member.Name, name, member.Value, where);
            else
                throw QueryJson.Bad($"{where} has a second kind, '{member.Name}'; one is allowed.");
        }

        return own is null
            ? throw QueryJson.Bad($"{where} has no kind of aggregation; there are {Names}.")
            : own with { Within = within ?? [] };
    }
}
