using System.Globalization;
using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Aggregations;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>Queries of every kind over fields of every type, one within another.</summary>
internal static class AnyQuery
{
    private static readonly string[] TextFields = ["title", "body", "note", "author.name"];
    private static readonly string[] KeywordFields = ["tags", "shop", "title.raw", "low", "late"];
    private static readonly string[] NumberFields =
        ["price", "counts", "day", "draft", "wide", "deep", "era", "author.age"];

    private static readonly string[] Keywords =
        ["oak", "ash", "Elm", "élan", "\uE000", "😀", "a", "s0", "s3", "red", "BLUE", "été", "l1", ""];

    private static readonly string?[] Minima = [null, "1", "2", "-1", "50%", "-30%", "1<50%"];

    public static QueryNode Random(Random random, int depth)
    {
        QueryNode query = random.Next(depth > 0 ? 34 : 23) switch
        {
            0 => new MatchAllQuery(),
            1 or 2 => new TermQuery(One(random, TextFields), Folded(AnyDocument.Word(random))),
            3 => new TermQuery(One(random, KeywordFields), Keyword(random)),
            4 => Number(random),
            5 => Terms(random),
            6 or 7 => new MatchQuery(One(random, TextFields), AnyDocument.Words(random, 4), random.Next(2) == 0)
            {
                Rules = Rules(random),
            },
            8 => new PhraseQuery(Positioned(random), AnyDocument.Words(random, 3), random.Next(3) == 0 ? 2 : 0),
            9 => new PrefixQuery(One(random, Stringy(random)), Start(random)),
            10 => new WildcardQuery(One(random, Stringy(random)), Pattern(random)),
            11 => new FuzzyQuery(
                One(random, Stringy(random)), Short(random), random.Next(-1, 3), random.Next(3)),
            12 or 13 => Range(random),
            14 => new ExistsQuery(One(random, [.. TextFields, .. KeywordFields, .. NumberFields, "place", "vec"])),
            15 => new PathsQuery(
                [.. Enumerable.Range(0, random.Next(6)).Select(_ => AnyDocument.PathOf(random.Next(300)))]),
            16 => Place(random),
            17 => Multi(random),
            18 => new PhrasePrefixQuery(
                Positioned(random), AnyDocument.Words(random, 1) + " " + Start(random), 0, 1_000),
            19 => new BoolPrefixQuery(
                One(random, TextFields), AnyDocument.Words(random, 2) + " " + Start(random), random.Next(2) == 0),
            20 => Feature(random),
            21 => new KnnQuery("vec", AnyDocument.AnyVector(random), random.Next(1, 12)) { Exact = true },
            22 => Texted(random),
            23 => new ConstantScoreQuery(Random(random, depth - 1)),
            24 => new DisMaxQuery(Some(random, 4, depth), random.Next(2) == 0 ? 0 : random.NextSingle()),
            25 => new BoostingQuery(Random(random, depth - 1), Random(random, depth - 1), random.NextSingle()),
            26 or 27 => Function(random, depth),
            28 when depth > 1 => new KnnQuery("vec", AnyDocument.AnyVector(random), random.Next(1, 12))
            {
                Exact = true, Filter = Tame(random), Similarity = random.Next(3) == 0 ? 3 : null,
            },
            _ => new BooleanQuery(
                Some(random, 3, depth), Some(random, 4, depth), Some(random, 2, depth), Some(random, 3, depth))
            {
                MinimumShouldMatch = random.Next(3) == 0 ? random.Next(4) : null,
            },
        };
        return random.Next(5) == 0 ? query with { Boost = 0.5f + random.NextSingle() } : query;
    }

    /// <summary>As a text field's terms are written.</summary>
    public static string Folded(string word) => word.ToLowerInvariant().Replace('é', 'e');

