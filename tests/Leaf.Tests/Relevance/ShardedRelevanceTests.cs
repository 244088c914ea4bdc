using Hedgerow.Bench.Relevance;
using Hedgerow.Leaf.Tests.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Relevance;

/// <summary>Real questions on the real index: shards must not show, and relevance must be what BM25 gives.</summary>
public sealed class ShardedRelevanceTests
{
    private const int Depth = 1_000;

    [Fact]
    public void Cranfield_ranks_and_scores_the_same_on_one_shard_and_on_seven()
    {
        var collection = TestCollection.Cranfield(SharedFiles.Require("data/cranfield"));
        using var one = new ShardedIndex(collection, 1);
        using var seven = new ShardedIndex(collection, 7);
        foreach (var question in collection.Questions.Values)
            Assert.Equal(Ranking(one, question), Ranking(seven, question));
    }

    [Fact]
    public void Cacm_ranks_and_scores_the_same_on_one_shard_and_on_seven()
    {
        var collection = TestCollection.Cacm(SharedFiles.Require("data/cacm"));
        using var one = new ShardedIndex(collection, 1);
        using var seven = new ShardedIndex(collection, 7);
        foreach (var question in collection.Questions.Values)
            Assert.Equal(Ranking(one, question), Ranking(seven, question));
    }

    [Fact]
    public void Cranfield_reaches_the_reference()
    {
        var scores = Measure(TestCollection.Cranfield(SharedFiles.Require("data/cranfield")));
        Assert.Equal(0.4111, scores.MeanAveragePrecision, 0.005);
        Assert.Equal(0.5103, scores.Ndcg10, 0.005);
        Assert.Equal(0.3009, scores.Precision10, 0.005);
    }

    /// <summary>
    /// The reference has 0.3309; Unicode's words alone bring the naive model to 0.3408 (see the analysis tests), and
    /// that is what the index is held to.
    /// </summary>
    [Fact]
    public void Cacm_reaches_the_naive_model_on_the_same_words()
    {
        var scores = Measure(TestCollection.Cacm(SharedFiles.Require("data/cacm")));
        Assert.Equal(0.3408, scores.MeanAveragePrecision, 0.005);
        Assert.True(scores.MeanAveragePrecision > 0.3309);
    }

    private static RelevanceScores Measure(TestCollection collection)
    {
        using var index = new ShardedIndex(collection, 3);
        return RelevanceScores.Measure(
            collection, question => [.. index.Search(question, Depth).Select(ShardedIndex.NumberOf)]);
    }

    private static List<(string Path, uint Score)> Ranking(ShardedIndex index, string question) =>
        [.. index.Search(question, Depth).Select(hit => (hit.Path, BitConverter.SingleToUInt32Bits(hit.Score)))];
}
