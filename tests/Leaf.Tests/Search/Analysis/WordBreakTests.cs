using System.Globalization;
using System.Text;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Unicode's own test file for word boundaries, 14.0.0; a word is a segment with a letter or digit.</summary>
public sealed class WordBreakTests
{
    /// <summary>
    /// Lines whose words come out otherwise, and why. Lucene's tables are of Unicode 6.3, before a zero-width joiner
    /// held a following pictograph: the word is right, but it ends before the pictograph. May only shrink.
    /// </summary>
    private static readonly string[] KnownDifferences =
    [
        "÷ 0061 × 200D × 1F6D1 ÷",
        "÷ 0061 × 200D × 2701 ÷",
    ];

    [Fact]
    public void Words_are_those_of_the_unicode_test_file_but_for_the_listed_lines()
    {
        var different = new List<string>();
        var lines = 0;
        foreach (var row in File.ReadLines(SharedFiles.Require("data/unicode-break-tests/WordBreakTest.txt")))
        {
            var line = row.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            lines++;
            var (text, expected) = Read(line);
            var got = TokenList.Of("standard", text).Select(token => (token.Start, token.End));
            if (!got.SequenceEqual(expected)) different.Add(line);
        }

        Assert.Equal(1823, lines);
        Assert.Equal(KnownDifferences, different);
    }

    private static (string Text, List<(int, int)> Words) Read(string line)
    {
        var text = new StringBuilder();
        var breaks = new List<int>();
        foreach (var part in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "÷") breaks.Add(text.Length);
            else if (part != "×") text.Append(char.ConvertFromUtf32(int.Parse(part, NumberStyles.HexNumber)));
        }

        var whole = text.ToString();
        var words = breaks.Zip(breaks.Skip(1)).Where(pair => HasWord(whole[pair.First..pair.Second])).ToList();
        return (whole, words);
    }

    private static bool HasWord(string segment) => segment.EnumerateRunes().Any(Rune.IsLetterOrDigit);
}
