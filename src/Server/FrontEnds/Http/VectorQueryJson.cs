using System.Runtime.InteropServices;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Queries for nearest vectors, in Elasticsearch's spelling (<c>{"knn":{"field":"v","query_vector":[…],"k":10}}</c>, as
/// a query and as a member of the body) and in OpenSearch's (<c>{"knn":{"v":{"vector":[…],"k":10}}}</c>).
/// </summary>
internal static class VectorQueryJson
{
    /// <summary>By name.</summary>
    public static readonly Dictionary<string, ReadQuery> Kinds = new(StringComparer.Ordinal) { ["knn"] = Read };

    private const int StandardK = 10;

    /// <summary>Reads one in either spelling.</summary>
    public static KnnQuery Read(QueryJson tree, JsonElement body, string where, int depth)
    {
        var isNamed = body.ValueKind == JsonValueKind.Object
            && body.TryGetProperty("field", out var field) && field.ValueKind == JsonValueKind.String;
        if (isNamed) return ReadNamed(tree, body, where, depth);
        var (name, value) = QueryJson.Single(body, where, "the name of a field, or else has a member 'field'");
        return ReadUnderName(tree, name, value, $"{where}.{name}", depth);
    }

    private static KnnQuery ReadNamed(QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(
            body, where, "field", "query_vector", "k", "num_candidates", "filter", "boost", "similarity", "exact",
            "rescore_vector");
        var k = Bounded(members, "k", StandardK, 1);
        var candidates = Bounded(members, "num_candidates", KnnQuery.CandidatesFor(k), k);
        var oversample = Inner(members, "rescore_vector") is { } rescore ? Number(rescore, "oversample") : null;
        return new KnnQuery(
            members.Text("field"), Vector(members, "query_vector"), k, Oversampled(candidates, k, oversample))
        {
            Boost = members.Boost(),
            Filter = Filter(tree, members, depth),
            Similarity = Number(members, "similarity"),
            Exact = members.Choice("exact", "false", "true") == "true",
        };
    }

    private static KnnQuery ReadUnderName(QueryJson tree, string field, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(
            body, where, "vector", "k", "filter", "boost", "min_score", "max_distance", "method_parameters", "rescore");
        var k = Bounded(members, "k", StandardK, 1);
        var candidates = KnnQuery.CandidatesFor(k);
        if (Inner(members, "method_parameters") is { } method)
            candidates = Math.Max(k, Bounded(method, "ef_search", candidates, 1));
        var oversample = Inner(members, "rescore") is { } rescore ? Number(rescore, "oversample_factor") : null;
        return new KnnQuery(field, Vector(members, "vector"), k, Oversampled(candidates, k, oversample))
        {
            Boost = members.Boost(),
            Filter = Filter(tree, members, depth),
            Similarity = Number(members, "max_distance"),
            ScoreMin = Number(members, "min_score"),
        };
    }

    private static QueryMembers? Inner(QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        return name switch
        {
            "method_parameters" => new QueryMembers(value, $"{members.Where}.{name}", "ef_search"),
            "rescore" => new QueryMembers(value, $"{members.Where}.{name}", "oversample_factor"),
            _ => new QueryMembers(value, $"{members.Where}.{name}", "oversample"),
        };
    }

    private static int Oversampled(int candidates, int k, double? factor) => factor switch
    {
        null => candidates,
        >= 1 and <= 100 => (int)Math.Clamp(Math.Ceiling(k * factor.Value), candidates, KnnQuery.CandidatesMax),
        _ => throw QueryJson.Bad($"An oversampling by {factor} is not allowed; 1 to 100 is."),
    };

    /// <summary>One filter, or several of which all have to match.</summary>
    private static QueryNode? Filter(QueryJson tree, QueryMembers members, int depth)
    {
        var filters = tree.Clauses(members, "filter", depth);
        return filters.Count switch
        {
            0 => null,
            1 => filters[0],
            _ => new BooleanQuery([], [], [], filters),
        };
    }

    private static int Bounded(QueryMembers members, string name, int standard, int least)
    {
        var value = members.Int(name, standard);
        return value >= least && value <= KnnQuery.CandidatesMax
            ? value
            : throw QueryJson.Bad(
                $"{members.Where}.{name} is {value}; allowed are {least} to {KnnQuery.CandidatesMax}.");
    }

    private static double? Number(QueryMembers members, string name)
    {
        if (!members.TryGet(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw QueryJson.Bad($"{members.Where}.{name} is {value.GetRawText()}; it must be a finite number.");
    }

    /// <summary>A list of numbers, or base64 of little-endian floats.</summary>
    private static float[] Vector(QueryMembers members, string name)
    {
        var where = $"{members.Where}.{name}";
        if (!members.TryGet(name, out var value)) throw QueryJson.Bad($"{members.Where} has no '{name}'.");
        if (value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes)
            && bytes.Length % sizeof(float) == 0 && bytes.Length <= VectorOptions.DimsMax * sizeof(float))
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > VectorOptions.DimsMax)
        {
            throw QueryJson.Bad(
                $"{where} is no vector; it must be a list of at most {VectorOptions.DimsMax} numbers, or base64 of "
                + "little-endian floats.");
        }

        var vector = new float[value.GetArrayLength()];
        var at = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetSingle(out vector[at]))
                throw QueryJson.Bad($"{where}[{at}] is {item.GetRawText()}; it must be a number.");
            at++;
        }

        return vector;
    }
}
