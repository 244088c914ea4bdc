using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Highlighting;

/// <summary>What marking may cost, whatever the query and the text.</summary>
public sealed class HighlightLimitTests : IDisposable
{
    private static readonly FieldSchema Field = new() { Name = "text", Type = FieldType.Text };

    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    public HighlightLimitTests()
    {
        var schema = new CollectionSchema
        {
            Name = "h",
            Fields =
            [
                Field, new FieldSchema { Name = "title", Type = FieldType.Text },
                new FieldSchema { Name = "kind", Type = FieldType.Keyword },
            ],
        };
        _index = CollectionIndex.Open(
            _directory, schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        Put("1", """{"title": "oak leaf", "text": "an oak and its acorns, oak wood"}""");
        Put("2", """{"title": "oak", "text": "the acorns of one oak"}""");
        Put("3", """{"title": "ash", "text": "an ash has keys and no acorns"}""");
        _index.Refresh();
    }

    [Fact]
    public void Patterns_to_mark_by_are_held_to_the_limit_of_the_querys()
    {
        // Each has some thousand states, and is within the limit of one pattern.
        var many = Enumerable.Range('a', 26).Select(QueryNode (letter) => new RegexpQuery(
            "text", $".*{(char)letter}.{{10}}")).ToArray();
        var request = Marking(new BooleanQuery([], [.. many, .. Shifted(many)], [], []));
        Assert.Equal(StatusCode.BadQuery, _index.Search(request, SearchBudget.Unlimited(), out _, out var error));
        Assert.Contains($"need more than {PatternPlans.StepsMax} steps to prepare", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_to_mark_by_is_checked_as_a_query_is()
    {
        var unknown = Marking(new MatchQuery("text", "oak", false)
        {
            Rules = new MatchRules { Analyzer = "klingon" },
        });
        Assert.Equal(StatusCode.BadQuery, _index.Search(unknown, SearchBudget.Unlimited(), out _, out var error));
        Assert.Contains("unknown analyzer 'klingon'", error, StringComparison.Ordinal);
        var many = Marking(new BooleanQuery(
            [], [.. Enumerable.Range(0, 2_000).Select(i => new TermQuery("text", $"w{i}"))], [], []));
        Assert.Equal(StatusCode.BadQuery, _index.Search(many, SearchBudget.Unlimited(), out _, out error));
        Assert.Contains("more than 1024 nodes", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Query_that_several_fields_are_marked_by_counts_once()
    {
        QueryNode query = new BooleanQuery(
            [], [.. Enumerable.Range(0, 400).Select(i => new TermQuery("text", $"w{i}")), Oak()], [], []);
        var request = Marking(query) with
        {
            Highlighting =
            [
                .. new[] { "text", "title", "t*", "*" }.Select(name => new HighlightField(name) { Query = query }),
            ],
        };
        Assert.Equal(StatusCode.Ok, _index.Search(request, SearchBudget.Unlimited(), out var reply, out var error));
        Assert.True(error is null, error);
        Assert.Contains(
            "<em>oak</em>", reply!.Hits[0].Highlights.Single(one => one.Field == "text").Fragments[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pattern_is_prepared_once_for_all_fields()
    {
        var scope = HighlightScope.Unlimited();
        var pattern = scope.PatternOf(new RegexpQuery("text", "oa.*"), text => text);
        Assert.NotNull(pattern);
        Assert.Same(pattern, scope.PatternOf(new RegexpQuery("title", "oa.*"), text => text));
        Assert.NotSame(pattern, scope.PatternOf(new RegexpQuery("title", "oa."), text => text));
        Assert.Same(
            scope.PatternOf(new WildcardQuery("text", "O?k"), text => text.ToLowerInvariant()),
            scope.PatternOf(new WildcardQuery("title", "o?K"), text => text.ToLowerInvariant()));
        Assert.Same(scope.Near("oak", 1, 0), scope.Near("oak", 1, 0));
        Assert.NotSame(scope.Near("oak", 1, 0), scope.Near("oak", 1, 1));
        Assert.Null(scope.PatternOf(new MatchAllQuery(), text => text));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public void Marking_is_paid_for_by_the_comparisons_it_takes(int prefixes)
    {
        var query = new BooleanQuery(
            [], [.. Enumerable.Range(0, prefixes).Select(i => new PrefixQuery("text", $"oak{i}"))], [], []);
        var text = string.Join(' ', Enumerable.Repeat("ash elm rose", 400));
        var budget = SearchBudget.Unlimited();
        Highlighter.Snippet(Analyzers.Get(Field), text, HighlightTerms.Of(query, Field), 100, budget);
        Assert.True(budget.Blocks * 512 + 512 >= 1_200L * (1 + prefixes), $"{budget.Blocks} blocks");
    }

    [Fact]
    public void Marking_of_phrases_with_words_that_are_everywhere_is_paid_for_and_stops()
    {
        var phrase = new PhraseQuery("text", string.Join(' ', Enumerable.Repeat("oak", 200)), 0);
        var terms = HighlightTerms.Of(phrase, Field);
        var text = string.Join(' ', Enumerable.Repeat("oak", 20_000));
        var budget = SearchBudget.Unlimited();
        Assert.Equal(20_000, HighlightMatches.Find(Analyzers.Get(Field), text, terms, budget).Count);
        Assert.True(budget.Blocks > 20_000L * 200 / 512, $"{budget.Blocks} blocks");
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var over = new SearchBudget(TimeProvider.System, Timeout.InfiniteTimeSpan, cancel.Token);
        Assert.Empty(HighlightMatches.Find(Analyzers.Get(Field), text, terms, over));
        Assert.Equal(0, over.Blocks);
    }

    [Fact]
    public void Names_fit_patterns_as_the_automaton_of_the_pattern_says() => Gen.Select(
        Gen.Char["ab*?\\"].Array[0, 8].Select(c => new string(c)),
        Gen.Char["ab.é"].Array[1, 8].Select(c => new string(c))).Sample((pattern, name) =>
        {
            var schema = new CollectionSchema { Name = "h", Fields = [Field with { Name = name }] };
            var fields = new CollectionFields(schema, Analyzers.Get);
            var automaton = WildcardPattern.Automaton(WildcardPattern.Parts(pattern), out _);
            Assert.Equal(
                automaton.Matches(Encoding.UTF8.GetBytes(name)),
                NamePattern.Fitting(pattern, fields, FieldType.Text).Any());
        });

    [Fact]
    public void Words_that_more_like_this_chose_are_marked_and_no_others()
    {
        var like = new MoreLikeThisQuery(["text"])
        {
            Like = new MoreLikeThisExamples { Texts = ["oak oak acorns an its"] },
            MinTermFrequency = 1, MinDocumentFrequency = 1, MaxQueryTerms = 2, MinimumShouldMatch = "1",
        };
        var request = new SearchRequest
        {
            Collection = "h", Query = like, HighlightFields = ["text"], Highlighting = [new HighlightField("t*")],
        };
        Assert.Equal(StatusCode.Ok, _index.Search(request, SearchBudget.Unlimited(), out var reply, out _));
        var hit = reply!.Hits.Single(hit => hit.Path == "/h/1");
        const string marked = "an <em>oak</em> and <em>its</em> acorns, <em>oak</em> wood";
        Assert.Equal(marked, hit.Highlights[0].Snippet);
        Assert.Equal([marked], hit.Highlights.Single(one => one.Fragments.Count > 0).Fragments);

        // The same words for another query, which they are asked for beside.
        var beside = Marking(like) with { Query = new TermQuery("title", "oak") };
        Assert.Equal(StatusCode.Ok, _index.Search(beside, SearchBudget.Unlimited(), out reply, out _));
        hit = reply!.Hits.Single(hit => hit.Path == "/h/1");
        Assert.Equal([marked], hit.Highlights.Single().Fragments);

        // Nor where the clause changes neither what is found nor its score.
        var idle = request with
        {
            Query = new BooleanQuery([new ExistsQuery("text")], [like], [], []),
            Sort = [new SortKey("_path", Descending: false)], TrackScores = false, Highlighting = [],
        };
        Assert.False(idle.NeedsScores());
        Assert.Equal(StatusCode.Ok, _index.Search(idle, SearchBudget.Unlimited(), out reply, out _));
        Assert.Equal(marked, reply!.Hits.Single(hit => hit.Path == "/h/1").Highlights.Single().Snippet);
    }

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private static TermQuery Oak() => new("text", "oak");

    private static IEnumerable<QueryNode> Shifted(QueryNode[] patterns) =>
        patterns.Cast<RegexpQuery>().Select(regexp => new RegexpQuery("text", "x?" + regexp.Pattern));

    private static SearchRequest Marking(QueryNode query) => new()
    {
        Collection = "h", Query = new MatchAllQuery(), Highlighting = [new HighlightField("text") { Query = query }],
    };

    private void Put(string id, string json) => Assert.Equal(
        StatusCode.Ok,
        _index.Put(Encoding.UTF8.GetBytes($"/h/{id}"), 1, Encoding.UTF8.GetBytes(json), out _, out _));
}
