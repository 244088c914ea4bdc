using Hedgerow.Leaf.Search.Highlighting;
using Hedgerow.Leaf.Tests.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Highlighting;

/// <summary>Where texts are cut that have no blank to be cut at.</summary>
public sealed class WordEdgesTests
{
    [Fact]
    public void What_readers_see_as_one_character_is_that_of_the_unicode_test_file()
    {
        var lines = 0;
        foreach (var line in BreakTestFile.Read("GraphemeBreakTest.txt"))
        {
            lines++;
            foreach (var (start, end) in line.Segments)
            {
                for (var place = start; place < end; place++)
                    Assert.Equal((start, end), (WordEdges.ClusterAt(line.Text, place, out var behind), behind));
            }
        }

        Assert.Equal(602, lines);
    }

    [Theory]
    [InlineData("\U0001F469\u200D\U0001F33E", 5)]
    [InlineData("e\u0301", 2)]
    [InlineData("\u1100\u1161\u11A8", 3)]
    public void A_part_of_a_text_without_blanks_begins_and_ends_at_whole_characters(string character, int length)
    {
        Assert.Equal(length, character.Length);
        var text = string.Concat(Enumerable.Repeat(character, 200));
        for (var place = 300; place < 320; place++)
        {
            Assert.Equal(0, WordEdges.Start(text, place, 700) % length);
            Assert.InRange(WordEdges.Start(text, place, 700), place, place + length - 1);
            Assert.Equal(0, WordEdges.End(text, 0, place) % length);
            Assert.InRange(WordEdges.End(text, 0, place), place - length + 1, place);
        }
    }

    [Fact]
    public void Marks_without_end_are_cut_all_the_same()
    {
        var text = "e" + new string('\u0301', 100_000);
        Assert.InRange(WordEdges.End(text, 0, 160), 1, 256);
        Assert.InRange(WordEdges.End(text, 50_000, 50_160), 50_001, 50_256);
        Assert.InRange(WordEdges.Start(text, 40_000, 90_000), 40_000, 40_256);
    }
}
