using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Reads what stands behind the name of a kind of query.</summary>
/// <param name="tree">What queries within are read with.</param>
/// <param name="body">What stands there.</param>
/// <param name="where">Where, for messages.</param>
/// <param name="depth">1 for the root.</param>
internal delegate QueryNode ReadQuery(QueryJson tree, JsonElement body, string where, int depth);

/// <summary>
/// A query tree from JSON, in the spelling that OpenSearch users know: <c>{"match":{"title":"tail latency"}}</c>,
/// and so on; <c>docs/SEARCH.md</c> shows each kind. What it does not know is an error, never ignored. One query.
/// </summary>
internal sealed class QueryJson
{
    /// <summary>Nodes that are read at most, so that the error of too many says how many there are.</summary>
    private const int CountedMax = 8 * QueryNode.RequestNodesMax;

    private const int DepthMax = QueryNode.DepthMax;

    private static readonly Dictionary<string, ReadQuery> Kinds = new(
        [.. CoreQueryJson.Kinds, .. TextQueryJson.Kinds, .. ValueQueryJson.Kinds, .. VectorQueryJson.Kinds],
        StringComparer.Ordinal);

    private static readonly string Names = string.Join(", ", Kinds.Keys.Order(StringComparer.Ordinal));

    private int _nodes;

    private QueryJson()
    {
    }

    /// <summary>Reads one query.</summary>
    /// <exception cref="ApiException">BadQuery, with where in the tree.</exception>
    public static QueryNode Read(JsonElement json)
    {
        var tree = new QueryJson();
        var query = tree.Read(json, "query", 1);
        return tree._nodes <= QueryNode.RequestNodesMax ? query : throw tree.TooMany(isCounted: true);
    }

    /// <summary>Reads one query of a kind, of which the JSON is only what stands behind its name.</summary>
    public static QueryNode Read(string kind, JsonElement body) => Kinds[kind](new QueryJson(), body, kind, 1);

    /// <summary>Reads a query within.</summary>
    public QueryNode Read(JsonElement json, string where, int depth)
    {
        if (depth > DepthMax) throw Bad($"{where} is deeper than {DepthMax} levels.");
        if (++_nodes > CountedMax) throw TooMany(isCounted: false);
        var (kind, body) = Single(json, where, $"one of {Names}");
        return Kinds.TryGetValue(kind, out var read)
            ? read(this, body, $"{where}.{kind}", depth)
            : throw Bad($"{where} has '{kind}', which is no kind of query; there are {Names}.");
    }

    /// <summary>Queries within, a single one or a list; none where the member is missing.</summary>
    public List<QueryNode> Clauses(QueryMembers members, string name, int depth)
    {
        var clauses = new List<QueryNode>();
        if (!members.TryGet(name, out var value)) return clauses;
        var where = $"{members.Where}.{name}";
        if (value.ValueKind != JsonValueKind.Array)
        {
            clauses.Add(Read(value, where, depth + 1));
            return clauses;
        }

        foreach (var clause in value.EnumerateArray())
            clauses.Add(Read(clause, $"{where}[{clauses.Count}]", depth + 1));
        return clauses;
    }

    /// <summary>The only member of an object.</summary>
    public static (string Name, JsonElement Value) Single(JsonElement json, string where, string expected)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            using var all = json.EnumerateObject();
            if (all.MoveNext())
            {
                var (name, value) = (all.Current.Name, all.Current.Value);
                if (!all.MoveNext()) return (name, value);
            }
        }

        throw Bad($"{where} must be an object with a single member, {expected}.");
    }

    private ApiException TooMany(bool isCounted) =>
        Bad($"The query has {QueryNode.TooManyNodes(_nodes, isCounted)}.");

    /// <summary>What is wrong with a query.</summary>
    public static ApiException Bad(string message) => new(StatusCode.BadQuery, message);
}
