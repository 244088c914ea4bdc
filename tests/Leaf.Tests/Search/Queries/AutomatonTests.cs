using System.Text;
using CsCheck;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Tests.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Search.Queries;

/// <summary>Patterns as automata, alone and walking a dictionary, against the plainest way to match.</summary>
public sealed unsafe class AutomatonTests
{
    private static readonly string[] Characters = ["a", "b", "é", "😀"];

    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.Int[0, 3].Array[0, 6].Select(places => string.Concat(places.Select(i => Characters[i]))),
        Gen.String[Gen.Char["ab"], 1, 12]);

    private static readonly Gen<byte[][]> Terms = Words.Array[1, 400].Select(
        words => words.Distinct().Select(Corpus.Utf8).Order(ByBytes.Instance).ToArray());

    [Fact]
    public void A_wildcard_walk_finds_the_terms_that_match_one_by_one() => Gen.Select(
        Terms, Gen.String[Gen.Char["ab?*é"], 0, 7]).Sample(
        (terms, pattern) => Check(
            terms, Wildcard(pattern), term => PatternModel.Wildcard(pattern, term)),
        iter: 300);

    [Fact]
    public void A_regexp_walk_finds_the_terms_that_match_one_by_one() => Gen.Select(
        Gen.String[Gen.Char["horedéß"], 0, 7].Array[1, 400], Gen.Int[0, int.MaxValue]).Sample(
        (words, seed) =>
        {
            var pattern = RandomQueries.Regexp(new Random(seed));
            var terms = words.Distinct().Select(Corpus.Utf8).Order(ByBytes.Instance).ToArray();
            Check(terms, Regexp(pattern), term => PatternModel.Regexp(pattern, term));
        },
        iter: 300);

    [Fact]
    public void A_fuzzy_walk_finds_the_terms_within_the_distance() => Gen.Select(
        Terms, Words, Gen.Int[0, 2], Gen.Int[0, 3]).Sample(
        (terms, word, edits, prefix) =>
        {
            var query = new FuzzyQuery("f", word, edits, prefix);
            var runes = word.EnumerateRunes().ToArray();
            Check(
                terms,
                EditDistance.Automaton(runes, edits, prefix),
                term =>
                {
                    var distance = PatternModel.Distance(word, term, query);
                    if (distance is not null) Assert.Equal(distance, EditDistance.Between(runes, Corpus.Utf8(term)));
                    return distance is not null;
                });
        },
        iter: 300);

    [Theory]
    [InlineData("a(b", "a ')' is missing")]
    [InlineData("a)b", "a ')' without its '('")]
    [InlineData("[ab", "a ']' is missing")]
    [InlineData("[]", "the class has no characters")]
    [InlineData("*a", "nothing before the '*'")]
    [InlineData("a{2", "a '}' is missing")]
    [InlineData("a{5,2}", "counts down")]
    [InlineData("a{1001}", "a count from 0 to 1000")]
    [InlineData("a**", "two repeats")]
    [InlineData("a\\", "behind '\\'")]
    [InlineData("[z-a]", "runs backwards")]
    public void A_wrong_regexp_is_told_with_its_column(string pattern, string problem)
    {
        Assert.Null(RegexpPattern.Automaton(pattern, out var told));
        Assert.Contains("at column ", told);
        Assert.Contains(problem, told);
    }

    [Theory]
    [InlineData("(.*a){30}.{400}")]
    [InlineData(".*a.{16}")]
    [InlineData("((((a{1000}){1000}){1000}){1000}){1000}")]
    [InlineData("(((((){1000}){1000}){1000}){1000}){1000}")]
    [InlineData("(a|b|c|.)*(a|.)(b|.){900}")]
    public void A_regexp_that_explodes_is_refused_by_the_name_of_its_limit(string pattern)
    {
        Assert.Null(RegexpPattern.Automaton(pattern, out var problem));
        Assert.Contains("that is the limit", problem);
    }

    [Fact]
    public void A_wildcard_that_explodes_is_refused_by_the_name_of_its_limit()
    {
        WildcardPattern.Automaton(WildcardPattern.Parts("*a" + new string('?', 20)), out var problem);
        Assert.Contains($"more than {TermAutomaton.StatesMax} states", problem);
        WildcardPattern.Automaton(WildcardPattern.Parts(new string('a', 8_000) + new string('é', 2_000)), out problem);
        Assert.Contains("that is the limit", problem);
    }

    [Fact]
    public void Any_bytes_as_a_pattern_give_an_automaton_or_an_error() => Gen.String[0, 40].Sample(
        pattern =>
        {
            var automaton = RegexpPattern.Automaton(pattern, out var problem);
            Assert.Equal(automaton is null, problem is not null);
            automaton?.Matches("abc"u8);
            WildcardPattern.Automaton(WildcardPattern.Parts(pattern), out _);
        },
        iter: 5_000);

    [Fact]
    public void A_walk_leaps_over_what_a_pattern_cannot_match()
    {
        var terms = Enumerable.Range(0, 100_000).Select(i => Corpus.Utf8($"{i:D6}")).ToArray();
        using var region = Written(terms);
        var dictionary = new TermDictionary(region.Start);
        var budget = new CountingBudget();
        var walk = new TermWalk(dictionary, Wildcard("09999?"), budget.Budget);
        var found = 0;
        while (walk.MoveNext()) found++;
        Assert.Equal(10, found);
        Assert.InRange(budget.Spent, 0, 3);
        walk = new TermWalk(dictionary, Wildcard("0?2345"), budget.Budget);
        while (walk.MoveNext()) found++;
        Assert.Equal(20, found);
        Assert.InRange(budget.Spent, 0, 30);
    }

    private static TermAutomaton Wildcard(string pattern)
    {
        var automaton = WildcardPattern.Automaton(WildcardPattern.Parts(pattern), out var problem);
        Assert.Null(problem);
        return automaton;
    }

    private static TermAutomaton Regexp(string pattern)
    {
        var automaton = RegexpPattern.Automaton(pattern, out var problem);
        Assert.True(automaton is not null, $"{pattern} {problem}");
        return automaton;
    }

    private static void Check(byte[][] terms, TermAutomaton automaton, Func<string, bool> matches)
    {
        var expected = terms.Where(term => matches(Encoding.UTF8.GetString(term))).ToArray();
        Assert.Equal(expected, terms.Where(term => automaton.Matches(term)));
        using var region = Written(terms);
        var walk = new TermWalk(new TermDictionary(region.Start), automaton, SearchBudget.Unlimited());
        var found = new List<byte[]>();
        while (walk.MoveNext())
        {
            Assert.Equal(walk.Term, terms[walk.Entry.Ordinal]);
            var number = walk.Entry.Ordinal;
            Assert.Equal(new TermEntry(number + 1, number * 3L, number), walk.Entry);
            found.Add(walk.Term.ToArray());
        }

        Assert.Equal(expected, found);
    }

    private static IndexRegion Written(byte[][] terms)
    {
        var writer = new TermDictionaryWriter();
        for (var i = 0; i < terms.Length; i++) writer.Add(terms[i], i + 1, 3);
        IndexRegion? region = null;
        using var output = new MemoryIndexOutput("test", (bytes, n) => region = IndexRegion.OfPinned("test", bytes, n));
        writer.Write(output);
        output.Finish();
        return region!;
    }

    private sealed class ByBytes : IComparer<byte[]>
    {
        public static readonly ByBytes Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }

    /// <summary>A budget whose clock counts how often it is read, which is at every sixteenth block.</summary>
    private sealed class CountingBudget : TimeProvider
    {
        private int _readings;

        public CountingBudget() =>
            Budget = new SearchBudget(this, TimeSpan.FromDays(1), TestContext.Current.CancellationToken);

        public SearchBudget Budget { get; }

        public int Spent => (_readings - 1) * 16;

        public override long GetTimestamp() => _readings++;
    }
}
