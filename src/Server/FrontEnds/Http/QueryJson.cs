using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// A query tree from JSON, in the spelling that OpenSearch users know: <c>{"match":{"title":"tail latency"}}</c>,
/// and so on; <c>docs/SEARCH.md</c> shows each kind. What it does not know is an error, never ignored.
/// </summary>
internal static class QueryJson
{
    private const int DepthMax = 32;
    private const int NodesMax = 1_024;

    private const string Kinds = "bool, constant_score, exists, fuzzy, match, match_all, match_phrase, paths, prefix, "
        + "query_string, range, regexp, term, wildcard";

    /// <summary>Reads one query.</summary>
    /// <exception cref="ApiException">BadQuery, with where in the tree.</exception>
    public static QueryNode Read(JsonElement json)
    {
        var nodes = 0;
        return Read(json, "query", 1, ref nodes);
    }

    private static QueryNode Read(JsonElement json, string where, int depth, ref int nodes)
    {
        if (depth > DepthMax) throw Bad($"{where} is deeper than {DepthMax} levels.");
        if (++nodes > NodesMax) throw Bad($"The query has more than {NodesMax} nodes.");
        var (kind, body) = Single(json, where, $"one of {Kinds}");
        var here = $"{where}.{kind}";
        return kind switch
        {
            "match_all" => new MatchAllQuery { Boost = new QueryMembers(body, here, "boost").Boost() },
            "match" => ReadMatch(body, here),
            "match_phrase" => ReadPhrase(body, here),
            "term" => ReadTerm(body, here),
            "prefix" => ReadPrefix(body, here),
            "range" => ReadRange(body, here),
            "query_string" => ReadQueryString(body, here),
            "bool" => ReadBool(body, here, depth, ref nodes),
            "constant_score" => ReadConstantScore(body, here, depth, ref nodes),
            "wildcard" => ReadWildcard(body, here),
            "regexp" => ReadRegexp(body, here),
            "fuzzy" => ReadFuzzy(body, here),
            "exists" => ReadExists(body, here),
            "paths" => ReadPaths(body, here),
            _ => throw Bad($"{where} has '{kind}', which is no kind of query; there are {Kinds}."),
        };
    }

    private static MatchQuery ReadMatch(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "query", "query", "operator", "boost");
        var allWords = members.Choice("operator", "or", "and") == "and";
        return new MatchQuery(field, members.Text("query"), allWords) { Boost = members.Boost() };
    }

    private static PhraseQuery ReadPhrase(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "query", "query", "slop", "boost");
        return new PhraseQuery(field, members.Text("query"), members.Int("slop", 0)) { Boost = members.Boost() };
    }

    private static TermQuery ReadTerm(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new TermQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static PrefixQuery ReadPrefix(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new PrefixQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static RangeQuery ReadRange(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = new QueryMembers(value, $"{where}.{field}", "gte", "gt", "lte", "lt", "boost");
        var (from, includeFrom) = members.Either("gte", "gt");
        var (to, includeTo) = members.Either("lte", "lt");
        return new RangeQuery(field, from, to, includeFrom, includeTo) { Boost = members.Boost() };
    }

    private static QueryStringQuery ReadQueryString(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "query", "fields", "default_operator", "boost");
        var allWords = members.Choice("default_operator", "or", "and") == "and";
        return new QueryStringQuery(members.Text("query"), members.Texts("fields"), allWords)
        {
            Boost = members.Boost(),
        };
    }

    private static WildcardQuery ReadWildcard(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new WildcardQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static RegexpQuery ReadRegexp(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new RegexpQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static FuzzyQuery ReadFuzzy(JsonElement body, string where)
    {
        var (field, value) = Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(
            value, $"{where}.{field}", "value", "value", "fuzziness", "prefix_length", "boost");
        var edits = FuzzyQuery.AutoEdits;
        if (members.TryGet("fuzziness", out var fuzziness) && fuzziness.ToString() is not ("AUTO" or "auto"))
            edits = members.Int("fuzziness", 0);
        return new FuzzyQuery(field, members.Text("value"), edits, members.Int("prefix_length", 0))
        {
            Boost = members.Boost(),
        };
    }

    private static ExistsQuery ReadExists(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "field", "boost");
        return new ExistsQuery(members.Text("field")) { Boost = members.Boost() };
    }

    private static PathsQuery ReadPaths(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "values", "boost");
        var paths = members.Texts("values");
        return paths.Count <= PathsQuery.PathsMax
            ? new PathsQuery(paths) { Boost = members.Boost() }
            : throw Bad($"{where}.values has {paths.Count} paths; at most {PathsQuery.PathsMax} are allowed.");
    }

    private static ConstantScoreQuery ReadConstantScore(JsonElement body, string where, int depth, ref int nodes)
    {
        var members = new QueryMembers(body, where, "filter", "boost");
        if (!members.TryGet("filter", out var filter)) throw Bad($"{where} has no 'filter'.");
        return new ConstantScoreQuery(Read(filter, $"{where}.filter", depth + 1, ref nodes))
        {
            Boost = members.Boost(),
        };
    }

    private static BooleanQuery ReadBool(JsonElement body, string where, int depth, ref int nodes)
    {
        var members = new QueryMembers(
            body, where, "must", "should", "must_not", "filter", "minimum_should_match", "boost");
        var must = Clauses(members, "must", depth, ref nodes);
        var should = Clauses(members, "should", depth, ref nodes);
        var mustNot = Clauses(members, "must_not", depth, ref nodes);
        var filter = Clauses(members, "filter", depth, ref nodes);
        return new BooleanQuery(must, should, mustNot, filter)
        {
            Boost = members.Boost(),
            MinimumShouldMatch = Minimum(members, should.Count),
        };
    }

    /// <summary>A count, or a share of the clauses, rounded down; what is below zero may be missing instead.</summary>
    private static int? Minimum(QueryMembers members, int clauses)
    {
        const string Name = "minimum_should_match";
        if (!members.TryGet(Name, out var value)) return null;
        var text = value.ToString();
        var isShare = text.EndsWith('%');
        var digits = isShare ? text[..^1] : text;
        if (!int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || (isShare && number is < -100 or > 100) || number is < -NodesMax or > NodesMax)
        {
            throw Bad($"{members.Where}.{Name} is '{text}'; allowed are counts such as 2 and -1, and shares such as "
                + "75% and -25%.");
        }

        if (isShare) number = number * clauses / 100;
        return number >= 0 ? number : Math.Max(0, clauses + number);
    }

    private static List<QueryNode> Clauses(QueryMembers members, string name, int depth, ref int nodes)
    {
        var clauses = new List<QueryNode>();
        if (!members.TryGet(name, out var value)) return clauses;
        var where = $"{members.Where}.{name}";
        if (value.ValueKind != JsonValueKind.Array)
        {
            clauses.Add(Read(value, where, depth + 1, ref nodes));
            return clauses;
        }

        foreach (var clause in value.EnumerateArray())
            clauses.Add(Read(clause, $"{where}[{clauses.Count}]", depth + 1, ref nodes));
        return clauses;
    }

    private static (string Name, JsonElement Value) Single(JsonElement json, string where, string expected)
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

    private static ApiException Bad(string message) => new(StatusCode.BadQuery, message);
}