    public static string Invariant(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static QueryNode Tame(Random random) =>
        random.Next(2) == 0 ? Number(random) : new TermQuery("title", "oak");

    private static QueryNode[] Some(Random random, int below, int depth) =>
        [.. Enumerable.Range(0, random.Next(below)).Select(_ => Random(random, depth - 1))];

    private static string[] Stringy(Random random) => random.Next(2) == 0 ? TextFields : KeywordFields;

    private static string Positioned(Random random) => One(random, "title", "body", "author.name", "title.en");

    private static string Keyword(Random random) =>
        random.Next(3) == 0 ? AnyDocument.Words(random, 2) : One(random, Keywords);

    /// <summary>No longer than a misspelt word may be.</summary>
    private static string Short(Random random)
    {
        var word = Folded(AnyDocument.Word(random));
        return word[..Math.Min(word.Length, 12)];
    }

    private static string Start(Random random)
    {
        var word = Folded(AnyDocument.Word(random));
        return word[..random.Next(1, Math.Min(word.Length, 6) + 1)];
    }

    private static string Pattern(Random random)
    {
        var word = Folded(AnyDocument.Word(random));
        word = word[..Math.Min(word.Length, 8)];
        var at = random.Next(word.Length);
        return random.Next(4) switch
        {
            0 => word[..at] + "*",
            1 => "*" + word[at..],
            2 => word[..at] + "?" + word[(at + 1)..],
            _ => word[..at] + "*" + word[^1],
        };
    }

    /// <summary>A value of a field in the field's notation, mostly one that documents have.</summary>
    private static string ValueOf(Random random, string field) => field switch
    {
        "price" => Invariant(random.Next(-50, 50) / 10.0),
        "counts" => random.Next(-5, 10).ToString(CultureInfo.InvariantCulture),
        "author.age" => random.Next(19, 25).ToString(CultureInfo.InvariantCulture),
        "draft" => random.Next(2) == 0 ? "true" : "false",
        "wide" => Invariant(AnyDocument.AnyWide(random)),
        "deep" => AnyDocument.AnyDeep(random).ToString(CultureInfo.InvariantCulture),
        "day" => (1_700_000_000_000 + random.NextInt64(-30_000_000_000, 30_000_000_000))
            .ToString(CultureInfo.InvariantCulture),
        "era" => Era(AnyDocument.AnyEra(random)),
        _ => Keyword(random),
    };

    /// <summary>Four digits would be a year.</summary>
    private static string Era(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms)
        .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static TermQuery Number(Random random)
    {
        var field = One(random, NumberFields);
        return new TermQuery(field, ValueOf(random, field));
    }

    private static TermsQuery Terms(Random random)
    {
        var field = One(random, [.. KeywordFields, .. NumberFields]);
        return new TermsQuery(field, [.. Enumerable.Range(0, random.Next(5)).Select(_ => ValueOf(random, field))]);
    }

    private static RangeQuery Range(Random random)
    {
        var field = One(random, [.. KeywordFields, .. NumberFields, .. NumberFields]);
        return new RangeQuery(
            field,
            random.Next(4) == 0 ? null : ValueOf(random, field),
            random.Next(4) == 0 ? null : ValueOf(random, field),
            random.Next(2) == 0,
            random.Next(2) == 0);
    }

    private static QueryNode Place(Random random)
    {
        var (a, b) = (PlaceModel.Random(random), PlaceModel.Random(random));
        return random.Next(2) == 0
            ? new GeoBoxQuery(
                "place", Math.Max(a.Latitude, b.Latitude), a.Longitude, Math.Min(a.Latitude, b.Latitude), b.Longitude)
            : new GeoDistanceQuery("place", a, random.Next(3) switch { 0 => 0, 1 => 300_000, _ => 9_000_000 });
    }

    private static MatchRules Rules(Random random) => new()
    {
        Fuzziness = random.Next(3) > 0 ? null : random.Next(2) == 0 ? Fuzziness.Auto : new Fuzziness(random.Next(3)),
        PrefixLength = random.Next(2),
        MinimumShouldMatch = Minima[random.Next(Minima.Length)],
        ZeroTermsAll = random.Next(4) == 0,
    };

    private static MultiMatchQuery Multi(Random random) => new(
        random.Next(3) == 0 ? ["title^2", "body"] : ["title", "author.name^0.5", "body"],
        AnyDocument.Words(random, 3),
        (MultiMatchType)random.Next(6))
    {
        AllWords = random.Next(2) == 0, TieBreaker = random.Next(2) == 0 ? null : random.NextSingle(),
    };

    private static QueryNode Feature(Random random) => random.Next(5) switch
    {
        4 => new RankFeatureQuery("wide", (FeatureShape)random.Next(4), 3),
        0 => new DistanceFeatureQuery("price", "3", "2"),
        1 => new DistanceFeatureQuery("era", "2024-01-01", "7d"),
        2 => new RankFeatureQuery("counts", FeatureShape.Saturation, 3),
        _ => new RankFeatureQuery("price", FeatureShape.Logarithm, 1),
    };

    private static FunctionScoreQuery Function(Random random, int depth)
    {
        ScoreFunction[] functions =
        [
            .. Enumerable.Range(0, random.Next(4)).Select(ScoreFunction (_) => random.Next(5) switch
            {
                0 => new WeightFunction { Weight = random.Next(4) / 2.0 },
                1 => new FieldValueFunction(
                    One(random, "counts", "wide", "deep"), 0.5, (ValueModifier)random.Next(10),
                    random.Next(2) == 0 ? 1 : null),
                2 => new RandomFunction(random.Next(5)),
                3 => new DecayFunction((DecayShape)random.Next(3), "price", "2", "3", random.Next(2) == 0 ? "" : "1"),
                _ => new DecayFunction((DecayShape)random.Next(3), "place", "10,20", "3000km", ""),
            }).Select(function => random.Next(3) == 0 ? function with { Filter = Random(random, 0) } : function),
        ];
        return new FunctionScoreQuery(Random(random, depth - 1), functions)
        {
            ScoreMode = (FunctionsMode)random.Next(6),
            BoostMode = (BoostMode)random.Next(6),
            MaxBoost = random.Next(4) == 0 ? 1.5 : null,
            MinScore = random.Next(5) == 0 ? random.NextDouble() : null,
        };
    }

    /// <summary>Queries that the model leaves out.</summary>
    private static QueryNode Texted(Random random) => random.Next(5) switch
    {
        0 => new QueryStringQuery($"title:{Start(random)}* OR +body:oak -tags:ash", [], false),
        1 => new QueryStringQuery(
            $"oka~1 \"oak row\"~1 counts:[1 TO *]^2 {AnyDocument.Word(random)}", ["title^2", "body"],
            random.Next(2) == 0),
        2 => new CombinedFieldsQuery(["title^2", "body"], AnyDocument.Words(random, 3), random.Next(2) == 0),
        3 => new MoreLikeThisQuery(["title", "body"])
        {
            Like = new MoreLikeThisExamples { Texts = [AnyDocument.Words(random, 6)] },
            MinTermFrequency = 1, MinDocumentFrequency = random.Next(3), MaxQueryTerms = random.Next(1, 6),
        },
        _ => new MatchQuery("title.en", AnyDocument.Words(random, 3), false),
    };

    private static string One(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
