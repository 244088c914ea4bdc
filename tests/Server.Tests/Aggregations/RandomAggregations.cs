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

    private static Aggregation Leaf(Random random, string name, int depth) => random.Next(8) switch
    {
        0 => new CardinalityAggregation { Name = name, Field = One(random, [.. Keywords, .. Numbers]) },
        1 => new PercentilesAggregation { Name = name, Field = One(random, "price", "counts", "day") },
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

    private static Aggregation Bucket(Random random, string name) => random.Next(8) switch
    {
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
        5 => new MissingAggregation { Name = name, Field = One(random, [.. Keywords, .. Numbers]) },
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

    private static string One(Random random, params string[] names) => names[random.Next(names.Length)];
}
