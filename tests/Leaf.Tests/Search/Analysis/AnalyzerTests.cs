using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

public sealed class AnalyzerTests
{
    [Theory]
    [InlineData("standard", "The Quick-Brown fox, 3.14 can't", "the quick brown fox 3.14 can't")]
    [InlineData("standard", "漢字 カタカナ ひらがな", "漢 字 カタカナ ひ ら が な")]
    [InlineData("cjk", "東京都 は、Tokyo 2024 カタカナ語", "東京 京都 は tokyo 2024 カタ タカ カナ ナ語")]
    [InlineData("cjk", "ｶﾞｷﾞｸ 한국어 𠀋𠀌", "ガギ ギク 한국 국어 𠀋𠀌")]
    [InlineData("keyword", "New York, NY", "New York, NY")]
    [InlineData("whitespace", " A-1\tb2  ", "A-1 b2")]
    [InlineData("porter", "The dog's ponies were running", "the dog poni were run")]
    [InlineData("english", "The dog’s generously flying", "the dog generous fli")]
    [InlineData("german", "Häuser Straße", "haus strass")]
    [InlineData("french", "L'avion d’été", "avion ete")]
    [InlineData("italian", "dell'arte italiane", "arte italian")]
    [InlineData("turkish", "İSTANBUL'DA IŞIK", "istanbul isik")]
    [InlineData("russian", "КНИГИ", "книг")]
    public void Each_analyzer_gives_the_terms_of_its_language(string analyzer, string text, string terms)
    {
        Assert.Equal(terms, TokenList.Terms(analyzer, text));
    }

    [Theory]
    [InlineData("crème brûlée", "creme brulee")]
    [InlineData("cre\u0300me bru\u0302le\u0301e", "creme brulee")]
    [InlineData("Ａｂｃ１２３", "abc123")]
    [InlineData("ﬁne Łódź Tromsø Æsop naïve", "fine lodz tromso aesop naive")]
    [InlineData("ΑΘΉΝΑ", "αθηνα")]
    [InlineData("йод", "иод")]
    [InlineData("ｶﾞｷﾞ ガギ", "ガギ ガギ")]
    [InlineData("हिन्दी", "हिन्दी")]
    [InlineData("한국어", "한국어")]
    public void Accents_and_widths_are_folded_though_globalization_is_invariant(string text, string terms)
    {
        Assert.Equal(terms, TokenList.Terms("standard", text));
    }

    [Fact]
    public void Pairs_of_letters_stand_one_behind_the_other_and_know_their_place_in_the_text()
    {
        Assert.Equal(
            [new Token("東京", 0, 0, 2), new Token("京都", 1, 1, 3), new Token("x", 2, 4, 5), new Token("駅", 3, 6, 7)],
            TokenList.Of("cjk", "東京都 X 駅"));
    }

    [Fact]
    public void Stop_words_leave_their_positions_behind()
    {
        var tokens = TokenList.Of("english", "The end of the world", stopWords: true);
        Assert.Equal([new Token("end", 1, 4, 7), new Token("world", 4, 15, 20)], tokens);
    }

    [Fact]
    public void English_leaves_out_the_33_words_that_Lucene_does()
    {
        Assert.Equal(33, Languages.All.Single(language => language.Name == "english").StopWords.Count);
    }

    [Fact]
    public void Every_language_has_stop_words()
    {
        Assert.All(Languages.All, language => Assert.NotEmpty(language.StopWords));
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("whitespace")]
    public void A_word_longer_than_255_characters_gives_no_term_and_keeps_its_position(string analyzer)
    {
        var text = $"a {new string('x', 255)} {new string('y', 256)} b";
        var tokens = TokenList.Of(analyzer, text);
        Assert.Equal([0, 1, 3], tokens.Select(token => token.Position));
        Assert.Equal([1, 255, 1], tokens.Select(token => token.Term.Length));
    }

