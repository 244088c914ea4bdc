using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>A lenient query text is never an error, and means what can be made of it.</summary>
public sealed class LenientQueryTests : IDisposable
{
    private static readonly CollectionSchema Schema = new()
    {
        Name = "notes",
        Fields =
        [
            new FieldSchema { Name = "text", Type = FieldType.Text, Analyzer = "english", StopWords = true },
            new FieldSchema { Name = "title", Type = FieldType.Text, Positions = false },
            new FieldSchema { Name = "tag", Type = FieldType.Keyword },
            new FieldSchema { Name = "year", Type = FieldType.Number },
            new FieldSchema { Name = "at", Type = FieldType.Date },
        ],
    };

    private readonly IndexDirectory _directory = IndexDirectory.InMemory();
    private readonly CollectionIndex _index;

    public LenientQueryTests()
    {
        _index = CollectionIndex.Open(
            _directory, Schema, Analyzers.Get, new CollectionIndexOptions(), TimeProvider.System);
        var json = Encoding.UTF8.GetBytes("""{"text":"the tail latency of http caches","tag":"a","year":3}""");
        Assert.Equal(StatusCode.Ok, _index.Put("/notes/1"u8, 1, json, out _, out _));
        _index.Refresh();
    }

    [Theory]
    [InlineData("(fast cache", "(fast cache)")]
    [InlineData("fast) cache", "(fast cache)")]
    [InlineData("title:(fast cache", "title:(fast cache)")]
    [InlineData("\"tail latency", "\"tail latency\"")]
    [InlineData("fast AND", "fast")]
    [InlineData("OR fast OR OR cache", "(fast cache)")]
    [InlineData("fast|cache | \"tail latency\"", "(fast cache \"tail latency\")")]
    [InlineData("http://x.org", "http\\://x.org")]
    [InlineData("title: fast", "title:fast")]
    [InlineData("fast title:", "(fast title\\:)")]
    [InlineData("fast^x cache^0", "(fast x cache)")]
    [InlineData("fast~7", "fast~")]
    [InlineData("\"tail latency\"~x", "(\"tail latency\" x)")]
    [InlineData("year:soon fast", "fast")]
    [InlineData("year:[1 TO", "()")]
    [InlineData("year:12:30 fast", "fast")]
    [InlineData("fast\\", "fast")]
    [InlineData("+ - ! && ||", "\\+ \\- \\!")]
    [InlineData("_exists_:none fast", "fast")]
    public void What_does_not_fit_is_passed_over_or_read_as_words(string text, string meaning)
    {
        var expected = meaning == "()" ? QueryClauses.Nothing : Parse(meaning, false);
        Assert.Equal(Describe(expected), Describe(Parse(text, true)));
    }

    [Fact]
    public void A_phrase_on_a_field_without_positions_is_its_words()
    {
        Assert.Equal("title", Assert.IsType<MatchQuery>(Parse("title:\"tail latency\"", true)).Field);
    }

    [Fact]
    public void Whatever_is_too_large_is_searched_by_the_words_that_fit()
    {
        var parentheses = new string('(', 9_000);
        Finds(1, string.Concat(Enumerable.Repeat("latency ", 600)));
        Finds(1, string.Concat(Enumerable.Repeat("latency ", 5_000)));
        Finds(0, parentheses + "latency");
        Finds(1, "latency" + parentheses);
        Finds(1, string.Concat(Enumerable.Repeat("latency-", 1_500)));
        Finds(1, "*a" + new string('?', 40) + " latency");
        Finds(1, "tag:/(/ latency");
        Finds(0, new string('z', 200) + "~2");
    }

    [Fact]
    public void No_text_at_all_is_an_error()
    {
        var pieces = Gen.OneOf(
            "latency", " ", "(", ")", "[", "]", "{", "}", "\"", "~", "^", ":", "*", "?", "+", "-", "!", "\\", "/", "|",
            "AND", "OR", "NOT", "TO", "&&", "||", "title:", "year:", "at:", "tag:", "_exists_:", ">=", "<", "1", "9",
            "\0", "é", "\ud83d", "\n", "text:", "x");
        Gen.OneOf(pieces.Array[0, 30].Select(parts => string.Concat(parts)), Gen.String[0, 60]).Sample(
            text => Search(text), iter: 4_000, threads: 1);
    }

    [Fact]
    public void A_correct_text_means_the_same_leniently()
    {
        QueryTrees.Any.Sample(
            tree =>
            {
                // A bar is an operator here.
                var text = QueryPrinter.Print(tree, "body");
                if (text.Contains('|', StringComparison.Ordinal)) return;
                Assert.Equal(Describe(On(text, false)), Describe(On(text, true)));
            },
            iter: 300);

        static QueryNode On(string text, bool isLenient)
        {
            var query = new QueryStringQuery(text, ["body"], false) { Lenient = isLenient };
            Assert.True(QueryParser.TryParse(query, QueryParserTests.Schema, out var node, out var error), $"{error}");
            return node;
        }
    }

    public void Dispose()
    {
        _index.Dispose();
        _directory.Dispose();
    }

    private static string Describe(QueryNode node) => QueryPrinter.Describe(node);

    private static QueryNode Parse(string text, bool isLenient)
    {
        var query = new QueryStringQuery(text, ["text"], AllWords: false) { Lenient = isLenient };
        Assert.True(QueryParser.TryParse(query, Schema, out var node, out var error), $"{error}");
        return node;
    }

    private void Finds(int total, string text) =>
        Assert.True(Search(text).Total == total, $"{text[..Math.Min(30, text.Length)]} does not find {total}");

    private SearchReply Search(string text)
    {
        var request = new SearchRequest
        {
            Collection = "notes",
            Query = new QueryStringQuery(text, [], AllWords: false) { Lenient = true },
            HighlightFields = ["text"],
        };
        var status = _index.Search(request, SearchBudget.Unlimited(), out var reply, out var error);
        Assert.True(status == StatusCode.Ok, $"{text}: {error}");
        return reply!;
    }
}
