using CsCheck;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Highlighting;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Highlighting;

/// <summary>Fragments beside a naive choice of them, and phrases beside all choices of words.</summary>
public sealed class FieldHighlighterTests
{
    private static readonly FieldSchema Field = new() { Name = "text", Type = FieldType.Text };
    private static readonly IAnalyzer Analyzer = Analyzers.Get(Field);
    private static readonly string[] Words = ["oak", "ash", "elm", "rose", "plum"];

    [Fact]
    public void Fragments_are_parts_of_the_text_in_order_with_every_match_in_them_marked() =>
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var random = new Random(seed);
            string[] values = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Text(random))];
            var wanted = new HighlightField("text")
            {
                FragmentSize = random.Next(5) == 0 ? 0 : random.Next(1, 150),
                Fragments = random.Next(0, 5),
                PreTag = "[",
                PostTag = "]",
            };
            var fragments = Fragments(wanted, new TermQuery("text", "oak"), values);
            if (wanted.Fragments == 0)
            {
                Assert.Equal(
                    values.Where(value => value.Contains("oak", StringComparison.Ordinal)).Select(Marked), fragments);
                return;
            }

            Assert.True(fragments.Count <= wanted.Fragments);
            Assert.Equal(
                values.Any(value => value.Contains("oak", StringComparison.Ordinal)), fragments.Count > 0);
            var (from, at) = (0, 0);
            foreach (var fragment in fragments)
            {
                var plain = string.Concat(fragment.Split('[', ']'));
                Assert.Equal(Marked(plain), fragment);
                Assert.Contains("[oak]", fragment, StringComparison.Ordinal);
                Assert.True(
                    wanted.FragmentSize == 0 || plain.Length <= Math.Max(wanted.FragmentSize, "oak".Length), fragment);
                while (values[from].IndexOf(plain, at, StringComparison.Ordinal) < 0) (from, at) = (from + 1, 0);
                at = values[from].IndexOf(plain, at, StringComparison.Ordinal) + plain.Length;
            }
        });

    [Fact]
    public void The_best_fragments_are_those_of_the_formula() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var random = new Random(seed);
        var text = Text(random);
        var query = new MatchQuery("text", "oak ash elm", false);
        var all = Fragments(new HighlightField("text") { Fragments = 100, FragmentSize = 0 }, query, [text]);
        var best = Fragments(
            new HighlightField("text") { Fragments = 2, FragmentSize = 0, BestFirst = true }, query, [text]);
        var counts = new[] { "oak", "ash", "elm" }.ToDictionary(word => word, word => Count(text, word));
        var at = 0;
        var scored = all.Select((fragment, place) =>
        {
            var plain = Plain(fragment);
            var start = text.IndexOf(plain, at, StringComparison.Ordinal);
            at = start + plain.Length;
            return (fragment, place, score: Naive(text, SentenceOf(text, start), start, counts));
        }).OrderByDescending(row => Math.Round(row.score, 9)).ThenBy(row => row.place);
        Assert.Equal(scored.Take(2).Select(row => row.fragment), best);
    });

    [Fact]
    public void Phrases_are_marked_only_where_they_stand_together() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var random = new Random(seed);
        string[] tokens = [.. Enumerable.Range(0, random.Next(1, 14)).Select(_ => Words[random.Next(3)])];
        string[] phrase = [.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => Words[random.Next(3)])];
        var slop = random.Next(4);
        var text = string.Join(' ', tokens);
        var fragments = Fragments(
            new HighlightField("text") { Fragments = 0, PreTag = "[", PostTag = "]" },
            new PhraseQuery("text", string.Join(' ', phrase), slop), [text]);
        var marked = fragments.Count == 0
            ? []
            : fragments[0].Split(' ').Index().Where(word => word.Item[0] == '[').Select(word => word.Index).ToHashSet();
        var choices = Choices(tokens, phrase, slop);
        Assert.Subset(choices.SelectMany(choice => choice).ToHashSet(), marked);
        Assert.Equal(choices.Count > 0, marked.Count > 0);
        if (slop == 0) Assert.Equal(choices.SelectMany(choice => choice).Distinct().Order(), marked.Order());
    });

    [Fact]
    public void Without_a_match_the_beginning_is_returned_where_it_is_wanted()
    {
        var query = new TermQuery("text", "none");
        Assert.Empty(Fragments(new HighlightField("text"), query, ["One. Two."]));
        Assert.Equal(["One."], Fragments(new HighlightField("text") { NoMatchSize = 6 }, query, ["One. Two."]));
        Assert.Equal(
            ["One two"], Fragments(new HighlightField("text") { NoMatchSize = 9 }, query, ["One two three."]));
        Assert.Empty(Fragments(new HighlightField("text") { NoMatchSize = 9 }, query, []));
    }

    [Fact]
    public void What_is_behind_the_limit_is_neither_marked_nor_returned()
    {
        var wanted = new HighlightField("text") { Fragments = 0, AnalyzedChars = 7 };
        var query = new TermQuery("text", "oak");
        Assert.Equal(["<em>oak</em> ash"], Fragments(wanted, query, ["oak ash oak", "oak"]));
        Assert.Equal(["<em>oak</em>"], Fragments(wanted with { AnalyzedChars = 5 }, query, ["oak 🌳"]));
    }

    [Fact]
    public void Marks_and_escapes_are_as_asked()
    {
        var query = new TermQuery("text", "oak");
        var wanted = new HighlightField("text") { PreTag = "<b>", PostTag = "</b>", Html = true };
        Assert.Equal(["a &amp; <b>oak</b> &lt;i&gt;"], Fragments(wanted, query, ["a & oak <i>"]));
        Assert.Equal(["a & <b>oak</b> <i>"], Fragments(wanted with { Html = false }, query, ["a & oak <i>"]));
    }

    [Fact]
    public void Queries_on_other_fields_mark_only_where_that_is_wanted()
    {
        var query = new BooleanQuery(
            [new TermQuery("title", "oak")], [new PrefixQuery("text", "ro")], [new TermQuery("text", "ash")], []);
        var terms = HighlightTerms.Of(query, Field);
        var any = HighlightTerms.Of(query, ["title", "text"], Analyzer);
        var wanted = new HighlightField("text") { Fragments = 0 };
        string[] text = ["oak ash rose"];
        Assert.Equal(
            ["oak ash <em>rose</em>"], new FieldHighlighter(wanted, Analyzer, terms).Fragments(text));
        Assert.Equal(
            ["<em>oak</em> ash <em>rose</em>"],
            new FieldHighlighter(wanted, Analyzer, any).Fragments(text));
    }

    private static IReadOnlyList<string> Fragments(HighlightField wanted, QueryNode query, string[] values) =>
        new FieldHighlighter(
            wanted, Analyzer, HighlightTerms.Of(query, ["text"], Analyzer)).Fragments(values);

    private static string Text(Random random)
    {
        var text = new System.Text.StringBuilder();
        for (var i = random.Next(60); i > 0; i--)
        {
            text.Append(Words[random.Next(Words.Length)]);
            text.Append(random.Next(6) switch { 0 => ". ", 1 => "! A ", _ => " " });
        }

        return text.ToString().Trim();
    }

    private static string Marked(string text) => text.Replace("oak", "[oak]", StringComparison.Ordinal);

    private static string Plain(string fragment) => fragment.Replace("<em>", "", StringComparison.Ordinal)
        .Replace("</em>", "", StringComparison.Ordinal);

    private static int Count(string text, string word) =>
        text.Split(' ', '.', '!').Count(token => token == word);

    private static string SentenceOf(string text, int start) => text[start..SentenceBreaks.Next(text, start)];

    private static double Naive(string text, string passage, int start, Dictionary<string, int> counts)
    {
        double sum = 0;
        foreach (var (word, total) in counts)
        {
            double count = Count(passage, word);
            var weight = 2.2 * Math.Log(1 + ((1 + (text.Length / 87.0) + 0.5) / (total + 0.5)));
            sum += weight * count / (count + (1.2 * (0.25 + (0.75 * passage.Length / 87.0))));
        }

        return sum * (1 + (1 / Math.Log(87.0 + start)));
    }

    /// <summary>Every choice of one place a word, none twice, whose lined-up places span at most the slop.</summary>
    private static List<int[]> Choices(string[] tokens, string[] phrase, int slop)
    {
        var choices = new List<int[]> { Array.Empty<int>() };
        foreach (var word in phrase)
        {
            choices =
            [
                .. choices.SelectMany(choice => Enumerable.Range(0, tokens.Length)
                    .Where(place => tokens[place] == word && !choice.Contains(place))
                    .Select(place => (int[])[.. choice, place])),
            ];
        }

        return [.. choices.Where(choice =>
            choice.Select((place, i) => place - i).Max() - choice.Select((place, i) => place - i).Min() <= slop)];
    }
}
