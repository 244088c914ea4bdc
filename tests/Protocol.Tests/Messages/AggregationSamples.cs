using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>A request with every kind of aggregation, the parts of a shard, and the results of a router.</summary>
internal static class AggregationSamples
{
    private static readonly BucketOrder[] Order = [new(BucketOrder.Count, true), new("price.avg", false)];

    public static IReadOnlyList<Aggregation> Every { get; } =
    [
        new TermsAggregation
        {
            Name = "tags",
            Field = "tag",
            Size = 5,
            ShardSize = 50,
            Order = Order,
            MinimumCount = 2,
            Include = new TermChoice("a.*", []),
            Exclude = new TermChoice(null, ["ash", "aspen"]),
            Missing = "none",
            Exact = true,
            Within =
            [
                new MetricAggregation { Name = "price", Kind = MetricKind.ExtendedStats, Field = "p", Missing = 1.5 },
                new RunningAggregation { Name = "sum", Kind = RunningKind.CumulativeSum, Path = "price.sum" },
                new BucketSortAggregation { Name = "sort", Sort = Order, From = 1, Size = 3 },
                new BucketSelectorAggregation { Name = "few", Path = "_count", From = 1, IncludeFrom = false, To = 9 },
            ],
        },
        new RangeAggregation
        {
            Name = "ranges", Field = "seen", IsDates = true, Missing = "2020-01-01",
            Ranges = [new BucketRange("old", null, "2000-01-01"), new BucketRange(null, "2000-01-01", null)],
        },
        new HistogramAggregation
        {
            Name = "steps", Field = "p", Interval = 0.5, Offset = 0.25, MinimumCount = 1, Missing = 0, Order = Order,
            Bounds = new BucketBounds(-1, 7.5),
        },
        new DateHistogramAggregation
        {
            Name = "months", Field = "seen", Rounding = new DateRounding(CalendarUnit.Month, 0, "Europe/Berlin", -5),
            Bounds = new BucketBounds(0, 86_400_000), Missing = 7, Order = Order,
        },
        new FilterAggregation { Name = "one", Query = new TermQuery("tag", "oak") },
        new FiltersAggregation
        {
            Name = "some", OtherKey = "rest",
            Filters = [new NamedFilter("a", new MatchAllQuery()), new NamedFilter(null, new TermQuery("tag", "oak"))],
        },
        new GlobalAggregation { Name = "all" },
        new MissingAggregation { Name = "without", Field = "tag" },
        new SignificantTermsAggregation
        {
            Name = "unusual", Field = "tag", Size = 4, MinimumCount = 2, Measure = SignificanceMeasure.ChiSquare,
            Background = new TermQuery("kind", "tree"), Include = new TermChoice(null, ["oak"]),
        },
        new CompositeAggregation
        {
            Name = "pages", Size = 100, After = [SortValue.Of("oak"), SortValue.Of(0.5), SortValue.Of(7)],
            Sources =
            [
                new CompositeSource("tag", new TermsAggregation { Name = "tag", Field = "tag" }, true),
                new CompositeSource("p", new HistogramAggregation { Name = "p", Field = "p", Interval = 2 }, false),
            ],
        },
        new CardinalityAggregation { Name = "different", Field = "tag", PrecisionThreshold = 100 },
        new PercentilesAggregation { Name = "shares", Field = "p", Percents = [50, 99.9], RelativeError = 0.02 },
        new PercentileRanksAggregation { Name = "ranks", Field = "p", Values = [10, 20], Missing = 3 },
        new TopHitsAggregation
        {
            Name = "best", Size = 2, From = 1, Sort = [new SortKey("p", true)], WithSource = false,
            SourceFields = ["a*"], SourceExcludes = ["b"],
        },
        new SiblingAggregation { Name = "top", Kind = SiblingKind.Max, Path = "months>_count" },
    ];

    /// <summary>Kinds that came later.</summary>
    private static IReadOnlyList<Aggregation> Later { get; } =
    [
        new GeoDistanceAggregation
        {
            Name = "rings", Field = "place", Origin = new GeoPoint(52.5, -13.25), UnitMetres = 1_000,
            Ranges = [new DistanceRange("near", null, 1.5), new DistanceRange(null, 1.5, null)],
        },
        new GeoGridAggregation
        {
            Name = "cells", Field = "place", Grid = GeoGridKind.Geohash, Precision = 5, Size = 100,
            Within =
            [
                new MovingAggregation
                {
                    Name = "moving", Kind = MovingKind.Average, Path = "_count", Window = 3, Shift = -1,
                },
            ],
        },
        new GeoGridAggregation { Name = "tiles", Field = "place", Grid = GeoGridKind.Tile, Precision = 0 },
        new GeoBoundsAggregation { Name = "box", Field = "place", WrapsLongitude = false },
        new GeoCentroidAggregation { Name = "middle", Field = "place" },
        new WeightedAverageAggregation
        {
            Name = "grade", Field = "p", Weight = "w", Missing = 1.5, MissingWeight = 2,
        },
        new MedianDeviationAggregation { Name = "spread", Field = "p", RelativeError = 0.02, Missing = 1 },
        new SiblingAggregation { Name = "all", Kind = SiblingKind.ExtendedStats, Path = "cells>_count" },
        new PercentilesBucketAggregation { Name = "shares", Path = "cells>_count", Percents = [5, 50] },
    ];

