namespace Hedgerow.Protocol.Tests;

/// <summary>Messages about places, lists of values, functions of scores and rules of orders.</summary>
internal static class ValueSamples
{
    private static readonly QueryNode Areas = new BooleanQuery(
        [new GeoDistanceQuery("place", new GeoPoint(52.52, -13.405), 1_500) { Boost = 2 }],
        [new GeoBoxQuery("place", 1, 179, -1.5, -179)],
        [new GeoPolygonQuery("place", [new(0, 0), new(0, 1.5), new(-90, 180)])],
        [new TermsQuery("tag", ["plants", "grün", ""]), new RangeQuery("seen", "now-1d/d", null, true, false)
        {
            TimeZone = "Europe/Paris",
        }]);

    private static readonly QueryNode Functions = new FunctionScoreQuery(
        new DistanceFeatureQuery("seen", "now", "7d"),
        [
            new WeightFunction { Weight = 2.5, Filter = new TermQuery("tag", "plants") },
            new FieldValueFunction("year", 1.5, ValueModifier.Ln1p, null),
            new FieldValueFunction("year", 1, ValueModifier.Reciprocal, 3),
            new DecayFunction(DecayShape.Linear, "place", "1,2", "5km", "", 0.25, ValueMode.Average) { Weight = 0 },
            new RandomFunction(long.MinValue),
            new RandomFunction(null),
        ])
    {
        ScoreMode = FunctionsMode.Average, BoostMode = BoostMode.Min, MaxBoost = 8, MinScore = 0.5, Boost = 3,
    };

    private static readonly SearchRequest Lookup = new()
    {
        Collection = "wiki", Query = new TermsLookupQuery("tag", "/users/2", "follows.tags") { Boost = 2 },
    };

    private static readonly SearchRequest Ids = new()
    {
        Collection = "wiki", Query = new IdsQuery(["Hedge", "Grün"]) { Boost = 2 },
    };

    public static IReadOnlyList<Sample> All { get; } =
    [
        .. Samples(),
        Sample.Of("search-request-terms-lookup", Lookup, SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
        Sample.Of("search-request-ids", Ids, SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
    ];

    private static IEnumerable<Sample> Samples()
    {
        var places = new SearchRequest
        {
            Collection = "wiki",
            Query = Areas,
            Sort =
            [
                new SortKey("place", false) { Distance = new SortDistance([new(1, 2), new(-3, 4.5)], 1_000) },
                new SortKey("year", true, MissingFirst: true)
                {
                    Mode = ValueMode.Median, Missing = "1999", NumericType = SortNumbers.Whole,
                },
                new SortKey(SortKey.Path, true),
            ],
        };
        yield return Sample.Of("search-request-places", places, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var features = new RankFeatureQuery("year", FeatureShape.Sigmoid, 2_000, 0.6);
        var scored = new SearchRequest
        {
            Collection = "wiki",
            Query = new BooleanQuery([Functions], [features, new FunctionScoreQuery(new MatchAllQuery(), [])], [], []),
            MinScore = 1.25,
            NowMs = 1_722_000_000_000,
        };
        yield return Sample.Of("search-request-scored", scored, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
        var schema = new CollectionSchema
        {
            Name = "wiki", Fields = [new FieldSchema { Name = "place", Type = FieldType.GeoPoint }],
        };
        yield return Sample.Of("collection-schema-places", schema, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields();
    }
}
