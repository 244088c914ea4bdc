using Hedgerow.Bench.Relevance;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Tests.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Relevance;

/// <summary>What the analysis alone does to relevance, by the naive model: no index is in the way.</summary>
public sealed class AnalysisRelevanceTests
{
    [Fact]
    public void Cranfield_is_read_as_its_distributors_count_it()
    {
        var collection = Cranfield();
        Assert.Equal(
            (1400, 225, 1837), (collection.Documents.Count, collection.Questions.Count, collection.Judgements));
    }

    [Fact]
    public void Cacm_is_read_as_its_distributors_count_it()
    {
        var collection = Cacm();
        Assert.Equal((3204, 52, 796), (collection.Documents.Count, collection.Relevant.Count, collection.Judgements));
    }

    [Fact]
    public void The_naive_model_gives_the_reference_figures_on_the_references_words()
    {
        AssertNear((0.4111, 0.5103, 0.3009), Measure(Cranfield(), new ReferenceAnalyzer()), 0.0001);
        AssertNear((0.3309, 0.4868, 0.3481), Measure(Cacm(), new ReferenceAnalyzer()), 0.002);
    }

    /// <summary>
    /// Words by UAX #29 instead: the same on Cranfield; a little better on CACM, where they keep together what the
    /// reference cuts at full stops (possessives have no part in it: measured without).
    /// </summary>
    [Fact]
    public void Porter_words_by_unicode_rules_rank_at_least_as_well_as_the_reference()
    {
        var porter = TokenList.Make("porter", stopWords: true);
        AssertNear((0.4118, 0.5111, 0.3018), Measure(Cranfield(), porter), 0.0001);
        AssertNear((0.3408, 0.4966, 0.3481), Measure(Cacm(), porter), 0.0001);
    }

    private static TestCollection Cranfield() => TestCollection.Cranfield(SharedFiles.Require("data/cranfield"));

    private static TestCollection Cacm() => TestCollection.Cacm(SharedFiles.Require("data/cacm"));

    private static RelevanceScores Measure(TestCollection collection, IAnalyzer analyzer)
    {
        var ranking = new BruteForceRanking(analyzer, collection.Documents);
        return RelevanceScores.Measure(collection, question => ranking.Search(question, 1_000));
    }

    private static void AssertNear(
        (double Map, double Ndcg10, double Precision10) expected, RelevanceScores scores, double tolerance)
    {
        Assert.Equal(expected.Map, scores.MeanAveragePrecision, tolerance);
        Assert.Equal(expected.Ndcg10, scores.Ndcg10, tolerance);
        Assert.Equal(expected.Precision10, scores.Precision10, tolerance);
    }
}
