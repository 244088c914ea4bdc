using Hedgerow.Leaf.Search.Analysis;
using static Hedgerow.Leaf.Tests.Search.Analysis.Parts;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Which patterns are known to be linear, and how the work of the others is counted.</summary>
public sealed class PatternShapeTests
{
    [Theory]
    [InlineData("\\W+")]
    [InlineData("\\s*,\\s*")]
    [InlineData("[^a-z0-9]+")]
    [InlineData("[,;|]")]
    [InlineData("-")]
    [InlineData("\\d+|[a-z]+")]
    [InlineData("(\\d+)-(\\d+)")]
    [InlineData("\"([^\"]*)\"")]
    [InlineData("[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,4}")]
    [InlineData("(?:https?|ftp)://[^ ]+")]
    [InlineData("(?i)x.*?,")]
    [InlineData(".*,")]
    [InlineData("\\p{Lu}\\p{Ll}*")]
    [InlineData("[]a]+")]
    [InlineData("^a+$")]
    [InlineData("")]
    public void Rows_and_alternatives_that_repeat_at_their_ends_are_linear(string pattern) =>
        Assert.True(PatternShape.IsLinear(pattern));

    [Theory]
    [InlineData(".*b|a")]
    [InlineData("a+b|a")]
    [InlineData("a+$|a")]
    [InlineData("\\w+\\b|x")]
    [InlineData("a(.*b)?")]
    [InlineData("(aab)*ab")]
    [InlineData("(?:ab)+")]
    [InlineData("(ab*){2}")]
    [InlineData("(a*)*")]
    [InlineData("a{300}b|a")]
    [InlineData("(?x)a # b")]
    [InlineData("(?<name>a)")]
    [InlineData("(?#a)b")]
    [InlineData("[a-z-[aeiou]]+")]
    [InlineData("[[:alpha:]]+")]
    [InlineData("a*b*c*d*e*f*g*h*i*")]
    [InlineData("a{,3}")]
    [InlineData("a)")]
    [InlineData("(a")]
    [InlineData("[a")]
    [InlineData("\\")]
    [InlineData("\\p{L")]
    [InlineData("\\u00")]
    [InlineData("\\1")]
    public void All_others_are_counted(string pattern) => Assert.False(PatternShape.IsLinear(pattern));

    /// <summary>
    /// Every search but of a linear pattern counts the rest of its text, whatever it looked at: so two replicas come to
    /// one sum.
    /// </summary>
    [Theory]
    [InlineData("pattern", ".*b|a", true)]
    [InlineData("pattern", "a", false)]
    [InlineData("pattern_replace", ".*b|a", true)]
    [InlineData("pattern_replace", "a", false)]
    public void Work_is_the_sum_of_what_is_left_at_each_search(string type, string pattern, bool isCounted)
    {
        var part = Part(type, "pattern=" + pattern);
        var schema = type == "pattern" ? Chain(part) : Chain("keyword") with { CharFilters = [part] };
        var chain = Made(schema).ForDocuments;
        Assert.Equal(isCounted, chain.IsCostly);
        const int Chars = 200;
        const long Needed = Chars * (Chars + 1L) / 2;
        Assert.False(Over(Needed));
        Assert.Equal(isCounted, Over(Needed - 1));

        bool Over(long room)
        {
            var work = new PatternWork(room);
            chain.Count(new string('a', Chars), work);
            return work.IsOver;
        }
    }

    [Fact]
    public void A_hostile_text_is_refused_after_as_much_work_as_is_allowed()
    {
        var chain = Made(Chain(Part("pattern", "pattern=(?:ab?)+c|a")));
        var work = new PatternWork();
        chain.ForDocuments.Count(new string('a', 1_000_000), work);
        Assert.True(work.IsOver);
        var refusal = Assert.Throws<AnalysisException>(() => chain.Explain(new string('a', 60_000), isQuery: false));
        Assert.Contains("134217728", refusal.Message, StringComparison.Ordinal);
    }
}
