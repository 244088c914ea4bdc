using CsCheck;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

public sealed class QueryParserTests
{
    internal static readonly CollectionSchema Schema = new()
    {
        Name = "books",
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text },
            new FieldSchema { Name = "body", Type = FieldType.Text },
            new FieldSchema { Name = "stop", Type = FieldType.Text, Analyzer = "english", StopWords = true },
            new FieldSchema { Name = "tag", Type = FieldType.Keyword },
            new FieldSchema { Name = "year", Type = FieldType.Number },
            new FieldSchema { Name = "at", Type = FieldType.Date },
        ],
    };

    [Theory]
    [InlineData("fox", "fox")]
    [InlineData("quick fox", "(quick fox)")]
    [InlineData("+quick -fox dog", "(+quick dog -fox)")]
    [InlineData("!fox dog", "(dog -fox)")]
    [InlineData("a AND b", "(+a +b)")]
    [InlineData("a && b && c", "(+a +b +c)")]
    [InlineData("a OR b || c", "(a b c)")]
    [InlineData("a AND b OR c AND d", "((+a +b) (+c +d))")]
    [InlineData("a b AND c", "(a (+b +c))")]
    [InlineData("a AND NOT b", "(+a -b)")]
    [InlineData("a OR NOT b", "(a (-b))")]
    [InlineData("NOT NOT a", "a")]
    [InlineData("+a OR b", "(+a b)")]
    [InlineData("(a OR b) AND c", "(+(a b) +c)")]
    [InlineData("\"quick fox\"~2^3", "\"quick fox\"~2^3")]
    [InlineData("qui*", "qui*")]
    [InlineData("title:fox^2.5", "title:fox^2.5")]
    [InlineData("title:(quick +fox)", "(+title:fox title:quick)")]
    [InlineData("title:(quick tag:red)", "(title:quick tag:red)")]
    [InlineData("year:[1990 TO 2000}", "year:[\"1990\" TO \"2000\"}")]
    [InlineData("year:{* TO -5]", "year:{* TO \"-5\"]")]
    [InlineData("year:>=5", "year:[\"5\" TO *]")]
    [InlineData("year:<-5.5", "year:[* TO \"-5.5\"}")]
    [InlineData("at:[2024-05-31T10:00:00Z TO *]", "at:[\"2024-05-31T10:00:00Z\" TO *]")]
    [InlineData("at:\"2024-05-31T10:00:00+02:00\"", "at:2024-05-31T10\\:00\\:00+02\\:00")]
    [InlineData("*", "*")]
    [InlineData("tag:New\\ York", "tag:New\\ York")]
    [InlineData("rock - roll", "(rock roll)")]
    [InlineData("c++ wi-fi what?", "(c++ wi-fi what?)")]
    [InlineData("and or not to", "(and or not to)")]
    [InlineData("\\AND a\\*", "(\\AND a\\*)")]
    [InlineData("stop:the cat", "cat")]
    [InlineData("fox ^2 dog", "(fox^2 dog)")]
    [InlineData("_exists_:year", "year:*")]
    [InlineData("/usr/bin and/or", "(\\/usr\\/bin and/or)")]
    public void Text_means_what_people_expect(string text, string meaning)
    {
        Assert.Equal(Describe(Parse(meaning)), Describe(Parse(text)));
    }

    [Fact]
    public void A_word_is_a_match_on_the_default_field()
    {
        Assert.Equal(new MatchQuery("body", "wi-fi", AllWords: true), Parse("wi-fi"));
    }

    [Theory]
    [InlineData("year:*", "year")]
    [InlineData("title:*", "title")]
    [InlineData("tag:*", "tag")]
    public void A_star_alone_on_a_field_asks_whether_it_exists(string text, string field)
    {
        Assert.Equal(new ExistsQuery(field), Parse(text));
    }

    [Theory]
    [InlineData("ca?he*", "ca?he*")]
    [InlineData("*he", "*he")]
    [InlineData("a*b", "a*b")]
    [InlineData("c\\*?he*\\?x", "c\\*?he*\\?x")]
    [InlineData("\\\\*x", "\\\\*x")]
    [InlineData("pre?*", "pre?*")]
    [InlineData("**", "**")]
    public void Stars_and_question_marks_within_a_word_make_a_pattern(string text, string pattern)
    {
        Assert.Equal(new WildcardQuery("body", pattern), Parse(text));
    }

    [Theory]
    [InlineData("word~", "body", "word", FuzzyQuery.AutoEdits)]
    [InlineData("title:word~1", "title", "word", 1)]
    [InlineData("tag:wi\\~\\*d~2", "tag", "wi~*d", 2)]
    [InlineData("why?~0", "body", "why?", 0)]
    public void A_tilde_behind_a_word_asks_for_those_like_it(string text, string field, string word, int edits)
    {
        Assert.Equal(new FuzzyQuery(field, word, edits, 0), Parse(text));
        Assert.Equal(new FuzzyQuery(field, word, edits, 0) { Boost = 2 }, Parse(text + "^2"));
    }

    [Fact]
    public void Words_must_all_match_when_the_query_says_so()
    {
        Assert.Equal(Describe(Parse("+a +b -c")), Describe(Parse("a b -c", allWords: true)));
        Assert.Equal(Describe(Parse("+a +(b c)")), Describe(Parse("a b OR c", allWords: true)));
    }

    [Fact]
    public void Several_default_fields_give_one_option_each()
    {
        var node = Assert.IsType<BooleanQuery>(Parse("fox", false, "title", "tag"));
        Assert.Equal([new MatchQuery("title", "fox", true), new TermQuery("tag", "fox")], node.Should);
    }

    [Fact]
    public void Without_fields_every_text_field_is_searched()
    {
        var node = Assert.IsType<BooleanQuery>(ParseOn("fox", []));
        Assert.Equal(["title", "body", "stop"], node.Should.Cast<MatchQuery>().Select(match => match.Field));
    }

    [Fact]
    public void A_default_field_that_cannot_hold_the_word_is_passed_over()
    {
        Assert.Equal(new MatchQuery("body", "fox", true), Parse("fox", false, "body", "year"));
        Assert.Contains("holds numbers", ErrorOf("fox", "year", "at").Problem);
    }

    [Fact]
    public void A_query_of_stop_words_matches_nothing()
    {
        Assert.Equal(Describe(new BooleanQuery([], [], [], [])), Describe(Parse("the of", false, "stop")));
    }

    [Fact]
    public void Only_exclusions_are_about_all_documents()
    {
        Assert.Equal(
            Describe(new BooleanQuery([], [], [new MatchQuery("body", "a", true)], [new MatchAllQuery()])),
            Describe(Parse("-a")));
    }

    [Fact]
    public void Boost_of_the_request_multiplies_that_of_the_text()
    {
        var query = new QueryStringQuery("((a^2)^3)", ["body"], false) { Boost = 2 };
        Assert.True(QueryParser.TryParse(query, Schema, out var node, out _));
        Assert.Equal(12, node.Boost);
    }

    [Theory]
    [InlineData("", "column 1: expected a word, a \"phrase\", field: or '(', found the end of the query")]
    [InlineData("(a b", "column 5: expected a closing ')' for the '(' at column 1, found the end of the query")]
    [InlineData("a)", "column 2: expected a word, a \"phrase\", field: or '(', found ')'")]
    [InlineData("a \"b c", "column 7: expected a closing '\"' for the one at column 3, found the end of the query")]
    [InlineData("a AND", "column 6: expected a word, a \"phrase\", field: or '(', found the end of the query")]
    [InlineData("OR a", "column 1: expected a word, a \"phrase\", field: or '(', found 'OR'")]
    [InlineData("a^x", "column 3: expected a number above 0 after '^', found none")]
    [InlineData("a^0", "column 3: expected a number above 0 after '^', found '0'")]
    [InlineData("\"a\"~x", "column 5: expected a whole number of moves after '~', found none")]
    [InlineData("word~3", "column 6: expected 0 to 2 edits after '~', found '3'")]
    [InlineData("word~1.5", "column 6: expected 0 to 2 edits after '~', found '1.5'")]
    [InlineData("w*rd~3", "column 6: expected 0 to 2 edits after '~', found '3'")]
    [InlineData("year:1?5", "column 6: field 'year' holds numbers; a wildcard needs text or keywords")]
    [InlineData("at:x~1", "column 4: field 'at' holds dates; a fuzzy word needs text or keywords")]
    [InlineData("a\\", "column 2: expected a character after '\\', found '\\'")]
    [InlineData("title: x", "column 7: expected a value right after 'title:', found ' '")]
    [InlineData("year:[1 2]", "column 9: expected TO between the bounds of a range, found '2]'")]
    [InlineData(
        "year:[1 TO 2",
        "column 13: expected ']' or '}' for the bracket at column 6, found the end of the query")]
    [InlineData("year:[ TO 2]", "column 8: expected a value or '*' as the bound of a range, found 'TO'")]
    [InlineData("year:>=", "column 8: expected a value after the comparison, found the end of the query")]
    [InlineData("title:[a TO b]", "column 7: field 'title' holds text; ranges need keywords, numbers or dates")]
    [InlineData("year:soon", "column 6: field 'year' holds numbers; found 'soon', expected one such as 12 or -0.5")]
    [InlineData("year:1*", "column 6: field 'year' holds numbers; a prefix needs text or keywords")]
    [InlineData("at:12:30", "column 4: expected a value of field 'at', found '12:'; quote a value with a colon")]
    public void Errors_tell_the_column_what_is_expected_and_what_is_found(string text, string error)
    {
        Assert.Equal(error, ErrorOf(text, "body").ToString());
    }

    [Fact]
    public void The_example_of_the_issue_means_what_it_says()
    {
        const string text = "title:(fast cache) +\"tail latency\" -slow at:[2024-01-01 TO *] ca?he~1 ^2";
        var query = Assert.IsType<BooleanQuery>(Parse(text));
        Assert.Equal(new PhraseQuery("body", "tail latency", 0), Assert.Single(query.Must));
        Assert.Equal(new MatchQuery("body", "slow", true), Assert.Single(query.MustNot));
        Assert.Equal(3, query.Should.Count);
        Assert.Equal(Describe(Parse("(title:fast title:cache)")), Describe(query.Should[0]));
        Assert.Equal(new RangeQuery("at", "2024-01-01", null, true, true), query.Should[1]);
        Assert.Equal(new WildcardQuery("body", "ca?he") { Edits = 1, Boost = 2 }, query.Should[2]);
    }

    [Fact]
    public void Slashes_enclose_a_regular_expression()
    {
        Assert.Equal(new RegexpQuery("body", "ca.?che") { Boost = 3 }, Parse("/ca.?che/^3"));
        Assert.Equal(new RegexpQuery("tag", "a/b(c d)*"), Parse("tag:/a\\/b(c d)*/"));
        Assert.Equal(
            "column 6: field 'year' holds numbers; a regular expression needs text or keywords",
            ErrorOf("year:/1+/", "body").ToString());
    }

    [Fact]
    public void Default_fields_have_boosts_and_patterns()
    {
        Assert.Equal(
            Describe(new BooleanQuery(
                [],
                [
                    new MatchQuery("title", "fox", true) { Boost = 3 },
                    new TermQuery("tag", "fox") { Boost = 2 },
                ],
                [],
                [])),
            Describe(Parse("fox", false, "ti*^3", "tag^2")));
        Assert.Equal(
            "column 1: 'title^x' has no number above 0 behind '^'", ErrorOf("fox", "title^x").ToString());
    }

    [Fact]
    public void An_error_is_shown_with_a_caret_below_its_column()
    {
        const string text = "fox (dog";
        Assert.Equal(
            "column 9: expected a closing ')' for the '(' at column 5, found the end of the query\n"
            + "  fox (dog\n"
            + "          ^",
            ErrorOf(text, "body").PointedIn(text));
        var far = new string('x', 100) + " (\n";
        var lines = ErrorOf(far, "body").PointedIn(far).Split('\n');
        Assert.Equal(lines[1].TrimEnd().Length, lines[2].Length - 2);
        Assert.StartsWith("  …xxx", lines[1]);
    }

    [Fact]
    public void An_unknown_field_is_named_with_those_that_exist()
    {
        Assert.Equal(
            "column 3: unknown field 'http'; the collection has title, body, stop, tag, year, at; "
            + "or escape the colon as \\:",
            ErrorOf("a http://x", "body").ToString());
        Assert.Equal(
            "column 1: unknown field 'isbn'; the collection has title, body, stop, tag, year, at",
            ErrorOf("a", "isbn").ToString());
    }

    [Fact]
    public void Each_limit_is_named_when_it_is_passed()
    {
        Assert.Contains("at most 8192", ErrorOf(new string('a', 8_193), "body").Problem);
        Parse(new string('(', 32) + "a" + new string(')', 32));
        Assert.Contains("at most 32", ErrorOf(new string('(', 33) + "a" + new string(')', 33), "body").Problem);
        Assert.Contains("at most 32", ErrorOf(new string('-', 33) + "a", "body").Problem);
        Assert.Contains("at most 32", ErrorOf(Repeat("(a ", 32) + "b" + new string(')', 32), "body").Problem);
        Parse(Repeat("a ", 1_023));
        Assert.Contains("at most 1024", ErrorOf(Repeat("a ", 1_024), "body").Problem);
        Assert.Contains("more than 1024", ErrorOf(Repeat("a ", 700), "title", "body").Problem);
        Assert.Contains("at most 1024", ErrorOf(Repeat("* ", 2_000), "body").Problem);
    }

    [Fact]
    public void Printing_a_tree_and_parsing_it_gives_the_tree_back()
    {
        QueryTrees.Any.Sample(tree =>
        {
            var text = QueryPrinter.Print(tree, "body");
            Assert.Equal(Describe(tree), Describe(Parse(text)));
        });
    }

    [Fact]
    public void A_query_cut_off_anywhere_parses_or_says_where_it_broke()
    {
        QueryTrees.Any.Sample(tree =>
        {
            var text = QueryPrinter.Print(tree, "body");
            for (var length = 0; length < text.Length; length++) Holds(text[..length]);
        }, iter: 50);
    }

    [Fact]
    public void Any_text_parses_or_says_where_it_broke()
    {
        var pieces = Gen.OneOf(
            "a", " ", "(", ")", "[", "]", "{", "}", "\"", "~", "^", ":", "*", "+", "-", "!", "\\", "AND", "OR", "NOT",
            "TO", "&&", "||", "title:", "year:", "at:", ">=", "<", "1", "\0", "é", "\ud83d");
        Gen.OneOf(pieces.Array[0, 24].Select(parts => string.Concat(parts)), Gen.String).Sample(Holds, iter: 20_000);
    }

    private static void Holds(string text)
    {
        var query = new QueryStringQuery(text, ["body", "year"], false);
        if (QueryParser.TryParse(query, Schema, out var node, out var error))
        {
            Assert.NotNull(node);
            return;
        }

        Assert.InRange(error.Column, 1, text.Length + 1);
        Assert.NotEmpty(error.Problem);
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static string Describe(QueryNode node) => QueryPrinter.Describe(node);

    private static QueryNode Parse(string text, bool allWords = false, params string[] fields) =>
        ParseOn(text, fields.Length == 0 ? ["body"] : fields, allWords);

    private static QueryNode ParseOn(string text, string[] fields, bool allWords = false)
    {
        var query = new QueryStringQuery(text, fields, allWords);
        Assert.True(QueryParser.TryParse(query, Schema, out var node, out var error), $"{text}: {error}");
        return node;
    }

    private static QueryError ErrorOf(string text, params string[] fields)
    {
        Assert.False(QueryParser.TryParse(new QueryStringQuery(text, fields, false), Schema, out _, out var error));
        return error;
    }
}
