using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>Kinds of query about words: in several fields, unfinished, misspelt, like others.</summary>
internal static class TextQueryJson
{
    /// <summary>By name.</summary>
    public static readonly Dictionary<string, ReadQuery> Kinds = new(StringComparer.Ordinal)
    {
        ["dis_max"] = ReadDisMax,
        ["boosting"] = ReadBoosting,
        ["multi_match"] = static (tree, body, where, depth) => ReadMultiMatch(body, where),
        ["combined_fields"] = static (tree, body, where, depth) => ReadCombined(body, where),
        ["match_phrase_prefix"] = static (tree, body, where, depth) => ReadPhrasePrefix(body, where),
        ["match_bool_prefix"] = static (tree, body, where, depth) => ReadBoolPrefix(body, where),
        ["simple_query_string"] = static (tree, body, where, depth) => ReadSimple(body, where),
        ["more_like_this"] = static (tree, body, where, depth) => MoreLikeThisJson.Read(body, where),
    };

    /// <summary>Members that say how words match.</summary>
    public static readonly string[] Rules =
    [
        "fuzziness", "prefix_length", "max_expansions", "minimum_should_match", "zero_terms_query", "lenient",
        "analyzer",
    ];

    /// <summary>Reads them.</summary>
    public static MatchRules ReadRules(QueryMembers members)
    {
        var rules = new MatchRules
        {
            Fuzziness = ReadFuzziness(members),
            PrefixLength = members.Int("prefix_length", 0),
            MaxExpansions = members.Int("max_expansions", MatchRules.ExpansionsStandard),
            MinimumShouldMatch = Minimum(members),
            ZeroTermsAll = members.Choice("zero_terms_query", "none", "all") == "all",
            Lenient = members.Flag("lenient", false),
            Analyzer = members.TextOrNull("analyzer"),
        };
        return rules == MatchRules.Plain ? MatchRules.Plain : rules;
    }

    /// <summary>A notation of <see cref="ClauseMinimum"/>; null where it is not there.</summary>
    public static string? Minimum(QueryMembers members)
    {
        const string Name = "minimum_should_match";
        if (!members.TryGet(Name, out _)) return null;
        var text = members.Text(Name);
        return ClauseMinimum.TryCount(text, 1, out _)
            ? text
            : throw QueryJson.Bad($"{members.Where}.{Name} is '{text}'; allowed are {ClauseMinimum.Allowed}.");
    }

    private static Fuzziness? ReadFuzziness(QueryMembers members)
    {
        if (!members.TryGet("fuzziness", out _)) return null;
        var text = members.Text("fuzziness");
        return Fuzziness.TryParse(text, out var fuzziness)
            ? fuzziness
            : throw QueryJson.Bad($"{members.Where}.fuzziness is '{text}'; allowed are {Fuzziness.Allowed}.");
    }

    private static DisMaxQuery ReadDisMax(QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(body, where, "queries", "tie_breaker", "boost");
        return new DisMaxQuery(tree.Clauses(members, "queries", depth), members.Number("tie_breaker", 0))
        {
            Boost = members.Boost(),
        };
    }

    private static BoostingQuery ReadBoosting(QueryJson tree, JsonElement body, string where, int depth)
    {
        var members = new QueryMembers(body, where, "positive", "negative", "negative_boost", "boost");
        if (!members.TryGet("positive", out var positive)) throw QueryJson.Bad($"{where} has no 'positive'.");
        if (!members.TryGet("negative", out var negative)) throw QueryJson.Bad($"{where} has no 'negative'.");
        if (!members.TryGet("negative_boost", out _)) throw QueryJson.Bad($"{where} has no 'negative_boost'.");
        return new BoostingQuery(
            tree.Read(positive, $"{where}.positive", depth + 1),
            tree.Read(negative, $"{where}.negative", depth + 1),
            members.Number("negative_boost", 1)) { Boost = members.Boost() };
    }

    private static MultiMatchQuery ReadMultiMatch(JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, ["query", "fields", "type", "operator", "tie_breaker", "slop", "boost", .. Rules]);
        var type = members.OneOf(
            "type", "best_fields", "most_fields", "cross_fields", "phrase", "phrase_prefix", "bool_prefix");
        return new MultiMatchQuery(members.Texts("fields"), members.Text("query"), (MultiMatchType)type)
        {
            AllWords = members.Choice("operator", "or", "and") == "and",
            TieBreaker = members.TryGet("tie_breaker", out _) ? members.Number("tie_breaker", 0) : null,
            Slop = members.Int("slop", 0),
            Rules = ReadRules(members),
            Boost = members.Boost(),
        };
    }

    private static CombinedFieldsQuery ReadCombined(JsonElement body, string where)
    {
        var members = new QueryMembers(
            body, where, "query", "fields", "operator", "minimum_should_match", "zero_terms_query", "analyzer",
            "boost");
        var allWords = members.Choice("operator", "or", "and") == "and";
        return new CombinedFieldsQuery(members.Texts("fields"), members.Text("query"), allWords)
        {
            Rules = ReadRules(members),
            Boost = members.Boost(),
        };
    }

    private static PhrasePrefixQuery ReadPhrasePrefix(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(
            value, $"{where}.{field}", "query", "query", "slop", "max_expansions", "analyzer", "boost");
        return new PhrasePrefixQuery(
            field, members.Text("query"), members.Int("slop", 0),
            members.Int("max_expansions", MatchRules.ExpansionsStandard))
        {
            Analyzer = members.TextOrNull("analyzer"),
            Boost = members.Boost(),
        };
    }

    private static BoolPrefixQuery ReadBoolPrefix(JsonElement body, string where)
    {
        var (field, value) = QueryJson.Single(body, where, "the name of a field");
        var members = QueryMembers.OfValue(
            value, $"{where}.{field}", "query", ["query", "operator", "boost", .. Rules]);
        return new BoolPrefixQuery(
            field, members.Text("query"), members.Choice("operator", "or", "and") == "and")
        {
            Rules = ReadRules(members),
            Boost = members.Boost(),
        };
    }

    /// <summary>The lenient reading of a query text, under the name it has in OpenSearch.</summary>
    private static QueryStringQuery ReadSimple(JsonElement body, string where)
    {
        var members = new QueryMembers(body, where, "query", "fields", "default_operator", "analyzer", "boost");
        var allWords = members.Choice("default_operator", "or", "and") == "and";
        return QueryStringQuery.OfSearchBox(members.Text("query"), members.Texts("fields"), allWords) with
        {
            Analyzer = members.TextOrNull("analyzer"),
            Boost = members.Boost(),
        };
    }
}
