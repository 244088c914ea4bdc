using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Queries that are made to cost much end with an error that names a limit, or at their deadline.</summary>
public sealed class HostileQueryTests(HostileQueryTests.ManyTerms terms) : IClassFixture<HostileQueryTests.ManyTerms>
{
    private readonly IndexHarness _harness = terms.Harness;

    /// <summary>What would read the whole dictionary, or most of it.</summary>
    public static TheoryData<QueryNode> Wide =>
    [
        new FuzzyQuery("tags", "00000000", 2, 0),
        new FuzzyQuery("title", "ab", 2, 0),
        new WildcardQuery("tags", "*"),
        new WildcardQuery("tags", "*0*1*"),
        new WildcardQuery("title", "????????"),
        new RegexpQuery("tags", "(.|..)*"),
        new RegexpQuery("tags", ".*[02468ACE]"),
        new PrefixQuery("title", ""),
        new RangeQuery("tags", null, null, true, true),
    ];

    public static TheoryData<QueryNode, string> Refused => new()
    {
        { new WildcardQuery("tags", "*a" + new string('?', 40)), "10000 states; that is the limit" },
        { new RegexpQuery("tags", ".*a.{40}"), "10000 states; that is the limit" },
        { new RegexpQuery("tags", "((a{1000}){1000}){1000}"), "10000 states; that is the limit" },
        { new RegexpQuery("tags", new string('a', 1_001)), "1001 characters; at most 1000" },
        { new RegexpQuery("tags", new string('(', 40) + new string(')', 40)), "at most 32 parentheses" },
        { new FuzzyQuery("tags", new string('a', 129), 2, 0), "129 characters; at most 128" },
        { new BooleanQuery([], Misspelt(129), [], []), "fuzzy words have more than 16384 characters together" },
        { new BooleanQuery([], Mistyped("title", 129), [], []), "have more than 16384 characters together" },
        { new BooleanQuery([], Mistyped("tags", 129), [], []), "have more than 16384 characters together" },
        { new FuzzyQuery("tags", "a", 3, 0), "3 edits are not allowed; 0 to 2 are" },
        { new BooleanQuery([], Many(10_000), [], []), "more than 1024 nodes" },
        { new BooleanQuery([], Many(2), [], []) { MinimumShouldMatch = -1 }, "minimum_should_match of -1" },
        { new PathsQuery([.. Enumerable.Repeat("/docs/1", 1_025)]), "1025 paths are asked for; at most 1024" },
        { Nested(40), "deeper than 32" },
        { new DisMaxQuery([], 1.5f), "a tie_breaker of 1.5 is not allowed; 0 to 1 are" },
        { new BoostingQuery(new MatchAllQuery(), new MatchAllQuery(), -1), "a negative_boost of -1" },
        { new PhrasePrefixQuery("title", "a b", 0, 1_025), "max_expansions of 1025 is not allowed; 1 to 1024" },
        { new DisMaxQuery(Unfinished(17), 0), "stand for more than 16384 terms" },
        { new MoreLikeThisQuery([]), "nothing to be like" },
        { Like(new MoreLikeThisExamples { Paths = ["/docs/1"] }), "which a router has to read" },
        { Like(new MoreLikeThisExamples { Texts = [.. Enumerable.Repeat("a", 65)] }), "65 examples; at most 64" },
        { Like(new MoreLikeThisExamples { Documents = ["{"] }), "could not be stored here" },
        { new CombinedFieldsQuery(["tags"], "a", false), "'tags' is of type Keyword" },
        { new MultiMatchQuery(["title^0"], "a", MultiMatchType.BestFields), "no number above 0 behind '^'" },
    };

    private static QueryNode[] Misspelt(int count) =>
        [.. Enumerable.Repeat(new FuzzyQuery("tags", new string('a', 128), 2, 0), count)];

    private static QueryNode[] Mistyped(string field, int count) => [.. Enumerable.Repeat(
        new MatchQuery(field, new string('a', 128), false) { Rules = new MatchRules { Fuzziness = Fuzziness.Auto } },
        count)];

    private static QueryNode[] Unfinished(int count) =>
        [.. Enumerable.Repeat(new PhrasePrefixQuery("title", "a", 0, MatchRules.ExpansionsMax), count)];

    private static MoreLikeThisQuery Like(MoreLikeThisExamples examples) => new(["title"]) { Like = examples };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_goes_over_a_limit_is_refused_by_its_name(QueryNode query, string limit)
    {
        var request = new SearchRequest { Collection = "docs", Query = query };
        var status = _harness.Index.Search(request, SearchBudget.Unlimited(), out _, out var error);
        Assert.Equal(StatusCode.BadQuery, status);
        Assert.Contains(limit, error);
    }

