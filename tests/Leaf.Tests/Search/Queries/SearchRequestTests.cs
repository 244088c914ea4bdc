using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>
/// What a search request may ask for, what it gets, and what it is told when it asks for something else.
/// </summary>
public sealed class SearchRequestTests : IDisposable
{
    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly IndexHarness _harness;

    public SearchRequestTests()
    {
        _harness = new IndexHarness(_directory);
        for (var i = 0; i < 500; i++)
            _harness.Put(new ModelDocument($"/docs/{i:D3}", (ulong)i + 1, "Hedge Row", "old oak", ["a", "b"], i, null));
        _harness.Refresh();
    }

    public static TheoryData<QueryNode, string> BadQueries
    {
        get
        {
            var words = string.Join(' ', Enumerable.Range(0, 800).Select(i => $"w{i}"));
            QueryNode deep = new MatchAllQuery();
            for (var i = 0; i < 40; i++) deep = new BooleanQuery([deep], [], [], []);
            QueryNode wide = new BooleanQuery([], [.. Enumerable.Repeat(new MatchAllQuery(), 1_100)], [], []);
            return new TheoryData<QueryNode, string>
            {
                { new TermQuery("colour", "red"), "no field 'colour'; the collection has 'title', 'body', 'tags'" },
                { new PhraseQuery("tags", "a b", 0), "'tags' is of type Keyword, which this query cannot search; " +
                    "fields it can search: 'title', 'body'" },
                { new PrefixQuery("price", "1"), "'price' is of type Number" },
                { new RangeQuery("body", "a", "b", true, true), "'body' is of type Text" },
                { new RangeQuery("price", "cheap", null, true, true), "'price' holds numbers; found 'cheap'" },
                { new TermQuery("day", "today"), "'day' holds dates; found 'today'" },
                { new PhraseQuery("body", "a b", -1), "slop of -1" },
                { new MatchAllQuery { Boost = 0 }, "boost of 0" },
                { new MatchAllQuery { Boost = float.NaN }, "boost of NaN" },
                { new MatchQuery("body", new string('x', 9_000), false), "9000 characters; at most 8192" },
                { deep, "deeper than 32" },
                { wide, "more than 1024 nodes, which is the limit: there are 1101, where each word in each field" },
                { new MultiMatchQuery(["title", "body"], words, MultiMatchType.MostFields), "there are 1601, where" },
                { new BooleanQuery([], [.. Enumerable.Repeat(new MatchQuery("body", words, false), 20)], [], []),
                    "there are 8801 or more, where" },
                { new QueryStringQuery("body:(", [], false), "column" },
            };
        }
    }

    public void Dispose()
    {
        _harness.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [MemberData(nameof(BadQueries))]
    public void A_query_that_does_not_fit_is_refused_with_what_is_allowed(QueryNode query, string reason)
    {
        var request = new SearchRequest { Collection = "docs", Query = query };
        Assert.Equal(StatusCode.BadQuery, Search(request, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal(
            StatusCode.BadQuery, _harness.Index.Statistics(request, SearchBudget.Unlimited(), out _, out error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(9_000, 1_001)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void A_page_outside_of_the_limits_is_refused(int from, int size)
    {
        var request = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), From = from, Size = size };
        Assert.Equal(StatusCode.BadRequest, Search(request, out _, out var error));
        Assert.Contains(size.ToString(), error, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_scores_are_in_path_order_and_pages_join()
    {
        var request = new SearchRequest { Collection = "docs", Query = new MatchAllQuery(), WithSource = false };
        var paths = new List<string>();
        for (var from = 0; from < 505; from += 30)
        {
            Search(request with { From = from, Size = 30 }, out var reply, out _);
            Assert.Equal(500, reply!.Total);
            paths.AddRange(reply.Hits.Select(hit => hit.Path));
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"/docs/{i:D3}"), paths);
    }

    [Fact]
    public void Size_zero_only_counts()
    {
        var request = new SearchRequest { Collection = "docs", Query = new TermQuery("body", "oak"), Size = 0 };
        Search(request, out var reply, out _);
        Assert.Equal(500, reply!.Total);
        Assert.Empty(reply.Hits);
    }

    [Fact]
    public void Hits_carry_the_source_whole_or_filtered_or_not_at_all()
    {
        var request = new SearchRequest { Collection = "docs", Query = new TermQuery("price", "7") };
        Assert.Equal(_harness.Live["/docs/007"].Json(), Only(request).Source.ToArray());
        var filtered = Only(request with { SourceFields = ["tags", "price", "absent"] });
        Assert.Equal("""{"tags":["a","b"],"price":7}""", Encoding.UTF8.GetString(filtered.Source.Span));
        Assert.Equal(0, Only(request with { WithSource = false }).Source.Length);
    }

    [Fact]
    public void Hits_carry_highlights_of_text_fields_and_of_no_others()
    {
        var query = new BooleanQuery(
            [new QueryStringQuery("oak", ["body"], false)], [], [], [new TermQuery("price", "7")]);
        var request = new SearchRequest { Collection = "docs", Query = query, HighlightFields = ["body", "title"] };
        var highlights = Only(request).Highlights;
        Assert.Equal([new Highlight("body", "old <em>oak</em>"), new Highlight("title", "Hedge Row")], highlights);
        Assert.Equal(StatusCode.BadQuery, Search(request with { HighlightFields = ["tags"] }, out _, out var error));
        Assert.Contains("'tags' cannot be highlighted", error, StringComparison.Ordinal);
        Assert.Contains("text fields are 'title', 'body'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_text_is_parsed_wherever_it_stands_and_keeps_its_boost()
    {
        var text = new QueryStringQuery("+oak price:[0 TO 9]", ["body"], false) { Boost = 2 };
        var reply = _harness.Search(new BooleanQuery([text], [], [], []));
        Assert.Equal(500, reply.Total);
        var plain = _harness.Search(new TermQuery("body", "oak") { Boost = 2 });
        Assert.Equal(plain.Hits[0].Score + 2, reply.Hits[0].Score, 1e-5);
    }

    [Fact]
    public void A_term_twice_in_the_query_counts_twice()
    {
        var once = _harness.Search(new MatchQuery("body", "oak", false)).Hits[0].Score;
        var twice = _harness.Search(new MatchQuery("body", "oak oak", false)).Hits[0].Score;
        Assert.Equal(2 * once, twice);
    }

    [Fact]
    public void A_cancelled_search_and_one_past_its_deadline_say_so()
    {
        var request = new SearchRequest { Collection = "docs", Query = new MatchQuery("body", "old oak", true) };
        var time = new FakeTimeProvider();
        var cancelled = new SearchBudget(time, TimeSpan.FromSeconds(1), new CancellationToken(canceled: true));
        Assert.Equal(StatusCode.Cancelled, _harness.Index.Search(request, cancelled, out var reply, out _));
        Assert.Null(reply);
        var late = new SearchBudget(time, TimeSpan.FromSeconds(1), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(StatusCode.DeadlineExceeded, _harness.Index.Search(request, late, out reply, out _));
        Assert.Null(reply);
        Assert.Equal(StatusCode.DeadlineExceeded, _harness.Index.Statistics(request, late, out _, out _));
    }

    private SearchHit Only(SearchRequest request)
    {
        Assert.Equal(StatusCode.Ok, Search(request, out var reply, out _));
        return Assert.Single(reply!.Hits);
    }

    private StatusCode Search(SearchRequest request, out SearchReply? reply, out string? error) =>
        _harness.Index.Search(request, SearchBudget.Unlimited(), out reply, out error);
}
