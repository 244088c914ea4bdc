using System.Text;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Unicode's own test file for word boundaries, 14.0.0; a word is a segment with a letter or digit.</summary>
public sealed class WordBreakTests
{
    [Fact]
    public void Words_are_those_of_the_unicode_test_file()
    {
        var lines = 0;
        foreach (var line in BreakTestFile.Read("WordBreakTest.txt"))
        {
            lines++;
            var expected = line.Segments.Where(segment => HasWord(line.Text[segment.Start..segment.End]));
            var got = TokenList.Of("standard", line.Text).Select(token => (token.Start, token.End));
            Assert.True(expected.SequenceEqual(got), line.Written);
        }

        Assert.Equal(1823, lines);
    }

    [Theory]
    [InlineData("a\u200D\U0001F6D1 b", "a\u200D\U0001F6D1")]
    [InlineData("x a\u200D\u2701\uFE0F\u200D\u2702b", "a\u200D\u2701\uFE0F\u200D\u2702")]
    [InlineData("a\u200D", "a\u200D")]
    [InlineData("a\u200D.", "a\u200D")]
    public void A_pictograph_that_is_joined_to_a_word_is_of_it(string text, string word) =>
        Assert.Contains(TokenList.Of("standard", text), token => text[token.Start..token.End] == word);

    private static bool HasWord(string segment) => segment.EnumerateRunes().Any(Rune.IsLetterOrDigit);
}