    [Fact]
    public void A_billion_hits_are_refused()
    {
        var request = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), Size = 1_000_000_000 };
        var status = _harness.Index.Search(request, SearchBudget.Unlimited(), out _, out var error);
        Assert.Equal(StatusCode.BadRequest, status);
        Assert.Contains("more than 10000 hits", error);
    }

    [Theory]
    [MemberData(nameof(Wide))]
    public void A_query_over_every_term_stops_at_its_deadline(QueryNode query)
    {
        // Each look at the clock takes a second of the ten that there are.
        var budget = new SearchBudget(
            new TickingTime(), TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var request = new SearchRequest { Collection = "docs", Query = query, Size = ManyTerms.Documents / 2 };
        var status = _harness.Index.Search(request, budget, out var reply, out var error);
        Assert.Equal(StatusCode.DeadlineExceeded, status);
        Assert.Null(reply);
        Assert.Contains($"{StatusCode.DeadlineExceeded}, its time was over after", error);
    }

    [Theory]
    [MemberData(nameof(Wide))]
    public void A_query_over_every_term_takes_memory_by_documents_and_not_by_terms(QueryNode query)
    {
        _harness.Search(query, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _harness.Search(query, 10);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    public static TheoryData<QueryNode> Marking =>
    [
        new BooleanQuery([], [.. Enumerable.Range(0, 9).Select(i => new WildcardQuery("tags", $"*{i}*"))], [], []),
        new BooleanQuery([new TermQuery("body", "row")], [], [new PrefixQuery("title", "12")], []),
        new ConstantScoreQuery(new FuzzyQuery("body", "raw", 1, 0)),
        new DisMaxQuery([new RegexpQuery("tags", "[0-9].*"), new TermQuery("body", "row")], 0),
        new PhrasePrefixQuery("body", "row r", 0, 1_000),
    ];

    [Theory]
    [MemberData(nameof(Marking))]
    public void A_bit_a_document_and_pattern_is_memory_that_has_a_limit(QueryNode query)
    {
        var plain = new SearchRequest { Collection = "docs", Query = query };
        SearchRequest[] requests =
        [
            plain,
            plain with { Sort = [new SortKey("price", true)] },
            plain with { Size = 0, Aggregations = [new CardinalityAggregation { Name = "many", Field = "price" }] },
        ];
        foreach (var request in requests)
        {
            // Nine patterns of a bit for each document, some times over.
            Assert.Equal(StatusCode.Ok, Run(request, ManyTerms.Documents * 4, out _));
            Assert.Equal(StatusCode.BadQuery, Run(request, 10, out var error));
            Assert.Contains("more than 10 bytes", error);
        }

        StatusCode Run(SearchRequest request, long bytes, out string? error)
        {
            var budget = new SearchBudget(TimeProvider.System, Timeout.InfiniteTimeSpan, default)
            {
                MarksBytesMax = bytes,
            };
            return _harness.Index.Search(request, budget, out _, out error);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_sorted_search_had_found_at_the_soft_deadline_are_its_hits(bool excludes)
    {
        QueryNode[] excluded = excludes ? [new TermQuery("body", "row")] : [];
        var request = new SearchRequest
        {
            Collection = "docs",
            Query = new BooleanQuery([new TermQuery("body", "row")], [], excluded, []),
            Size = 3,
            AllowPartial = true,
            Sort = [new SortKey("price", true)],
        };
        var parts = 0;
        for (var looks = 1; looks <= 60; looks++)
        {
            // Each look at the clock takes a second.
            var budget = new SearchBudget(new TickingTime(), TimeSpan.FromSeconds(1_000), default, looks / 1_000.0);
            var status = _harness.Index.Search(request, budget, out var reply, out _);
            if (status == StatusCode.DeadlineExceeded) continue;
            Assert.Equal(StatusCode.Ok, status);
            if (!reply!.Coverage.IsWhole && reply.Hits.Count > 0) parts++;
            if (excludes) Assert.Empty(reply.Hits);
        }

        // Its postings are read for longer than ten looks.
        Assert.True(excludes || parts >= 10, $"{parts}");
    }

    private static QueryNode[] Many(int count) => [.. Enumerable.Repeat(new TermQuery("tags", "x"), count)];

    private static QueryNode Nested(int depth)
    {
        QueryNode query = new MatchAllQuery();
        for (var i = 0; i < depth; i++) query = new ConstantScoreQuery(query);
        return query;
    }

    /// <summary>An index where every document has a word of its own.</summary>
    public sealed class ManyTerms : IDisposable
    {
        internal const int Documents = 20_000;

        private readonly IndexDirectory _directory = IndexDirectory.InMemory();

        public ManyTerms()
        {
            Harness = new IndexHarness(_directory);
            for (var i = 0; i < Documents; i++)
            {
                var word = Convert.ToHexString(BitConverter.GetBytes(i * 2_654_435_761u));
                Harness.Put(new ModelDocument($"/docs/{i}", (ulong)i + 1, word, "row", [word], i, null));
            }

            Harness.Refresh();
        }

        internal IndexHarness Harness { get; }

        public void Dispose()
        {
            Harness.Dispose();
            _directory.Dispose();
        }
    }

    internal sealed class TickingTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }
}
