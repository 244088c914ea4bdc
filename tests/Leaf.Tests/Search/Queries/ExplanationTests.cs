using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>What a search tells of itself: how scores come about, where time went, and how far it came.</summary>
public sealed class ExplanationTests : IDisposable
{
    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly IndexHarness _harness;

    public ExplanationTests() => _harness = new IndexHarness(_directory);

    public void Dispose()
    {
        _harness.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Whatever_the_query_an_explanation_adds_up_to_the_score()
    {
        Fill(300);
        var random = new Random(11);
        var explained = 0;
        for (var i = 0; i < 400; i++)
        {
            var query = i % 2 == 0 ? RandomQueries.Any(random, 3) : RandomTextQueries.Any(random, 2);
            foreach (var hit in Search(new SearchRequest { Collection = "docs", Query = query, Explain = true }).Hits)
            {
                Assert.NotNull(hit.Explanation);
                Assert.Equal(hit.Score, hit.Explanation.Value, Math.Abs(hit.Score) * 1e-5);
                explained++;
            }
        }

        Assert.True(explained > 1_000, $"{explained} hits");
    }

    [Fact]
    public void A_terms_explanation_has_the_numbers_of_the_formula()
    {
        _harness.Put(new ModelDocument("/docs/1", 1, "", "hedge oak", [], null, null));
        _harness.Put(new ModelDocument("/docs/2", 2, "", "oak oak oak oak", [], null, null));
        _harness.Refresh();
        var request = new SearchRequest
        {
            Collection = "docs", Query = new TermQuery("body", "hedge") { Boost = 2 }, Explain = true,
        };
        var explanation = Assert.Single(Search(request).Hits).Explanation!;
        Assert.Equal("BM25 of body:hedge, boost * idf * tf part", explanation.Description);
        Assert.Equal(2, explanation.Details[0].Value);
        Assert.Equal(
            "idf of 'hedge': ln(1 + (N - n + 0.5) / (n + 0.5)), N = 2, n = 1", explanation.Details[1].Description);
        Assert.Equal((float)Math.Log(2), explanation.Details[1].Value);
        Assert.EndsWith("length = 2, average = 3", explanation.Details[2].Description, StringComparison.Ordinal);
        Assert.Equal(1 / (1 + (1.2 * (0.25 + (0.75 * 2 / 3)))), explanation.Details[2].Value, 1e-5);
        var product = explanation.Details.Aggregate(1.0, (sofar, part) => sofar * part.Value);
        Assert.Equal(product, explanation.Value, 1e-5);
    }

    [Fact]
    public void Nobody_who_did_not_ask_is_told()
    {
        Fill(20);
        var reply = Search(new SearchRequest { Collection = "docs", Query = new MatchAllQuery() });
        Assert.All(reply.Hits, hit => Assert.Null(hit.Explanation));
        Assert.Null(reply.Profile);
        Assert.Null(reply.Statistics);
    }

    [Fact]
    public void A_profile_names_the_phases_and_counts_the_work()
    {
        Fill(200);
        var request = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), Profile = true };
        var shard = Assert.Single(Search(request).Profile!.Shards);
        Assert.Equal(["plan", "statistics", "search", "hits"], shard.Phases.Select(phase => phase.Name));
        Assert.True(shard.Segments > 0 && shard.Blocks > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void At_the_soft_deadline_what_was_found_is_the_answer_if_a_part_is_allowed(bool allowPartial)
    {
        for (var segment = 0; segment < 30; segment++) Fill(20, segment * 20);

        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Size = 5, AllowPartial = allowPartial,
        };
        var whole = Search(request);
        Assert.True(whole.Coverage.IsWhole);
        // Each look at the clock costs a millisecond; there are some looks before the search, and some in it.
        var budget = new SearchBudget(new CostlyClock(), TimeSpan.FromSeconds(1), default, share: 0.006);
        var status = _harness.Index.Search(request, budget, out var reply, out _);
        if (!allowPartial)
        {
            Assert.Equal(StatusCode.DeadlineExceeded, status);
            return;
        }

        Assert.Equal(StatusCode.Ok, status);
        Assert.Equal(0, reply!.Coverage.ShardsAnswered);
        Assert.False(reply.TotalIsExact);
        Assert.InRange(reply.Coverage.DocumentsCovered, 1, whole.Coverage.DocumentsCovered - 1);
        Assert.Equal(600, reply.Coverage.DocumentsTotal);
        Assert.NotEmpty(reply.Hits);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_found_before_the_soft_deadline_is_read_also_behind_it(bool allowPartial)
    {
        Fill(800);
        var request = new SearchRequest
        {
            Collection = "docs", Query = new MatchAllQuery(), Size = 800, AllowPartial = allowPartial,
        };
        // 800 hits cost 50 looks at the clock, of a millisecond each; finding them costs a few.
        var budget = new SearchBudget(new CostlyClock(), TimeSpan.FromSeconds(1), default, share: 0.04);
        var status = _harness.Index.Search(request, budget, out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        Assert.True(reply!.Coverage.IsWhole);
        Assert.Equal(800, reply.Hits.Count);
        Assert.True(reply.TotalIsExact);

        var tight = new SearchBudget(new CostlyClock(), TimeSpan.FromMilliseconds(40), default, share: 0.9);
        Assert.Equal(StatusCode.DeadlineExceeded, _harness.Index.Search(request, tight, out reply, out _));
        Assert.Null(reply);
    }

    private void Fill(int documents, int from = 0)
    {
        var random = new Random(documents + from);
        for (var i = from; i < from + documents; i++) _harness.Put(random, Corpus.PathOf(i));
        _harness.Refresh();
    }

    private SearchReply Search(SearchRequest request)
    {
        var status = _harness.Index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    private sealed class CostlyClock : TimeProvider
    {
        private long _ms;

        public override long TimestampFrequency => 1_000;

        public override long GetTimestamp() => _ms++;
    }
}
