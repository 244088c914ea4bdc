using System.Net;
using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

public sealed class HighlighterTests
{
    private static readonly FieldSchema Field = new()
    {
        Name = "body", Type = FieldType.Text, Analyzer = "english", StopWords = true,
    };

    [Theory]
    [InlineData("run", "He runs, running fast", "He <em>runs</em>, <em>running</em> fast")]
    [InlineData("creme", "Crème brûlée", "<em>Crème</em> brûlée")]
    [InlineData("fast -runs", "He runs fast", "He runs <em>fast</em>")]
    [InlineData("run*", "runner and rune", "<em>runner</em> and <em>rune</em>")]
    [InlineData("RÚN*", "runner", "<em>runner</em>")]
    [InlineData("\"big dog\"", "big cat, dog, big dogs", "big cat, dog, <em>big</em> <em>dogs</em>")]
    [InlineData("\"end of the world\"", "the end of world", "the end of world")]
    [InlineData("\"end of the world\"", "end at a world", "<em>end</em> at a <em>world</em>")]
    [InlineData("\"big dog\"~1", "a big, bad dog", "a <em>big</em>, bad <em>dog</em>")]
    [InlineData("\"big dog\"~1", "a big, bad, old dog", "a big, bad, old dog")]
    [InlineData("a < b", "x < b & \"c\" 'd'", "x &lt; <em>b</em> &amp; &quot;c&quot; &#39;d&#39;")]
    [InlineData("two", "one\ntwo\tthree", "one <em>two</em> three")]
    [InlineData("missing", "nothing here", "nothing here")]
    public void Matches_are_marked_as_the_query_finds_them(string query, string text, string snippet)
    {
        Assert.Equal(snippet, Snippet(query, text, 200));
    }

    [Fact]
    public void The_fragment_with_most_different_terms_is_chosen()
    {
        var filler = string.Concat(Enumerable.Repeat("filler words go here ", 20));
        var text = $"fox fox fox {filler}the quick brown fox jumps {filler}quick";
        Assert.Equal(
            "…words go here the <em>quick</em> brown <em>fox</em> jumps filler words go here…",
            Snippet("quick fox", text, 60));
    }

    [Fact]
    public void Without_a_match_the_beginning_is_shown_up_to_a_word()
    {
        Assert.Equal("one two…", Snippet("x", "one two three four", 9));
    }

    [Fact]
    public void A_match_longer_than_the_fragment_is_kept_whole()
    {
        var word = new string('x', 100);
        Assert.Equal($"…<em>{word}</em>…", Snippet(word, $"a {word} b", 10));
    }

    [Fact]
    public void Text_past_the_limit_is_not_searched()
    {
        var text = new string(' ', Highlighter.TextCharsMax) + "fox";
        Assert.DoesNotContain("<em>", Snippet("fox", text, 100));
    }

    [Fact]
    public void Pairs_of_letters_that_overlap_are_one_mark()
    {
        var field = new FieldSchema { Name = "body", Type = FieldType.Text, Analyzer = "cjk" };
        Assert.Equal("は<em>東京都</em>だ", Snippet("東京 京都", "は東京都だ", 100, field));
    }

    [Fact]
    public void Another_fields_terms_are_not_marked()
    {
        var terms = HighlightTerms.Of(new MatchQuery("title", "fox", true), Field);
        Assert.True(terms.IsEmpty);
        Assert.Equal("fox", Highlighter.Snippet(Analyzers.Get(Field), "fox", terms, 10));
    }

    [Fact]
    public void Any_snippet_is_a_piece_of_its_text_and_bounded()
    {
        var words = Gen.OneOf("fox", "dogs", "the", "a<b", "\ud83d\ude00", "é", "\n", "veryverylongwordindeed");
        Gen.Select(words.Array[0, 60], Gen.Int[1, 80], Gen.OneOf("fox", "\"fox dogs\"~3", "ver*", "zzz"))
            .Sample((parts, maxChars, query) =>
            {
                var text = string.Join(' ', parts);
                var snippet = Snippet(query, text, maxChars);
                var plain = WebUtility.HtmlDecode(snippet.Replace("<em>", "").Replace("</em>", ""));
                var core = plain.Trim('…');
                Assert.Contains(core, text.Replace('\n', ' '), StringComparison.Ordinal);
                Assert.True(core.Length <= Math.Max(maxChars, "veryverylongwordindeed".Length));
                Assert.Equal(
                    snippet.Split("<em>").Length, snippet.Split("</em>").Length);
            });
    }

    private static string Snippet(string query, string text, int maxChars, FieldSchema? of = null)
    {
        var field = of ?? Field;
        var schema = new CollectionSchema { Name = "c", Fields = [field] };
        Assert.True(QueryParser.TryParse(new QueryStringQuery(query, [], false), schema, out var node, out _));
        return Highlighter.Snippet(Analyzers.Get(field), text, HighlightTerms.Of(node, field), maxChars);
    }
}
