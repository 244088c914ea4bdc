using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>function_score: a query, and functions in a list or a single one beside it.</summary>
internal static class FunctionScoreJson
{
    private static readonly string[] Functions =
        ["weight", "field_value_factor", "random_score", "gauss", "exp", "linear"];

    /// <summary>Reads one.</summary>
    public static FunctionScoreQuery Read(QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(
            body, where,
            ["query", "functions", "score_mode", "boost_mode", "max_boost", "min_score", "boost", .. Functions]);
        var query = members.TryGet("query", out var json)
            ? tree.Read(json, $"{where}.query", depth + 1)
            : new MatchAllQuery();
        return new FunctionScoreQuery(query, FunctionsOf(tree, members, depth))
        {
            ScoreMode = (FunctionsMode)members.OneOf("score_mode", "multiply", "sum", "avg", "first", "max", "min"),
            BoostMode = (BoostMode)members.OneOf("boost_mode", "multiply", "replace", "sum", "avg", "max", "min"),
            MaxBoost = members.DoubleOrNull("max_boost"),
            MinScore = members.DoubleOrNull("min_score"),
            Boost = members.Boost(),
        };
    }

    private static List<ScoreFunction> FunctionsOf(QueryJson tree, QueryMembers members, int depth)
    {
        var functions = new List<ScoreFunction>();
        var single = OfMembers(members);
        if (!members.TryGet("functions", out var list))
        {
            if (single is not null) functions.Add(single);
            return functions;
        }

        if (single is not null)
            throw QueryJson.Bad($"{members.Where} has a list of functions and one beside it; one of both is allowed.");
        if (list.ValueKind != JsonValueKind.Array)
            throw QueryJson.Bad($"{members.Where}.functions must be a list.");
        if (list.GetArrayLength() > FunctionScoreQuery.FunctionsMax)
        {
            throw QueryJson.Bad($"{members.Where}.functions has {list.GetArrayLength()} functions; at most "
                + $"{FunctionScoreQuery.FunctionsMax} are allowed.");
        }

        foreach (var item in list.EnumerateArray())
        {
            var where = $"{members.Where}.functions[{functions.Count}]";
            var own = new QueryMembers(item, where, ["filter", .. Functions]);
            var function = OfMembers(own)
                ?? throw QueryJson.Bad($"{where} has none of {string.Join(", ", Functions)}.");
            functions.Add(own.TryGet("filter", out var filter)
                ? function with { Filter = tree.Read(filter, $"{where}.filter", depth + 1) }
                : function);
        }

        return functions;
    }

    /// <summary>The function that some members make; null when there is none.</summary>
    private static ScoreFunction? OfMembers(QueryMembers members)
    {
        ScoreFunction? function = null;
        foreach (var name in Functions.AsSpan(1))
        {
            if (!members.TryGet(name, out var json)) continue;
            if (function is not null) throw QueryJson.Bad($"{members.Where} has two functions; one is allowed.");
            var where = $"{members.Where}.{name}";
            function = name switch
            {
                "field_value_factor" => ReadValue(json, where),
                "random_score" => ReadRandom(json, where),
                _ => ReadDecay(json, where, name),
            };
        }

        if (members.DoubleOrNull("weight") is not { } weight) return function;
        return weight >= 0
            ? (function ?? new WeightFunction()) with { Weight = weight }
            : throw QueryJson.Bad($"{members.Where}.weight is {weight}; it must be 0 or more.");
    }

    private static FieldValueFunction ReadValue(JsonElement json, string where)
    {
        var members = new QueryMembers(json, where, "field", "factor", "modifier", "missing");
        var modifier = members.OneOf(
            "modifier", "none", "log", "log1p", "log2p", "ln", "ln1p", "ln2p", "square", "sqrt", "reciprocal");
        return new FieldValueFunction(
            members.Text("field"), members.DoubleOrNull("factor") ?? 1,
            (ValueModifier)modifier, members.DoubleOrNull("missing"));
    }

    private static RandomFunction ReadRandom(JsonElement json, string where)
    {
        var members = new QueryMembers(json, where, "seed", "field");
        // What a document's number is made of: always its path.
        if (members.TryGet("field", out _)) members.OneOf("field", "_path", "_id", "_seq_no");
        if (members.TextOrNull("seed") is not { } seed) return new RandomFunction(null);
        return long.TryParse(seed, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? new RandomFunction(number)
            : throw QueryJson.Bad($"{where}.seed is '{seed}'; it must be a whole number.");
    }

    private static DecayFunction ReadDecay(JsonElement json, string where, string name)
    {
        var field = "";
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in json.EnumerateObject())
                if (member.Name != "multi_value_mode") field = member.Name;
        }

        var members = new QueryMembers(json, where, field, "multi_value_mode");
        if (!members.TryGet(field, out var body)) throw QueryJson.Bad($"{where} names no field.");
        var own = new QueryMembers(body, $"{where}.{field}", "origin", "scale", "offset", "decay");
        return new DecayFunction(
            name switch { "gauss" => DecayShape.Gauss, "exp" => DecayShape.Exponential, _ => DecayShape.Linear },
            field, ValueQueryJson.Origin(own, "origin"), own.Text("scale"), own.TextOrNull("offset") ?? "",
            own.DoubleOrNull("decay") ?? 0.5, SortJson.Mode(members, "multi_value_mode") ?? ValueMode.Min);
    }
}
