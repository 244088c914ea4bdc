using CsCheck;
using Hedgerow.Leaf.Search.Highlighting;
using Hedgerow.Leaf.Tests.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Highlighting;

public sealed class SentenceBreaksTests
{
    [Theory]
    [InlineData("One. Two! Three? Four", "One. |Two! |Three? |Four")]
    [InlineData("It costs 3.14 or so. Yes.", "It costs 3.14 or so. |Yes.")]
    [InlineData("See example.org now. Go", "See example.org now. |Go")]
    [InlineData("That is, e.g. this one, small. Next", "That is, e.g. this one, small. |Next")]
    [InlineData("He said \"no.\" (And left.) Then", "He said \"no.\" |(And left.) |Then")]
    [InlineData("What?! Yes... no. No... Yes", "What?! |Yes... no. |No... |Yes")]
    [InlineData("Stop!, he said. Go", "Stop!, he said. |Go")]
    [InlineData("a line\nanother\r\nthird", "a line\n|another\r\n|third")]
    [InlineData("End. \n Next", "End. \n| Next")]
    [InlineData("一。二！三", "一。|二！|三")]
    [InlineData("क्या? हाँ। ठीक", "क्या? |हाँ। |ठीक")]
    [InlineData("Wait… what. Ok", "Wait… what. |Ok")]
    [InlineData("", "")]
    [InlineData("...", "...")]
    public void Sentences_end_where_readers_see_them_end(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Sentences(text)));

    [Fact]
    public void Sentences_are_those_of_the_unicode_test_file()
    {
        var lines = 0;
        foreach (var line in BreakTestFile.Read("SentenceBreakTest.txt"))
        {
            lines++;
            var expected = line.Segments.Select(segment => line.Text[segment.Start..segment.End]);
            Assert.True(expected.SequenceEqual(Sentences(line.Text)), line.Written);
        }

        Assert.Equal(502, lines);
    }

    [Fact]
    public void Sentences_are_the_whole_text_whatever_it_is() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.Char[".!?。 \n\r\"')a B1,"]), 0, 200].Sample(text =>
        {
            var all = Sentences(text);
            Assert.Equal(text, string.Concat(all));
            Assert.DoesNotContain("", all);
        });

    private static List<string> Sentences(string text)
    {
        var all = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = SentenceBreaks.Next(text, start);
            all.Add(text[start..end]);
            start = end;
        }

        return all;
    }
}
