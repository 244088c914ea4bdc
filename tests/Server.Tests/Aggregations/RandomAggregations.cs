using Hedgerow.Protocol;

namespace Hedgerow.Server.Tests.Aggregations;

/// <summary>Random trees of aggregations that the model knows.</summary>
internal static class RandomAggregations
{
    private static readonly string[] Keywords = ["tags", "shop"];
    private static readonly string[] Numbers = ["price", "counts", "day", "draft"];

    public static Aggregation[] Level(Random random, int depth) =>
        [.. Enumerable.Range(0, random.Next(1, 3)).Select(i => Any(random, $"a{i}", depth))];

    public static QueryNode Query(Random random) => random.Next(4) switch
    {
        0 => new TermQuery("tags", random.Next(2) == 0 ? "oak" : "Elm"),
        1 => new RangeQuery("price", "3", null, true, true),
        2 => new TermQuery("shop", "s1"),
        _ => new MatchAllQuery(),
    };

    private static Aggregation Any(Random random, string name, int depth)
    {
        if (depth == 0 || random.Next(3) == 0) return Leaf(random, name, depth);
        Aggregation[] within = random.Next(3) == 0 ? [] : Level(random, depth - 1);
        return Bucket(random, name) with { Within = within };
    }

    private static Aggregation Leaf(Random random, string name, int depth) => random.Next(12) switch
    {
        8 => new GeoBoundsAggregation { Name = name, Field = "place", WrapsLongitude = random.Next(2) == 0 },
        9 => new GeoCentroidAggregation { Name = name, Field = "place" },
        10 => new WeightedAverageAggregation
        {
            Name = name,
            Field = One(random, "price", "counts", "day"),
            Weight = One(random, "price", "day", "draft"),
            Missing = random.Next(2) == 0 ? 3 : null,
            MissingWeight = random.Next(2) == 0 ? 2 : null,
        },
        11 => new MedianDeviationAggregation
        {
            Name = name, Field = One(random, "price", "counts", "day"), RelativeError = Error(random),
        },
        0 => new CardinalityAggregation { Name = name, Field = One(random, [.. Keywords, .. Numbers]) },
        1 => new PercentilesAggregation
        {
            Name = name, Field = One(random, "price", "counts", "day"), RelativeError = Error(random),
        },
        2 => new TopHitsAggregation
        {
            Name = name, Size = random.Next(4), Sort = [new SortKey("price", true)], WithSource = false,
        },
        3 when depth > 0 => new SignificantTermsAggregation { Name = name, Field = "tags", MinimumCount = 2, Size = 9 },
        _ => new MetricAggregation
        {
            Name = name, Kind = (MetricKind)random.Next(1, 8), Field = One(random, Numbers),
        },
    };

    private static Aggregation Bucket(Random random, string name) => random.Next(11) switch
    {
        7 => new GeoDistanceAggregation
        {
            Name = name,
            Field = "place",
            Origin = PlaceModel.Random(random),
            UnitMetres = 1_000,
            Ranges = [new("near", null, 300), new(null, 300, 9_000), new(null, 2_000, null)],
        },
        8 => new GeoGridAggregation
        {
            Name = name, Field = "place", Grid = GeoGridKind.Geohash, Precision = random.Next(1, 13),
            Size = random.Next(1, 30),
        },
        // Tiles that are hardly larger than the grid of stored places have borders on it, where rounding decides.
        9 => new GeoGridAggregation
        {
            Name = name, Field = "place", Grid = GeoGridKind.Tile, Precision = random.Next(0, 23),
            Size = random.Next(1, 30),
        },
        0 => new RangeAggregation
        {
            Name = name,
            Field = One(random, "price", "counts"),
            Ranges = [new(null, null, "2.5"), new("mid", "0", "7"), new(null, "5", null)],
        },
        1 => new HistogramAggregation
        {
            Name = name,
            Field = "counts",
            Interval = random.Next(1, 4) / 2.0,
            Offset = random.Next(2) / 4.0,
            MinimumCount = random.Next(3),
            Bounds = random.Next(2) == 0 ? null : new BucketBounds(-7, 12),
        },
        2 => new DateHistogramAggregation
        {
            Name = name,
            Field = "day",
            Rounding = new DateRounding(CalendarUnit.Month, 0),
            MinimumCount = random.Next(3),
        },
        3 => new FilterAggregation { Name = name, Query = Query(random) },
        4 => new FiltersAggregation
        {
            Name = name,
            Filters = [new NamedFilter("x", Query(random)), new NamedFilter("y", Query(random))],
            OtherKey = "rest",
        },
        5 => new MissingAggregation { Name = name, Field = One(random, [.. Keywords, .. Numbers, "place"]) },
        _ => Terms(random, name),
    };

    private static TermsAggregation Terms(Random random, string name) => new()
    {
        Name = name,
        Field = One(random, "tags", "shop", "counts", "draft", "price"),
        Size = random.Next(1, 15),
        Exact = true,
        MinimumCount = random.Next(1, 3),
        Order = random.Next(4) switch
        {
            0 => [new BucketOrder(BucketOrder.Key, random.Next(2) == 0)],
            1 => [new BucketOrder(BucketOrder.Count, false)],
            _ => [],
        },
    };

    private static double Error(Random random) =>
        random.Next(2) == 0 ? DistributionSketch.StandardError : DistributionSketch.ErrorMin;

    private static string One(Random random, params string[] names) => names[random.Next(names.Length)];
}
