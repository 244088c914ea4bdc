using Hedgerow.Protocol;
using Hedgerow.Server.Tests.Aggregations;

namespace Hedgerow.Server.Tests.Everything;

/// <summary>
/// Everything that a search can ask for drawn at once: each answer is what a model that reads every document says, the
/// same on one shard and on seven, and whatever cuts a part out of all hits gives that part.
/// </summary>
/// <remarks>
/// HEDGEROW_ROUNDS says how many times as many collections are made, HEDGEROW_SEED behind which seed they begin.
/// </remarks>
public sealed class EverythingTests
{
    private const int CollectionsPerRound = 2;
    private const int SearchesPerState = 25;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_search_is_answered_as_the_model_says_on_one_shard_and_on_seven()
    {
        for (var seed = Rounds.Seed + 1; seed <= Rounds.Seed + (CollectionsPerRound * Rounds.Count); seed++)
        {
            try
            {
                await RunAsync(seed);
            }
            catch (InvalidOperationException problem)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} (to see it again: HEDGEROW_SEED={seed - 1}): {problem.Message}", problem);
            }
        }
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        await using var collections = await Collections.StartAsync();
        var numbers = new[] { 3, 40, 250, 250, 600 }[random.Next(5)];
        if (random.Next(2) == 0) await collections.FillAsync(random, numbers);
        for (var state = 0; state < 3; state++)
        {
            await collections.WriteAsync(random, numbers, state == 0 ? numbers / 2 : 60);
            for (var i = 0; i < SearchesPerState; i++) await SearchAsync(random, collections);
        }
    }

    private static async Task SearchAsync(Random random, Collections collections)
    {
        var query = AnyQuery.Random(random, random.Next(4));
        var request = AnyRequest.Whole(random, query);
        try
        {
            var whole = await BothAsync(collections, request);
            Assert.True(whole.TotalIsExact);
            Assert.Equal(whole.Hits.Count, whole.Total);
            AnyAsserts.Hold(request, whole, collections.Live);
            for (var i = 0; i < 3; i++) await AnyParts.OfAsync(random, collections, request, whole.Hits);
            await AggregateAsync(random, collections, request, whole.Hits);
            if (random.Next(4) == 0) await FuseAsync(random, collections, query);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            throw new InvalidOperationException($"{AnyAsserts.Show(request)}: {problem.Message}", problem);
        }
    }

    /// <summary>The answer of both, which is the same.</summary>
    private static async Task<SearchReply> BothAsync(Collections collections, SearchRequest request)
    {
        var whole = await collections.One.Client.SearchAsync(request, Cancel);
        var parts = await collections.Seven.Client.SearchAsync(request, Cancel);
        if (request.ExactTotal && request.TotalUpTo is null) Assert.Equal(whole.Total, parts.Total);
        AnyAsserts.Same(whole.Hits, parts.Hits);
        return whole;
    }

    private static async Task AggregateAsync(
        Random random, Collections collections, SearchRequest request, IReadOnlyList<SearchHit> hits)
    {
        var byPath = collections.Live.ToDictionary(document => document.Path);
        List<AggregatedDocument> all = [.. collections.Live.Select(document => document.Facets)];
        List<AggregatedDocument> found = [.. hits.Select(hit => byPath[hit.Path].Facets)];
        var within = AnyQuery.Random(random, 1);
        Aggregation[] drawn = RandomAggregations.Level(random, random.Next(3));
        var counted = request with
        {
            Size = 0,
            Aggregations = [.. drawn, new FilterAggregation { Name = "within", Query = within }],
            Highlighting = [],
            HighlightFields = [],
        };
        var one = await collections.One.Client.SearchAsync(counted, Cancel);
        var seven = await collections.Seven.Client.SearchAsync(counted, Cancel);
        AnyAsserts.SameAggregations(one.Aggregations, seven.Aggregations);
        AggregationAsserts.Equal(AggregationModel.Of(drawn, found, all), [.. one.Aggregations.SkipLast(1)]);
        if (!AnyModel.Knows(within)) return;
        Assert.True(
            found.Count(document => AnyModel.Matches(within, byPath[document.Path]))
            == ((BucketResult)one.Aggregations[^1]).Count,
            $"{AnyAsserts.Show(within)} within");
    }

    private static Task FuseAsync(Random random, Collections collections, QueryNode query) => BothAsync(
        collections,
        new SearchRequest
        {
            Collection = "docs",
            Query = query,
            Size = random.Next(20),
            From = random.Next(3),
            WithSource = false,
            WithVersion = false,
            Rank = new RankFusion(
                [AnyQuery.Random(random, 1), new KnnQuery("vec", AnyDocument.AnyVector(random), 10) { Exact = true }],
                Constant: random.Next(1, 100), Window: random.Next(30, 60)),
            Highlighting = random.Next(2) == 0 ? [new HighlightField("*")] : [],
            ValueFields = random.Next(2) == 0 ? ["*"] : [],
        });
}