    public static IEnumerable<Sample> All { get; } =
    [
        Sample.Of(
            "search-request-aggregating-places",
            new SearchRequest { Collection = "wiki", Query = new MatchAllQuery(), Size = 0, Aggregations = Later },
            SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
        Sample.Of<IReadOnlyList<AggregationPart>>(
            "aggregation-parts-places",
            [
                new PlacesPart(0),
                new PlacesPart(3)
                {
                    South = -1.5, North = 60, Western = new LongitudeRange(-120, -0.5),
                    Eastern = new LongitudeRange(0, 17.25), Rows = ulong.MaxValue, Columns = 7,
                },
            ],
            AggregationPartCodec.Write, AggregationPartCodec.TryRead),
        Sample.Of(
            "search-reply-aggregated-places",
            new SearchReply
            {
                Total = 9, Hits = [], Coverage = new Coverage(1, 1, 9, 9),
                Aggregations =
                [
                    new BoundsResult("box", new GeoPoint(60, -120), new GeoPoint(-1.5, 17.25)),
                    new BoundsResult("none", null, null),
                    new CentroidResult("middle", new GeoPoint(1.5, 2.5), 3),
                    new CentroidResult("nowhere", null, 0),
                ],
            },
            SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
        Sample.Of(
            "search-request-aggregating",
            new SearchRequest { Collection = "wiki", Query = new MatchAllQuery(), Size = 0, Aggregations = Every },
            SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
        Sample.Of<IReadOnlyList<AggregationPart>>(
            "aggregation-parts", Parts, AggregationPartCodec.Write, AggregationPartCodec.TryRead),
        Sample.Of(
            "search-reply-aggregated",
            new SearchReply
            {
                Total = 9, Hits = [], Coverage = new Coverage(1, 1, 9, 9), AggregationParts = new byte[] { 0x91, 0x90 },
                Aggregations = Results,
            },
            SearchCodec.Write, SearchCodec.TryRead).WithoutLaterFields(),
    ];

    private static SearchHit Hit => new()
    {
        Path = "/wiki/oak", Score = 1.5f, Version = 7, Source = Encoding.UTF8.GetBytes("{}"),
    };

    private static AggregationPart[] Parts =>
    [
        new BucketsPart(
            [FieldType.Keyword],
            [new BucketPart(SortValue.Of("oak"), 3, [new MetricPart(FieldType.Number, 3)
            {
                Min = -1, Max = 2.5, Sum = [1e-30, 4.5], Squares = [9],
            }])])
        {
            Total = 10, OtherCount = 4, ErrorBound = 2,
        },
        new BucketsPart(
            [FieldType.Keyword, FieldType.Date],
            [new BucketPart(default, 1, []) { Keys = [SortValue.Of("oak"), SortValue.Of(86_400_000)] }]),
        new CardinalityPart([1, ulong.MaxValue], default),
        new CardinalityPart([], new byte[1_024]),
        new SketchPart(
            FieldType.Number, -3, 7.25, [new SketchBin(-40_000, 2), new SketchBin(0, 1), new SketchBin(9, 5)]),
        new HitsPart(12, [Hit]),
    ];

    private static AggregationResult[] Results =>
    [
        new BucketsResult(
            "tags",
            [
                new AggregationBucket(
                    SortValue.Of("oak"), 3, [new NumberResult("price", 1.5) { Text = "x", Keys = ["y"] }])
                {
                    KeyText = "Oak", ErrorBound = 1, BackgroundCount = 9, Score = 0.25,
                    Keys = [SortValue.Of(1), SortValue.Of(2.5)],
                },
            ])
        {
            ErrorBound = 2, OtherCount = 4, After = [SortValue.Of("oak")], Sources = ["tag"], Total = 10,
            Background = 20, IsNamed = true,
        },
        new BucketResult("one", 5, [new NumberResult("none", null)]),
        new StatsResult("stats", 2, 1, 3, 2, 4),
        new StatsResult("more", 2, 1, 3, 2, 4) { Spread = new SpreadResult(10, 1, 2, 3) },
        new PercentilesResult("shares", [new PercentileRow(50, 2.5), new PercentileRow(99, null)]) { AreDates = true },
        new HitsResult("best", 12, [Hit]),
    ];
}
