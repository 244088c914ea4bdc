using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of query that everything else is put together from.</summary>
internal static class CoreQueryJson
{
    /// <summary>By name.</summary>
    public static readonly Dictionary<string, ReadQuery> Kinds = new(StringComparer.Ordinal)
    {
        ["match_all"] = static (tree, body, where, depth) =>
            new MatchAllQuery { Boost = new QueryMembers(body, where, "boost").Boost() },
        ["match"] = static (tree, body, where, depth) => ReadMatch(body, where),
        ["match_phrase"] = static (tree, body, where, depth) => ReadPhrase(body, where),
        ["term"] = static (tree, body, where, depth) => ReadTerm(body, where),
        ["prefix"] = static (tree, body, where, depth) => ReadPrefix(body, where),
        ["range"] = static (tree, body, where, depth) => ReadRange(body, where),
        ["query_string"] = static (tree, body, where, depth) => ReadQueryString(body, where),
        ["bool"] = ReadBool,
        ["constant_score"] = ReadConstantScore,
        ["wildcard"] = static (tree, body, where, depth) => ReadWildcard(body, where),
        ["regexp"] = static (tree, body, where, depth) => ReadRegexp(body, where),
        ["fuzzy"] = static (tree, body, where, depth) => ReadFuzzy(body, where),
        ["exists"] = static (tree, body, where, depth) => ReadExists(body, where),
        ["match_none"] = static (tree, body, where, depth) =>
            new PathsQuery([]) { Boost = new QueryMembers(body, where, "boost").Boost() },
        ["ids"] = static (tree, body, where, depth) => ReadIds(body, where),
        ["paths"] = static (tree, body, where, depth) => ReadPaths(body, where),
    };

    private static MatchQuery ReadMatch(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(
            value, $"{where}.{field}", "query", ["query", "operator", "boost", .. TextQueryJson.Rules]);
        var allWords = members.Choice("operator", "or", "and") == "and";
        return new MatchQuery(field, members.Text("query"), allWords)
        {
            Rules = TextQueryJson.ReadRules(members),
            Boost = members.Boost(),
        };
    }

    private static PhraseQuery ReadPhrase(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "query", "query", "slop", "analyzer", "boost");
        return new PhraseQuery(field, members.Text("query"), members.Int("slop", 0))
        {
            Analyzer = members.TextOrNull("analyzer"),
            Boost = members.Boost(),
        };
    }

    private static TermQuery ReadTerm(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new TermQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static PrefixQuery ReadPrefix(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new PrefixQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static RangeQuery ReadRange(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = new QueryMembers(value, $"{where}.{field}", "gte", "gt", "lte", "lt", "time_zone", "boost");
        var (from, includeFrom) = members.Either("gte", "gt");
        var (to, includeTo) = members.Either("lte", "lt");
        return new RangeQuery(field, from, to, includeFrom, includeTo)
        {
            TimeZone = members.TextOrNull("time_zone"),
            Boost = members.Boost(),
        };
    }

    private static QueryStringQuery ReadQueryString(JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "query", "fields", "default_field", "default_operator", "lenient", "analyzer", "boost");
        var allWords = members.Choice("default_operator", "or", "and") == "and";
        var (text, fields) = (members.Text("query"), members.Texts("fields"));
        if (members.TextOrNull("default_field") is { } field)
        {
            if (fields.Count > 0) throw QueryJson.Bad($"{where} has 'fields' and 'default_field'; one is allowed.");
            fields = field == "*" ? [] : [field];
        }

        var query = members.Flag("lenient", false)
            ? QueryStringQuery.OfSearchBox(text, fields, allWords)
            : new QueryStringQuery(text, fields, allWords);
        return query with { Analyzer = members.TextOrNull("analyzer"), Boost = members.Boost() };
    }

    private static WildcardQuery ReadWildcard(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new WildcardQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static RegexpQuery ReadRegexp(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(value, $"{where}.{field}", "value", "value", "boost");
        return new RegexpQuery(field, members.Text("value")) { Boost = members.Boost() };
    }

    private static FuzzyQuery ReadFuzzy(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(
            value, $"{where}.{field}", "value", "value", "fuzziness", "prefix_length", "boost");
        var edits = FuzzyQuery.AutoEdits;
        if (members.TryGet("fuzziness", out var fuzziness) && fuzziness.ToString() is not ("AUTO" or "auto"))
        {
            edits = members.Int("fuzziness", 0);
            if (edits is < 0 or > FuzzyQuery.EditsMax)
                throw QueryJson.Bad($"{members.Where}.fuzziness is {edits}; allowed are 0, 1, 2 and AUTO.");
        }

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
        return new PathsQuery(Few(members, "paths")) { Boost = members.Boost() };
    }

    private static IdsQuery ReadIds(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "values", "boost");
        return new IdsQuery(Few(members, "ids")) { Boost = members.Boost() };
    }

    private static IReadOnlyList<string> Few(QueryMembers members, string what)
    {
        var values = members.Texts("values");
        return values.Count <= PathsQuery.PathsMax
            ? values
            : throw QueryJson.Bad(
                $"{members.Where}.values has {values.Count} {what}; at most {PathsQuery.PathsMax} are allowed.");
    }

    private static ConstantScoreQuery ReadConstantScore(
        QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(body, where, "filter", "boost");
        if (!members.TryGet("filter", out var filter)) throw QueryJson.Bad($"{where} has no 'filter'.");
        return new ConstantScoreQuery(tree.Read(filter, $"{where}.filter", depth + 1))
        {
            Boost = members.Boost(),
        };
    }

    private static BooleanQuery ReadBool(QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(
            body, where, "must", "should", "must_not", "filter", "minimum_should_match", "boost");
        var must = tree.Clauses(members, "must", depth);
        var should = tree.Clauses(members, "should", depth);
        var mustNot = tree.Clauses(members, "must_not", depth);
        var filter = tree.Clauses(members, "filter", depth);
        return new BooleanQuery(must, should, mustNot, filter)
        {
            Boost = members.Boost(),
            MinimumShouldMatch = Minimum(members, should.Count),
        };
    }

    private static int? Minimum(QueryMembers members, int clauses) =>
        TextQueryJson.Minimum(members) is { } notation && ClauseMinimum.TryCount(notation, clauses, out var minimum)
            ? minimum
            : null;
}