    [Fact]
    public void A_keyword_longer_than_255_characters_gives_no_term()
    {
        Assert.Single(TokenList.Of("keyword", new string('x', 255)));
        Assert.Empty(TokenList.Of("keyword", new string('x', 256)));
        Assert.Empty(TokenList.Of("keyword", ""));
    }

    [Fact]
    public void Text_longer_than_any_buffer_is_cut_as_if_it_were_short()
    {
        var text = string.Join(' ', Enumerable.Range(0, 60_000).Select(i => $"word{i}"));
        var tokens = TokenList.Of("standard", text);
        Assert.Equal(60_000, tokens.Count);
        Assert.All(tokens, token => Assert.Equal($"word{token.Position}", text[token.Start..token.End]));
        Assert.Equal("short", TokenList.Terms("standard", "short"));
    }

    [Fact]
    public void Any_text_gives_ordered_spans_within_it_on_every_analyzer()
    {
        var names = Analyzers.Names.ToArray();
        Gen.Select(Gen.String, Gen.Int[0, names.Length - 1]).Sample((text, which) =>
        {
            var tokens = TokenList.Of(names[which], text);
            var (position, end) = (-1, 0);
            foreach (var token in tokens)
            {
                Assert.True(token.Position > position);
                Assert.True(token.Start >= end && token.End > token.Start && token.End <= text.Length);
                Assert.InRange(token.Term.Length, 1, Analyzers.TermCharsMax);
                // Pairs overlap.
                (position, end) = (token.Position, names[which] == "cjk" ? token.Start : token.End);
            }
        });
    }

    [Fact]
    public void The_same_text_gives_the_same_terms_on_every_thread()
    {
        const string Text = "Crème brûlée and the running dogs of Łódź";
        var expected = TokenList.Terms("english", Text);
        Parallel.For(0, 200, _ => Assert.Equal(expected, TokenList.Terms("english", Text)));
    }

    [Fact]
    public void A_sink_may_analyze_while_it_is_given_terms()
    {
        var inner = new List<string>();
        TokenList.Make("english").Analyze("one two", new Nested(inner));
        Assert.Equal(["run fast", "run fast"], inner);
    }

    [Fact]
    public void A_sink_that_throws_leaves_the_thread_able_to_analyze()
    {
        Assert.Throws<InvalidOperationException>(() => TokenList.Make("standard").Analyze("a b c", new Thrower()));
        Assert.Equal("d e", TokenList.Terms("standard", "d e"));
    }

    [Fact]
    public void Prefixes_are_folded_and_not_stemmed()
    {
        Assert.Equal("running", TokenList.Make("english").Normalize("Running"));
        Assert.Equal("creme", TokenList.Make("french").Normalize("Crème"));
        Assert.Equal("NY-", TokenList.Make("keyword").Normalize("NY-"));
    }

    [Fact]
    public void An_unknown_analyzer_is_named_with_those_that_exist()
    {
        var field = new FieldSchema { Name = "body", Type = FieldType.Text, Analyzer = "klingon" };
        var error = Assert.Throws<ArgumentException>(() => Analyzers.Get(field)).Message;
        Assert.Contains("field 'body': unknown analyzer 'klingon'; known are cjk, danish, dutch, english", error);
        Assert.False(Analyzers.IsKnown("klingon"));
        Assert.Equal(20, Analyzers.Names.Count);
    }

    [Fact]
    public void Stop_words_are_refused_where_an_analyzer_has_none()
    {
        var field = new FieldSchema { Name = "t", Type = FieldType.Text, Analyzer = "keyword", StopWords = true };
        Assert.Equal("field 't': analyzer 'keyword' has no stop words; leave stopWords out", Analyzers.Problem(field));
    }

    private sealed class Nested(List<string> seen) : ITokenSink
    {
        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            seen.Add(TokenList.Terms("english", "running fast"));
    }

    private sealed class Thrower : ITokenSink
    {
        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            throw new InvalidOperationException("full");
    }
}
