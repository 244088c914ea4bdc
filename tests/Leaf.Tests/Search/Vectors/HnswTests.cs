using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Vectors;

/// <summary>Graphs: what they find of what comparing all finds, built, merged, worn and reopened.</summary>
public sealed class HnswTests
{
    public static TheoryData<VectorSimilarity, VectorQuantization> Kinds =>
        [.. from s in Enum.GetValues<VectorSimilarity>() from q in Enum.GetValues<VectorQuantization>() select (s, q)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_graph_finds_nearly_all_that_comparing_all_finds(
        VectorSimilarity similarity, VectorQuantization quantization)
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 24, Similarity = similarity, Quantization = quantization, M = 8 };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
            harness.Put(VectorHarness.PathOf(i), VectorHarness.Random(random, options), "t" + (i % 5));
        harness.Flush();
        Assert.InRange(Recall(harness, random, 40), 0.95, 1);
        Assert.Equal(40, harness.Index.VectorSearches.Walks);
        Assert.Equal(0, harness.Index.VectorSearches.Fallbacks);
    }

    [Fact]
    public void A_graph_survives_merges_updates_deletes_and_reopening()
    {
        using var temporary = new TemporaryDirectory();
        using var directory = IndexDirectory.OnDisk(temporary.Path);
        var options = new VectorOptions { Dims = 16, M = 6, EfConstruction = 60 };
        using var harness = new VectorHarness(directory, options, graphFrom: 50);
        var random = new Random(7);
        for (var round = 0; round < 12; round++)
        {
            for (var i = 0; i < 200; i++)
            {
                var path = VectorHarness.PathOf(random.Next(1_500));
                if (random.Next(8) == 0) harness.Delete(path);
                else harness.Put(path, VectorHarness.Random(random, options), "t" + random.Next(5));
            }

            harness.Flush();
            while (harness.Merge())
            {
            }

            Assert.InRange(Recall(harness, random, 10), 0.93, 1);
        }

        harness.Reopen();
        var before = harness.Index.VectorSearches.Walks;
        Assert.InRange(Recall(harness, random, 30), 0.95, 1);
        Assert.True(harness.Index.VectorSearches.Walks > before);
    }

    [Fact]
    public void Segments_with_graphs_are_merged_until_one_is_far_larger_than_the_others()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 16, M = 6, EfConstruction = 40 };
        using var harness = new VectorHarness(directory, options, graphFrom: 50);
        var random = new Random(12);
        for (var flush = 0; flush < 20; flush++)
        {
            for (var i = 0; i < 60; i++)
                harness.Put(VectorHarness.PathOf((flush * 60) + i), VectorHarness.Random(random, options), "x");
            harness.Flush();
            while (harness.Merge())
            {
            }

            Assert.InRange(harness.Index.SegmentCount, 1, 4);
        }

        Assert.InRange(Recall(harness, random, 20), 0.95, 1);
        Assert.Equal(20 * harness.Index.SegmentCount, harness.Index.VectorSearches.Walks);
    }

    [Fact]
    public void The_same_vectors_make_the_same_graph()
    {
        Assert.Equal(Bytes(3), Bytes(3));

        static byte[] Bytes(int seed)
        {
            using var temporary = new TemporaryDirectory();
            using var directory = IndexDirectory.OnDisk(temporary.Path);
            var options = new VectorOptions { Dims = 8, Quantization = VectorQuantization.Int8 };
            using var harness = new VectorHarness(directory, options);
            var random = new Random(seed);
            for (var i = 0; i < 300; i++)
                harness.Put(VectorHarness.PathOf(i), VectorHarness.Random(random, options), "x");
            harness.Flush();
            return File.ReadAllBytes(Directory.GetFiles(temporary.Path, "segment-*").Single());
        }
    }

    [Fact]
    public void Narrow_filters_are_compared_one_by_one_and_wide_ones_walked()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 16, Similarity = VectorSimilarity.L2Norm };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        var random = new Random(9);
        for (var i = 0; i < 3_000; i++)
        {
            var tag = i % 100 == 0 ? "rare" : i % 2 == 0 ? "half" : "other";
            harness.Put(VectorHarness.PathOf(i), VectorHarness.Random(random, options), tag);
        }

        harness.Flush();
        for (var i = 0; i < 20; i++)
        {
            var query = new KnnQuery(VectorHarness.Field, VectorHarness.Random(random, options), 10, 60);
            var rare = query with { Filter = new TermQuery("tag", "rare") };
            Assert.Equal(harness.Expected(query, tag => tag == "rare"), harness.Search(rare, 10));
        }

        Assert.Equal(20, harness.Index.VectorSearches.Scans);
        var found = 0;
        for (var i = 0; i < 20; i++)
        {
            var query = new KnnQuery(VectorHarness.Field, VectorHarness.Random(random, options), 10, 60);
            var half = harness.Search(query with { Filter = new TermQuery("tag", "half") }, 10);
            found += half.Intersect(harness.Expected(query, tag => tag == "half")).Count();
        }

        Assert.InRange(found, 190, 200);
        Assert.Equal(20, harness.Index.VectorSearches.Walks + harness.Index.VectorSearches.Fallbacks);
        Assert.Equal(20, harness.Index.VectorSearches.Scans);
    }

    [Fact]
    public void Equal_vectors_by_the_thousand_are_walked_too()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 3, Similarity = VectorSimilarity.L2Norm };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        for (var i = 0; i < 1_200; i++) harness.Put(VectorHarness.PathOf(i), [1, 2, i % 3], "x");
        harness.Flush();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 1, 2, 1 }, 10);
        var hits = harness.Search(query, 10);
        Assert.Equal(10, hits.Length);
        Assert.All(hits, hit => Assert.Equal(1, hit.Score));
    }

    [Theory]
    [InlineData("filter")]
    [InlineData("deletes")]
    [InlineData("places")]
    public void As_many_as_are_wanted_are_found_where_one_of_the_segments_has_nearly_all(string reason)
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 8, Similarity = VectorSimilarity.L2Norm, M = 8 };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        var random = new Random(4);
        for (var i = 0; i < 900; i++)
        {
            var isOld = i < 600;
            var vector = VectorHarness.Random(random, options, centres: 3);
            if (isOld && reason == "places") vector = Array.ConvertAll(vector, number => number + 50);
            harness.Put(VectorHarness.PathOf(i), vector, isOld ? "old" : "new");
            if (i is 599 or 899) harness.Flush();
        }

        for (var i = 0; i < 599 && reason == "deletes"; i++) harness.Delete(VectorHarness.PathOf(i));
        harness.Index.Refresh();
        for (var i = 0; i < 10; i++)
        {
            var query = new KnnQuery(VectorHarness.Field, VectorHarness.Random(random, options, centres: 3), 100);
            var filtered = reason == "filter" ? query with { Filter = new TermQuery("tag", "new") } : query;
            var expected = harness.Expected(query, tag => reason != "filter" || tag == "new");
            var found = harness.Search(filtered, 100);
            Assert.Equal(100, found.Length);
            Assert.InRange(found.Intersect(expected).Count(), 90, 100);
        }
    }

    [Fact]
    public void What_no_link_leads_to_is_found_all_the_same()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 2, Similarity = VectorSimilarity.L2Norm, M = 2, EfConstruction = 2 };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        for (var i = 0; i < 900; i++) harness.Put(VectorHarness.PathOf(i), [i % 3 * 1000, i % 3], "x");
        harness.Flush();
        var query = new KnnQuery(VectorHarness.Field, new float[] { 0, 0 }, 800, 800);
        Assert.Equal(800, harness.Search(query, 800).Length);
    }

    [Fact]
    public void A_walk_stops_when_its_time_is_up()
    {
        using var directory = IndexDirectory.InMemory();
        var options = new VectorOptions { Dims = 8 };
        using var harness = new VectorHarness(directory, options, graphFrom: 100);
        var random = new Random(2);
        for (var i = 0; i < 1_000; i++)
            harness.Put(VectorHarness.PathOf(i), VectorHarness.Random(random, options), "x");
        harness.Flush();
        foreach (var isExact in new[] { false, true })
        {
            using var cancelled = new CancellationTokenSource();
            cancelled.Cancel();
            var budget = new SearchBudget(TimeProvider.System, Timeout.InfiniteTimeSpan, cancelled.Token);
            var vector = VectorHarness.Random(random, options);
            var query = new KnnQuery(VectorHarness.Field, vector, 10) { Exact = isExact };
            var request = new SearchRequest { Collection = "docs", Query = query };
            Assert.Equal(StatusCode.Cancelled, harness.TrySearch(request, out _, out _, budget));
        }
    }

    /// <summary>Share of the ten nearest that were found.</summary>
    private static double Recall(VectorHarness harness, Random random, int queries)
    {
        var found = 0;
        var wanted = 0;
        for (var i = 0; i < queries; i++)
        {
            var query = new KnnQuery(VectorHarness.Field, VectorHarness.Random(random, harness.Vector), 10);
            var expected = harness.Expected(query);
            wanted += expected.Length;

            // Scores are exact, whichever were found.
            found += expected.Intersect(harness.Search(query, 10)).Count();
        }

        return (double)found / wanted;
    }
}
