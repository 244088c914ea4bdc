using System.Globalization;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What a search asks for, in so few characters that a line of a log can take it.</summary>
/// <param name="Collection">The collection's name.</param>
/// <param name="Kind">
/// The outermost query as the HTTP API calls it, such as <c>match</c>; or <c>rank</c> where several are joined,
/// <c>instant</c>, <c>suggest</c>.
/// </param>
/// <param name="Text">
/// What costs time beside the query, and the query: of a <c>bool</c> +must, should, -must_not and #filter. Its first
/// <see cref="CharactersMax"/> characters; where it is longer, behind them how long.
/// </param>
internal readonly record struct SearchOutline(string Collection, string Kind, string Text)
{
    /// <summary>Characters of the text that are kept.</summary>
    public const int CharactersMax = 400;

    private const string Unreadable = "unreadable";
    private const string TypeSuffix = "Query";

    /// <summary>Kinds that the HTTP API calls otherwise than their types.</summary>
    private static readonly Dictionary<Type, string> Kinds = new()
    {
        [typeof(BooleanQuery)] = "bool",
        [typeof(PhraseQuery)] = "match_phrase",
        [typeof(PhrasePrefixQuery)] = "match_phrase_prefix",
        [typeof(BoolPrefixQuery)] = "match_bool_prefix",
        [typeof(GeoBoxQuery)] = "geo_bounding_box",
    };

    /// <summary>Reads the body of a request; one that can't be read is told as that.</summary>
    public static SearchOutline Of(Opcode opcode, ReadOnlyMemory<byte> body)
    {
        var text = new CutText(CharactersMax);
        switch (opcode)
        {
            case Opcode.Search when SearchCodec.TryRead(body, out SearchRequest? search, out _):
                AddRest(text, search);
                AddNode(text, search.Query);
                foreach (var query in search.Rank?.Queries ?? []) AddNode(text.Add(" | "), query);
                return new SearchOutline(
                    NameOf(search.Collection), search.Rank is null ? KindOf(search.Query) : "rank", text.ToString());
            case Opcode.Instant when InstantCodec.TryRead(body, out InstantRequest? instant, out _):
                text.Add(string.Create(CultureInfo.InvariantCulture, $"size {instant.Size} ")).AddQuoted(instant.Text);
                if (instant.Filter is { } filter) AddNode(text.Add(" #"), filter);
                return new SearchOutline(NameOf(instant.Collection), "instant", text.ToString());
            case Opcode.Suggest when SuggestCodec.TryRead(body, out SuggestRequest? suggest, out _):
                foreach (var row in suggest.Completions) AddText(text.Next().Add("completion "), row.Field, row.Prefix);
                foreach (var row in suggest.Words) AddText(text.Next().Add("word "), row.Field, row.Text);
                foreach (var row in suggest.Phrases) AddText(text.Next().Add("phrase "), row.Field, row.Text);
                return new SearchOutline(NameOf(suggest.Collection), "suggest", text.ToString());
            default:
                return new SearchOutline(Unreadable, Unreadable, "");
        }
    }

    private static string NameOf(string collection) =>
        new CutText(CharactersMax).AddForeign(collection).ToString();

    private static string KindOf(QueryNode query)
    {
        if (Kinds.TryGetValue(query.GetType(), out var kind)) return kind;
        var type = query.GetType().Name;
        if (type.EndsWith(TypeSuffix, StringComparison.Ordinal)) type = type[..^TypeSuffix.Length];
        return JsonNamingPolicy.SnakeCaseLower.ConvertName(type);
    }

    private static void AddRest(CutText text, SearchRequest search)
    {
        text.Add(string.Create(CultureInfo.InvariantCulture, $"size {search.Size} "));
        if (search.From > 0) text.Add(string.Create(CultureInfo.InvariantCulture, $"from {search.From} "));
        if (search.Aggregations.Count > 0)
            text.Add(string.Create(CultureInfo.InvariantCulture, $"aggs {search.Aggregations.Count} "));
        if (search.PointInTime is not null) text.Add("pit ");
        if (search.Explain) text.Add("explain ");
        if (search.Collapse is { } collapse) text.Add("collapse ").AddForeign(collapse.Field).Add(" ");
        foreach (var key in search.Sort) text.Add("sort ").AddForeign(key.Field).Add(" ");
    }

    private static void AddNode(CutText text, QueryNode query)
    {
        text.Add(KindOf(query));
        switch (query)
        {
            case BooleanQuery parts:
                AddNodes(text.Add("("), parts.Must, "+");
                AddNodes(text, parts.Should, "");
                AddNodes(text, parts.MustNot, "-");
                AddNodes(text, parts.Filter, "#");
                text.Add(" )");
                return;
            case RangeQuery range:
                text.Add(" ").AddForeign(range.Field).Add(":").AddQuoted(range.From ?? "*").Add(" to ")
                    .AddQuoted(range.To ?? "*");
                break;
            case TermsQuery terms:
                AddCount(text, terms.Field, terms.Values.Count);
                break;
            case PathsQuery paths:
                AddCount(text, "", paths.Paths.Count);
                break;
            case IdsQuery ids:
                AddCount(text, "", ids.Ids.Count);
                break;
            case KnnQuery knn:
                AddCount(text, knn.Field, knn.K);
                break;
        }

        if (WordsOf(query) is { } words) AddText(text.Add(" "), words.Field, words.Text);
        if (query.Children() is not { Count: > 0 } children) return;
        AddNodes(text.Add("("), children, "");
        text.Add(" )");
    }

    private static (string Field, string? Text)? WordsOf(QueryNode query) => query switch
    {
        QueryStringQuery q => (string.Join(',', q.Fields), q.Text),
        MatchQuery q => (q.Field, q.Text),
        TermQuery q => (q.Field, q.Value),
        PhraseQuery q => (q.Field, q.Text),
        PrefixQuery q => (q.Field, q.Prefix),
        WildcardQuery q => (q.Field, q.Pattern),
        RegexpQuery q => (q.Field, q.Pattern),
        FuzzyQuery q => (q.Field, q.Text),
        MultiMatchQuery q => (string.Join(',', q.Fields), q.Text),
        CombinedFieldsQuery q => (string.Join(',', q.Fields), q.Text),
        PhrasePrefixQuery q => (q.Field, q.Text),
        BoolPrefixQuery q => (q.Field, q.Text),
        TermsLookupQuery q => (q.Field, q.Document),
        DistanceFeatureQuery q => (q.Field, q.Origin),
        MoreLikeThisQuery q => (string.Join(',', q.Fields), null),
        ExistsQuery q => (q.Field, null),
        GeoDistanceQuery q => (q.Field, null),
        GeoBoxQuery q => (q.Field, null),
        GeoPolygonQuery q => (q.Field, null),
        RankFeatureQuery q => (q.Field, null),
        _ => null,
    };

    private static void AddText(CutText text, string field, string? words)
    {
        text.AddForeign(field);
        if (words is not null) text.Add(field.Length > 0 ? ":" : "").AddQuoted(words);
    }

    private static void AddCount(CutText text, string field, int count) => text.Add(" ").AddForeign(field)
        .Add(string.Create(CultureInfo.InvariantCulture, $"[{count}]"));

    private static void AddNodes(CutText text, IReadOnlyList<QueryNode> nodes, string sign)
    {
        foreach (var node in nodes) AddNode(text.Add(" ").Add(sign), node);
    }
}
