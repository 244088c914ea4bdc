using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// What a search body asks for beside its query: nearest vectors (<c>knn</c>, one or several), and how their hits are
/// joined with those of the query: by rank (<c>{"rank":{"rrf":{"rank_constant":60,"rank_window_size":100}}}</c>), or
/// else by the sum of their scores. <c>{"query":{"hybrid":{"queries":[…]}}}</c> joins any queries by rank.
/// </summary>
internal static class RankJson
{
    /// <summary>Puts it all into a request that has the query of the body, or null where that has none.</summary>
    /// <exception cref="ApiException">BadQuery.</exception>
    public static SearchRequest With(SearchRequest request, SearchBody body, QueryNode? query)
    {
        var lists = new List<QueryNode>();
        if (query is not null) lists.Add(query);
        if (body.Knn is { } knn) lists.AddRange(Knn(knn));
        return Joined(request, lists, body.Rank is { } rank ? Rrf(rank) : null);
    }

    /// <summary>The same of a body whose query is a <c>hybrid</c> one; null where it is not.</summary>
    public static SearchRequest? Hybrid(SearchRequest request, SearchBody body)
    {
        if (body.Query is not { ValueKind: JsonValueKind.Object } tree) return null;
        if (!tree.TryGetProperty("hybrid", out var hybrid)) return null;
        QueryJson.Single(tree, "query", "hybrid alone");
        if (body.Q is not null) throw SearchJson.TwoQueries();
        var members = new QueryMembers(hybrid, "query.hybrid", "queries");
        var lists = new List<QueryNode>();
        if (!members.TryGet("queries", out var queries) || queries.ValueKind != JsonValueKind.Array)
            throw QueryJson.Bad("query.hybrid has no list 'queries'.");
        foreach (var item in queries.EnumerateArray()) lists.Add(QueryJson.Read(item));
        if (body.Knn is { } knn) lists.AddRange(Knn(knn));
        return Joined(request, lists, body.Rank is { } rank ? Rrf(rank) : (null, null));
    }

    private static SearchRequest Joined(SearchRequest request, List<QueryNode> lists, (int?, int?)? rank)
    {
        if (rank is not { } given)
        {
            return lists.Count switch
            {
                0 => request,
                1 => request with { Query = lists[0] },
                _ when lists.TrueForAll(list => list.Depth() < QueryNode.DepthMax) =>
                    request with { Query = new BooleanQuery([], lists, [], []) },
                _ => throw QueryJson.Bad(
                    $"The query is {QueryNode.DepthMax} levels deep; beside knn, in one node with which it is "
                    + $"searched, {QueryNode.DepthMax - 1} are allowed."),
            };
        }

        if (lists.Count is < 2 or > RankFusion.QueriesMax + 1)
        {
            throw QueryJson.Bad(
                $"Ranks of {lists.Count} queries cannot be joined; 2 to {RankFusion.QueriesMax + 1} can: a query and "
                + "one or several knn, or those of a hybrid query.");
        }

        var (constant, window) = given;
        var reach = Math.Clamp(request.From + request.Size, RankFusion.WindowStandard, RankFusion.WindowMax);
        return request with
        {
            Query = lists[0],
            Rank = new RankFusion(lists[1..], constant ?? RankFusion.ConstantStandard, window ?? reach),
        };
    }

    private static List<QueryNode> Knn(JsonElement json)
    {
        var all = new List<QueryNode>();
        if (json.ValueKind != JsonValueKind.Array) return [QueryJson.Read("knn", json)];
        foreach (var item in json.EnumerateArray()) all.Add(QueryJson.Read("knn", item));
        return all;
    }

    private static (int? Constant, int? Window) Rrf(JsonElement json)
    {
        var (kind, body) = QueryJson.Single(json, "rank", "rrf");
        if (kind != "rrf") throw QueryJson.Bad($"rank has '{kind}', which is not known; there is rrf.");
        var members = new QueryMembers(body, "rank.rrf", "rank_constant", "rank_window_size", "window_size");
        var window = members.TryGet("window_size", out _) ? "window_size" : "rank_window_size";
        return (
            Bounded(members, "rank_constant", RankFusion.ConstantMax), Bounded(members, window, RankFusion.WindowMax));
    }

    private static int? Bounded(QueryMembers members, string name, int most)
    {
        if (!members.TryGet(name, out _)) return null;
        var value = members.Int(name, 0);
        return value >= 1 && value <= most
            ? value
            : throw QueryJson.Bad($"{members.Where}.{name} is {value}; allowed are 1 to {most}.");
    }
}
