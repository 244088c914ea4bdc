using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Vectors;

/// <summary>Searches for nearest vectors against a model that compares all of them.</summary>
public sealed class NearestTests
{
    private const int Shards = 7;

    private static readonly Gen<VectorOptions> Options = Gen.Select(
        Gen.Int[1, 40], Gen.Enum<VectorSimilarity>(), Gen.Enum<VectorQuantization>(), Gen.Bool,
        (dims, similarity, quantization, indexed) => new VectorOptions
        {
            Dims = dims, Similarity = similarity, Quantization = quantization, Indexed = indexed, M = 4,
            EfConstruction = 20,
        });

    [Fact]
    public void Exact_search_finds_what_comparing_all_finds_whatever_was_written_merged_and_reopened() =>
        Gen.Select(Options, Gen.Int[0, int.MaxValue]).Sample(
            (options, seed) =>
            {
                var random = new Random(seed);
                using var temporary = new TemporaryDirectory();
                using var directory = IndexDirectory.OnDisk(temporary.Path);
                using var harness = new VectorHarness(directory, options);
                for (var round = 0; round < 4; round++)
                {
                    harness.Churn(random, 120, 150);
                    if (random.Next(2) == 0) harness.Reopen();
                    CheckExact(harness, random);
                }
            },
            iter: 12,
            threads: 1);

    [Fact]
    public void One_shard_and_seven_find_the_same_to_the_last_bit() =>
        Gen.Select(Options, Gen.Int[0, int.MaxValue]).Sample(
            (options, seed) =>
            {
                var random = new Random(seed);
                using var directory = IndexDirectory.InMemory();
                using var one = new VectorHarness(directory, options);
                var seven = new VectorHarness[Shards];
                for (var i = 0; i < Shards; i++) seven[i] = new VectorHarness(IndexDirectory.InMemory(), options);
                for (var step = 0; step < 300; step++) Write(random, one, seven, (ulong)step + 1);
                one.Index.Refresh();
                foreach (var shard in seven) shard.Index.Refresh();
                for (var i = 0; i < 20; i++) Compare(RandomTree(random, options), random.Next(0, 30), one, seven);
                foreach (var shard in seven) shard.Dispose();
            },
            iter: 6,
            threads: 1);

