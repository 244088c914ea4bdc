using Hedgerow.Leaf.Search.Aggregations;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Queries;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Aggregations;

/// <summary>Aggregations that are made to cost much end at a limit that is named, before they take it, or in
/// time.</summary>
public sealed class HostileAggregationTests(HostileQueryTests.ManyTerms terms)
    : IClassFixture<HostileQueryTests.ManyTerms>
{
    private const int Limit = 256 * 1024;

    private readonly CollectionIndex _index = terms.Harness.Index;

    /// <summary>Each has a bucket for every document.</summary>
    public static TheoryData<Aggregation> Wide =>
    [
        new TermsAggregation { Name = "a", Field = "tags", Exact = true },
        new TermsAggregation { Name = "a", Field = "tags", Size = 3 },
        new TermsAggregation { Name = "a", Field = "price", Exact = true },
        new HistogramAggregation { Name = "a", Field = "price", Interval = 0.5 },
        new SignificantTermsAggregation { Name = "a", Field = "tags" },
        Composite(10_000, []),
        Composite(3, [SortValue.Of("0"), SortValue.Of(0)]),
        new TermsAggregation
        {
            Name = "a", Field = "tags", Exact = true,
            Within = [new MetricAggregation { Name = "b", Kind = MetricKind.ExtendedStats, Field = "price" }],
        },
    ];

    /// <summary>Each takes memory for every document, or for every bucket.</summary>
    public static TheoryData<Aggregation> Heavy =>
    [
        // The most frequent of one segment take no more than what is counted for each term.
        .. Wide.Select(row => row.Data).Where(row => row is not TermsAggregation { Size: 3 }),
        new CardinalityAggregation { Name = "a", Field = "tags", PrecisionThreshold = 40_000 },
        new CardinalityAggregation { Name = "a", Field = "price", PrecisionThreshold = 40_000 },
        new FiltersAggregation
        {
            Name = "a", Filters = [.. Enumerable.Repeat(new NamedFilter(null, new MatchAllQuery()), 1_000)],
        },
        Within(new CardinalityAggregation { Name = "b", Field = "tags", PrecisionThreshold = 0 }),
        Within(new PercentilesAggregation { Name = "b", Field = "price" }),
        Within(new TopHitsAggregation { Name = "b" }),
        Within(new WeightedAverageAggregation { Name = "b", Field = "price", Weight = "price" }),
    ];

    [Theory]
    [MemberData(nameof(Wide))]
    public void Telling_what_was_found_stops_at_the_deadline(Aggregation aggregation)
    {
        var time = new FakeTimeProvider();
        var budget = new SearchBudget(time, TimeSpan.FromSeconds(10), CancellationToken.None);
        var (run, scope) = Walked(aggregation, budget, AggregationLimits.MemoryBytesMax);
        Assert.Null(scope.Error);
        time.Advance(TimeSpan.FromSeconds(11));
        AggregationPart[]? parts = null;
        AggregationScope.Guard(() => parts = run.Parts());
        Assert.Equal(StatusCode.DeadlineExceeded, budget.Status);
        Assert.Null(parts);
    }

    [Theory]
    [MemberData(nameof(Heavy))]
    public void Memory_is_refused_before_it_is_taken(Aggregation aggregation)
    {
        // What code needs that is run for the first time is not the aggregation's.
        Walked(aggregation, SearchBudget.Unlimited(), Limit);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (run, scope) = Walked(aggregation, SearchBudget.Unlimited(), Limit);
        if (scope.Error is null) AggregationScope.Guard(() => run.Parts());
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains("need more than", scope.Error);
        Assert.InRange(scope.Bytes, 0, Limit);
        // What was outgrown was taken too; and planning, scorers and hits take something that is no collector's.
        Assert.InRange(taken, 0, 8 * Limit);
    }

    [Fact]
    public void Terms_of_a_segment_that_is_a_little_larger_are_not_counted_in_twice_the_memory() =>
        Assert.InRange(BytesOf([3_000, 3_001]), 0, BytesOf([3_001, 3_000]) + (3_000 * sizeof(int) / 2));

    [Fact]
    public void An_array_too_large_is_not_made()
    {
        var scope = new AggregationScope(SearchBudget.Unlimited(), Limit);
        var array = new long[16];
        scope.Grow(ref array, 17);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<AggregationEndedException>(() => scope.Grow(ref array, 100_000_000));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Limit);
        Assert.Equal(32, array.Length);
        Assert.Contains("need more than", scope.Error);
    }

    [Fact]
    public void Documents_with_many_values_are_left_at_the_deadline()
    {
        using var directory = IndexDirectory.InMemory();
        using var index = CollectionIndex.Open(
            directory,
            new CollectionSchema
            {
                Name = "docs",
                Fields =
                [
                    new FieldSchema { Name = "n", Type = FieldType.Integer },
                    new FieldSchema { Name = "g", Type = FieldType.GeoPoint },
                    new FieldSchema { Name = "w", Type = FieldType.Number },
                    new FieldSchema { Name = "k", Type = FieldType.Keyword },
                ],
            },
            static _ => throw new InvalidOperationException("there is no text"), new CollectionIndexOptions(),
            TimeProvider.System);
        var numbers = string.Join(',', Enumerable.Range(0, 20_000));
        var words = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i}\""));
        var json = System.Text.Encoding.UTF8.GetBytes($"{{\"w\":2,\"n\":[{numbers}],\"k\":[{words}]}}");
        Assert.Equal(StatusCode.Ok, index.Put("/docs/1"u8, 1, json, out _, out _));
        index.Refresh();
        Aggregation[] each =
        [
            new TermsAggregation { Name = "a", Field = "n" },
            new TermsAggregation
            {
                Name = "a", Field = "k", Within = [new GeoBoundsAggregation { Name = "b", Field = "g" }],
            },
            new HistogramAggregation { Name = "a", Field = "n", Interval = 3 },
            new MetricAggregation { Name = "a", Kind = MetricKind.Stats, Field = "n" },
            new CardinalityAggregation { Name = "a", Field = "n" },
            new CardinalityAggregation { Name = "a", Field = "k" },
            new PercentilesAggregation { Name = "a", Field = "n" },
            new WeightedAverageAggregation { Name = "a", Field = "n", Weight = "w" },
            new CompositeAggregation
            {
                Name = "a",
                Sources = [new CompositeSource("k", new TermsAggregation { Name = "k", Field = "k" }, false)],
            },
        ];
        foreach (var aggregation in each)
        {
            // Each look at the clock takes a second of the three that there are.
            var budget = new SearchBudget(
                new HostileQueryTests.TickingTime(), TimeSpan.FromSeconds(3), CancellationToken.None);
            index.Read((fields, snapshot) => Walk(fields, snapshot, aggregation, budget, long.MaxValue, out _));
            Assert.True(StatusCode.DeadlineExceeded == budget.Status, $"{aggregation}");
        }
    }

    /// <summary>What is held in the end for counting the terms of segments with so many, of the same words.</summary>
    private static long BytesOf(int[] terms)
    {
        using var directory = IndexDirectory.InMemory();
        using var index = CollectionIndex.Open(
            directory,
            new CollectionSchema
            {
                Name = "docs", Fields = [new FieldSchema { Name = "k", Type = FieldType.Keyword }],
            },
            static _ => throw new InvalidOperationException("there is no text"), new CollectionIndexOptions(),
            TimeProvider.System);
        foreach (var count in terms)
        {
            var words = string.Join(',', Enumerable.Range(0, count).Select(word => $"\"{word:d5}\""));
            var json = System.Text.Encoding.UTF8.GetBytes($"{{\"k\":[{words}]}}");
            var path = System.Text.Encoding.UTF8.GetBytes($"/docs/{count}");
            Assert.Equal(StatusCode.Ok, index.Put(path, 1, json, out _, out _));
            index.Refresh();
        }

        AggregationScope? scope = null;
        index.Read((fields, snapshot) => Walk(
            fields, snapshot, new TermsAggregation { Name = "a", Field = "k", Size = 3 }, SearchBudget.Unlimited(),
            long.MaxValue, out scope));
        return scope!.Bytes;
    }

    private (AggregationRun Run, AggregationScope Scope) Walked(
        Aggregation aggregation, SearchBudget budget, long bytesMax)
    {
        AggregationScope? scope = null;
        var run = _index.Read(
            (fields, snapshot) => Walk(fields, snapshot, aggregation, budget, bytesMax, out scope));
        return (run, scope!);
    }

    private static AggregationRun Walk(
        CollectionFields fields, IndexSnapshot snapshot, Aggregation aggregation, SearchBudget budget, long bytesMax,
        out AggregationScope scope)
    {
        var own = scope = new AggregationScope(budget, bytesMax);
        var queries = new QueryPlanner(fields);
        var plan = new AggregationPlanner(
            fields, queries, own, 0, hits => SearchAggregations.TopHits(
                hits, new SearchRequest { Collection = "docs", Query = new MatchAllQuery() },
                queries.Plan(new MatchAllQuery(), 1, isScoring: false), snapshot, fields, own));
        Collector[] collectors = [];
        AggregationScope.Guard(() => collectors = plan.Plan([aggregation]));
        var run = new AggregationRun(own, collectors);
        if (own.Error is not null) return run;
        AggregationScope.Guard(() =>
        {
            foreach (var view in snapshot.Views)
            {
                var all = ClauseSet.Of(new AllScorer(view.Segment.DocumentCount, 0));
                run.Walk(view, all, SearchScratch.Take());
            }
        });
        return run;
    }

    private static CompositeAggregation Composite(int size, SortValue[] after) => new()
    {
        Name = "a",
        Size = size,
        After = after,
        Sources =
        [
            new CompositeSource("t", new TermsAggregation { Name = "t", Field = "tags" }, false),
            new CompositeSource("p", new TermsAggregation { Name = "p", Field = "price" }, true),
        ],
    };

    private static TermsAggregation Within(Aggregation inner) =>
        new() { Name = "a", Field = "tags", Exact = true, Within = [inner] };
}
