using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Query text from end to end: parsed, searched, its matches marked.</summary>
public sealed class QueryTextSearchTests : IDisposable
{
    private static readonly CollectionSchema Schema = new()
    {
        Name = "notes",
        Fields =
        [
            new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "english", StopWords = true },
            new FieldSchema { Name = "tag", Type = FieldType.Keyword },
            new FieldSchema { Name = "year", Type = FieldType.Number },
        ],
    };

    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    public QueryTextSearchTests()
    {
        _index = CollectionIndex.Open(
            _directory, Schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        Put("/notes/1", """{"text":"Running the big dogs home","tag":"red","year":2001}""");
        Put("/notes/2", """{"text":"A dog runs; a big café","tag":"blue","year":1999}""");
        Put("/notes/3", """{"text":"Crème brûlée in the café","tag":"red","year":2010}""");
        _index.Refresh();
    }

    [Theory]
    [InlineData("run dog", "1 2")]
    [InlineData("+dog -home", "2")]
    [InlineData("\"big dog\"", "1")]
    [InlineData("\"dog big\"~9", "1 2")]
    [InlineData("cafe AND creme", "3")]
    [InlineData("CAF*", "2 3")]
    [InlineData("tag:red", "1 3")]
    [InlineData("year:[1999 TO 2001}", "2")]
    [InlineData("year:>2000 NOT tag:blue", "1 3")]
    [InlineData("-tag:red", "2")]
    [InlineData("text:*", "1 2 3")]
    [InlineData("*", "1 2 3")]
    [InlineData("the", "")]
    [InlineData("the café", "2 3")]
    public void Text_finds_what_it_says(string text, string found)
    {
        var paths = Search(text).Hits.Select(hit => hit.Path[^1..]).Order(StringComparer.Ordinal);
        Assert.Equal(found, string.Join(' ', paths));
    }

    [Fact]
    public void Snippets_mark_what_the_text_found()
    {
        var hit = Assert.Single(Search("creme OR br*").Hits);
        Assert.Equal("<em>Crème</em> <em>brûlée</em> in the café", Assert.Single(hit.Highlights).Snippet);
    }

    [Fact]
    public void A_boost_of_the_whole_text_counts_once()
    {
        var plain = Search("creme").Hits[0].Score;
        Assert.Equal(plain * 2, Search("creme", boost: 2).Hits[0].Score, 1e-5);
        Assert.Equal(plain * 2, Search("creme^2").Hits[0].Score, 1e-5);
    }

    [Fact]
    public void Text_that_does_not_parse_is_a_bad_query_with_its_column()
    {
        var status = _index.Search(Request("(a", 1), SearchBudget.Unlimited(), out _, out var error);
        Assert.Equal(StatusCode.BadQuery, status);
        Assert.StartsWith("column 3: expected a closing ')'", error);
    }

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private void Put(string path, string json)
    {
        var status = _index.Put(Encoding.UTF8.GetBytes(path), 1, Encoding.UTF8.GetBytes(json), out _, out _);
        Assert.Equal(StatusCode.Ok, status);
    }

    private SearchReply Search(string text, float boost = 1)
    {
        var status = _index.Search(Request(text, boost), SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, error);
        return reply!;
    }

    private static SearchRequest Request(string text, float boost) => new()
    {
        Collection = "notes",
        Query = new QueryStringQuery(text, [], AllWords: false) { Boost = boost },
        HighlightFields = ["text"],
    };
}
