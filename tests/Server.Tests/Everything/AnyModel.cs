using System.Globalization;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Aggregations;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>Which documents a query matches, and by what they are ordered: by reading each of them.</summary>
internal static class AnyModel
{
    /// <summary>Whether <see cref="Matches"/> knows all of a query.</summary>
    public static bool Knows(QueryNode query) => query switch
    {
        QueryStringQuery or CombinedFieldsQuery or MoreLikeThisQuery or KnnQuery => false,
        FunctionScoreQuery { MinScore: not null } => false,
        MultiMatchQuery multi => multi.Type is MultiMatchType.BestFields or MultiMatchType.MostFields,
        PhraseQuery phrase => phrase.Slop == 0 && phrase.Field != "title.en",
        PhrasePrefixQuery phrase => phrase.Field != "title.en",
        MatchQuery match => match.Field != "title.en",
        _ => true,
    } && query.Children().All(Knows);

    public static bool Matches(QueryNode query, AnyDocument document)
    {
        switch (query)
        {
            case MatchAllQuery:
                return true;
            case TermQuery term:
                return HasValue(document, term.Field, term.Value);
            case TermsQuery terms:
                return terms.Values.Any(value => HasValue(document, terms.Field, value));
            case RangeQuery range:
                return Keys(document, range.Field).Any(key => IsWithin(key, range));
            case ExistsQuery exists:
                return Exists(document, exists.Field);
            case PathsQuery paths:
                return paths.Paths.Contains(document.Path);
            case GeoBoxQuery or GeoDistanceQuery:
                return document.Facets.Places.Any(place => IsWithin(place, query));
            case DistanceFeatureQuery feature:
                return Keys(document, feature.Field).Length > 0;
            case RankFeatureQuery feature:
                return Keys(document, feature.Field).Any(key => (key.Number ?? key.Whole) > 0);
            case ConstantScoreQuery constant:
                return Matches(constant.Query, document);
            case DisMaxQuery best:
                return best.Queries.Any(one => Matches(one, document));
            case BoostingQuery lowered:
                return Matches(lowered.Positive, document);
            case FunctionScoreQuery scored:
                return Matches(scored.Query, document);
            case BooleanQuery group:
                return Joined(group, document);
            default:
                return AnyWords.Match(query, document);
        }
    }

    /// <summary>Values of a field as they are ordered, each as often as the document says it.</summary>
    public static SortValue[] Keys(AnyDocument document, string field) => field switch
    {
        "title.raw" => Texts(document.Title),
        "low" => Texts(document.Low.SelectMany(text => text.Split(','))
            .Select(part => part.Trim().ToLowerInvariant()).Where(part => part.Length > 0)),
        "late" => document.IsLate ? Texts(document.Late) : [],
        "tags" => Texts(document.Facets.Tags),
        "shop" => Texts(document.Facets.Shop is { } shop ? [shop] : []),
        "wide" => [.. document.Wide.Select(value => SortValue.Of(value + 0.0))],
        "deep" => [.. document.Deep.Select(SortValue.Of)],
        "era" => [.. document.Era.Select(SortValue.Of)],
        "author.age" => [.. document.Authors.Where(author => author.Age is not null)
            .Select(author => SortValue.Of(author.Age!.Value))],
        "price" => [.. document.Facets.Numbers(field).Select(SortValue.Of)],
        _ => [.. document.Facets.Numbers(field).Select(number => SortValue.Of((long)number))],
    };

    /// <summary>What a document is ordered by; the highest or lowest of several.</summary>
    public static SortValue KeyOf(AnyDocument document, string field, bool highest)
    {
        var keys = Keys(document, field);
        if (keys.Length == 0) return default;
        Array.Sort(keys, Compare);
        return highest ? keys[^1] : keys[0];
    }

    private static SortValue[] Texts(IEnumerable<string> texts) => [.. texts.Select(SortValue.Of)];

    private static bool Joined(BooleanQuery group, AnyDocument document)
    {
        if (group.MustNot.Any(clause => Matches(clause, document))) return false;
        if (!group.Must.Concat(group.Filter).All(clause => Matches(clause, document))) return false;
        var minimum = group.MinimumShouldMatch ?? (group.Must.Count + group.Filter.Count > 0 ? 0 : 1);
        return group.Should.Count(clause => Matches(clause, document)) >= minimum;
    }

    private static bool HasValue(AnyDocument document, string field, string value) =>
        AnyWords.IsText(field)
            ? AnyWords.Terms(document, field).Contains(value)
            : Keys(document, field).Any(key => IsWithin(key, new RangeQuery(field, value, value, true, true)));

    private static bool Exists(AnyDocument document, string field) => field switch
    {
        "place" => document.Facets.Places.Length > 0,
        "vec" => document.Vector is not null,
        _ => AnyWords.IsText(field) ? AnyWords.Terms(document, field).Any() : Keys(document, field).Length > 0,
    };

    private static bool IsWithin(SortValue key, RangeQuery range)
    {
        var low = range.From is null ? 1 : Compare(key, Read(range.Field, range.From));
        var high = range.To is null ? -1 : Compare(key, Read(range.Field, range.To));
        return (range.IncludeFrom ? low >= 0 : low > 0) && (range.IncludeTo ? high <= 0 : high < 0);
    }

    private static SortValue Read(string field, string text) => field switch
    {
        "price" or "wide" => SortValue.Of(double.Parse(text, CultureInfo.InvariantCulture) + 0.0),
        "draft" => SortValue.Of(text == "true" ? 1L : 0),
        "era" when text.Contains('T', StringComparison.Ordinal) => SortValue.Of(
            DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds()),
        "counts" or "deep" or "day" or "era" or "author.age" =>
            SortValue.Of(long.Parse(text, CultureInfo.InvariantCulture)),
        "low" => SortValue.Of(text.ToLowerInvariant()),
        _ => SortValue.Of(text),
    };

    private static bool IsWithin(GeoPoint place, QueryNode query)
    {
        if (query is GeoDistanceQuery round) return PlaceModel.Kilometres(round.Center, place) * 1_000 <= round.Metres;
        var box = (GeoBoxQuery)query;
        if (place.Latitude > box.North || place.Latitude < box.South) return false;
        return box.West <= box.East
            ? place.Longitude >= box.West && place.Longitude <= box.East
            : place.Longitude >= box.West || place.Longitude <= box.East;
    }

    /// <summary>Order of two values of a field.</summary>
    public static int Compare(SortValue one, SortValue other) =>
        one.Text is { } text ? InBytes(text, other.Text!)
        : one.Whole is { } whole ? whole.CompareTo(other.Whole!.Value)
        : one.Number!.Value.CompareTo(other.Number!.Value);

    /// <summary>Order of texts by their bytes.</summary>
    public static int InBytes(string one, string other) =>
        Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other));
}