    [Fact]
    public void A_document_that_was_written_again_since_it_was_found_is_judged_anew()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 2, Similarity = VectorSimilarity.L2Norm };
        using var harness = new VectorHarness(directory, options);
        for (var i = 0; i < 4; i++) harness.Put(VectorHarness.PathOf(i), [i, 0], "t" + i);
        harness.Index.Refresh();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 0, 0 }, 4)
        {
            Filter = new BooleanQuery([], [], [new TermQuery("tag", "gone")], [new MatchAllQuery()]), ScoreMin = 0.05,
        };
        var found = harness.Statistics(query);
        Assert.Equal(4, Assert.Single(found.Nearest).Documents.Count);
        harness.Put(VectorHarness.PathOf(0), [10, 0], "t0");
        harness.Put(VectorHarness.PathOf(1), [1, 0], "gone");
        harness.Put(VectorHarness.PathOf(2), null, "t2");
        harness.Put(VectorHarness.PathOf(3), [0, 2], "t3");
        harness.Index.Refresh();
        Assert.Equal([(VectorHarness.PathOf(3), 0.2f)], harness.Search(query, 10, found));
    }

    [Theory]
    [InlineData(VectorSimilarity.Cosine, 0.5f, 1f, 0.5f)]
    [InlineData(VectorSimilarity.DotProduct, 0.5f, 1f, 0.5f)]
    [InlineData(VectorSimilarity.L2Norm, 1 / 3f, 1f, 1 / 3f)]
    [InlineData(VectorSimilarity.MaxInnerProduct, 1f, 2f, 1f)]
    public void Scores_are_those_of_Elasticsearch(VectorSimilarity similarity, float left, float same, float right)
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 2, Similarity = similarity });
        harness.Put("/docs/left", [-1, 0], "x");
        harness.Put("/docs/right", [1, 0], "x");
        harness.Put("/docs/same", [0, 1], "x");
        harness.Index.Refresh();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 0, 1 }, 3) { Boost = 2 };
        Assert.Equal(
            [("/docs/same", same * 2), ("/docs/left", left * 2), ("/docs/right", right * 2)],
            harness.Search(query, 3));
    }

    [Fact]
    public void Thresholds_in_the_measure_of_the_field_and_in_scores_leave_out_what_is_far()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 1, Similarity = VectorSimilarity.L2Norm };
        using var harness = new VectorHarness(directory, options);
        for (var i = 0; i < 10; i++) harness.Put(VectorHarness.PathOf(i), [i], "x");
        harness.Index.Refresh();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 0 }, 10);
        Assert.Equal(4, harness.Search(query with { Similarity = 3 }, 10).Length);
        Assert.Equal(3, harness.Search(query with { Similarity = 3, ScoreMin = 0.2 }, 10).Length);
        Assert.Equal(10, harness.Search(query, 10).Length);
    }

    [Fact]
    public void A_filter_within_narrows_what_is_looked_at_and_one_beside_what_was_found()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 1, Similarity = VectorSimilarity.L2Norm };
        using var harness = new VectorHarness(directory, options);
        for (var i = 0; i < 40; i++) harness.Put(VectorHarness.PathOf(i), [i], "t" + (i % 4));
        harness.Index.Refresh();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 0 }, 4);
        var tag = new TermQuery("tag", "t3");
        int[] within = [.. harness.Search(query with { Filter = tag }, 10).Select(hit => int.Parse(hit.Path[6..]))];
        Assert.Equal([3, 7, 11, 15], within);
        var beside = harness.Search(new BooleanQuery([query], [], [], [tag]), 10);
        Assert.Equal([VectorHarness.PathOf(3)], beside.Select(hit => hit.Path));
        var other = harness.Search(new BooleanQuery([query], [], [tag], []), 10);
        Assert.Equal(3, other.Length);
        var score = harness.Search(new BooleanQuery([], [query, new TermQuery("tag", "t1")], [], []), 20);
        Assert.Equal(4 + 9, score.Length);
        Assert.Equal(VectorHarness.PathOf(1), score[0].Path);
        Assert.Equal(1.5f, score[0].Score);
    }

    [Fact]
    public void Hits_say_how_near_they_are()
    {
        using var directory = IndexDirectory.InMemory();
        using var harness = new VectorHarness(directory, new VectorOptions { Dims = 2 });
        harness.Put("/docs/a", [1, 0], "x");
        harness.Index.Refresh();
        var request = new SearchRequest
        {
            Collection = "docs",
            Query = new KnnQuery(VectorHarness.Field, new float[] { 1, 0 }, 1) { Boost = 3 },
            Explain = true,
        };
        harness.TrySearch(request, out var reply, out _);
        var explanation = reply!.Hits[0].Explanation!;
        Assert.Equal(3, explanation.Value);
        Assert.Contains("Cosine of v, among the 1 nearest", explanation.Description, StringComparison.Ordinal);
        Assert.Equal([3f, 1f], explanation.Details.Select(part => part.Value));
    }

    private static void CheckExact(VectorHarness harness, Random random)
    {
        for (var i = 0; i < 8; i++)
        {
            var query = new KnnQuery(
                VectorHarness.Field, VectorHarness.Random(random, harness.Vector), random.Next(1, 40)) { Exact = true };
            Assert.Equal(harness.Expected(query), harness.Search(query, query.K));
            var filtered = query with { Filter = new TermQuery("tag", "t1") };
            Assert.Equal(harness.Expected(query, tag => tag == "t1"), harness.Search(filtered, query.K));
        }
    }

    private static void Write(Random random, VectorHarness one, VectorHarness[] seven, ulong version)
    {
        var number = random.Next(120);
        var path = VectorHarness.PathOf(number);
        var shard = seven[number % Shards];
        if (random.Next(6) == 0)
        {
            one.Delete(path);
            shard.Delete(path);
            return;
        }

        // Few different ones, so that many are equally near.
        var vector = random.Next(8) == 0 ? null : VectorHarness.Random(new Random(random.Next(40)), one.Vector);
        one.Put(path, vector, "t" + (number % 5), version * 2);
        shard.Put(path, vector, "t" + (number % 5), version * 2);
        if (random.Next(20) == 0) one.Index.Refresh();
        if (random.Next(10) == 0) shard.Index.Refresh();
        if (random.Next(50) == 0) one.Flush();
        if (random.Next(25) == 0) shard.Merge();
    }

    private static QueryNode RandomTree(Random random, VectorOptions options)
    {
        QueryNode knn = Knn();
        return random.Next(6) switch
        {
            0 => knn,
            1 => new BooleanQuery([], [knn, new MatchQuery("title", "some", false), Knn()], [], []),
            2 => new BooleanQuery([new MatchQuery("title", "some t1 t2", false)], [], [knn], []),
            3 => new BooleanQuery([Knn()], [knn], [], [new TermQuery("tag", "t2")]),
            4 => new ConstantScoreQuery(new BooleanQuery([], [knn, Knn()], [], [])) { Boost = 2 },
            _ => new BooleanQuery([], [new QueryStringQuery("t3", [], false), knn], [], []) { MinimumShouldMatch = 1 },
        };

        KnnQuery Knn() => new(
            VectorHarness.Field, VectorHarness.Random(random, options), random.Next(1, 25))
        {
            Exact = true,
            Boost = random.Next(1, 4),
            Filter = random.Next(3) == 0 ? new QueryStringQuery("t1 OR t3", [], false) : null,
            ScoreMin = random.Next(4) == 0 ? 0.4 : null,
        };
    }

    private static void Compare(QueryNode query, int size, VectorHarness one, VectorHarness[] seven)
    {
        var parts = seven.Select(shard => shard.Statistics(query)).ToArray();
        var sum = StatisticsSum.Of(parts) with
        {
            Nearest =
            [
                .. Enumerable.Range(0, parts[0].Nearest.Count).Select(i => new NearestDocuments(
                    parts[0].Nearest[i].K,
                    [
                        .. parts.SelectMany(part => part.Nearest[i].Documents)
                            .OrderByDescending(document => document.Score)
                            .ThenBy(document => document.Path, StringComparer.Ordinal)
                            .Take(parts[0].Nearest[i].K),
                    ])),
            ],
        };
        var whole = one.Search(query, size);
        var found = seven.SelectMany(shard => shard.Search(query, size, sum))
            .OrderByDescending(hit => hit.Score)
            .ThenBy(hit => hit.Path, StringComparer.Ordinal)
            .Take(size);
        Assert.Equal(whole, found);
    }
}
