using System.Text;
using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>The scanner of bit masks beside the exact rules, which it has to agree with on every text.</summary>
public sealed class WordScannerTests
{
    private const string Marks = "aZ09_:.',; \t\n-/\"éßЖωñ–“\u00A0\u00AD\u00B7\u200D\u0301\u2019漢カ한א🙂";

    [Fact]
    public void Words_of_any_text_are_those_of_the_exact_rules()
    {
        var random = new Random(29);
        for (var round = 0; round < 20_000; round++)
        {
            // Mostly ASCII, so that words and joints cross the edges of blocks, with something hard here and there.
            var marks = round % 2 == 0 ? Marks : Marks[..15];
            var text = new StringBuilder();
            for (var left = random.Next(200); left > 0; left--)
                text.Append(marks[random.Next(3) == 0 ? random.Next(marks.Length) : random.Next(13)]);
            AssertSameWords(text.ToString());
        }
    }

    [Fact]
    public void Every_wide_character_taken_as_simple_is_so_among_all_neighbours()
    {
        var checkedCharacters = 0;
        for (var c = '\u0080'; c < '\uD800'; c++)
        {
            if (WideClass.Of(c) == WideKind.Hard) continue;
            checkedCharacters++;
            foreach (var before in Marks[..22])
                foreach (var after in Marks[..22]) AssertSameWords($"a{before}{c}{after}1 {c} {c}{after}");
        }

        Assert.InRange(checkedCharacters, 500, 2_000);
    }

    [Fact]
    public void Long_words_keep_their_positions_also_where_only_the_exact_rules_apply()
    {
        var wide = new string('漢', 1) + new string('ё', 300);
        AssertSameWords($"a {wide} b {new string('x', 300)} c\u00AD {wide}");
        AssertSameWords($"{new string('y', 300)}\u2019{new string('y', 300)} d 漢");
    }

    [Fact]
    public void Vectors_and_scalars_see_the_same_masks_and_lower_case()
    {
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var block = new char[CharMasks.BlockChars];
            for (var i = 0; i < block.Length; i++)
                block[i] = (char)random.Next(round % 3 == 0 ? char.MaxValue + 1 : round % 3 == 1 ? 256 : 128);
            var vectorLower = new byte[CharMasks.BlockChars];
            var scalarLower = new byte[CharMasks.BlockChars];
            Assert.Equal(
                CharMasks.OfScalars(block, scalarLower), CharMasks.OfVectors(block, vectorLower));
            Assert.Equal(scalarLower, vectorLower);
        }
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("english")]
    [InlineData("turkish")]
    public void Terms_as_bytes_are_the_terms_as_characters(string analyzer)
    {
        const string Text = "IŞIK Running DOGS' dog's wolf’s crème BRÛLÉE don't 3.14 x_y __ 漢字 ISTANBUL'DA";
        var bytes = new ByteTerms();
        TokenList.Make(analyzer).AnalyzeTerms(Text, bytes);
        Assert.Equal(TokenList.Of(analyzer, Text).Select(token => (token.Term, token.Position)), bytes);
    }

    private static void AssertSameWords(string text)
    {
        var exact = new WordSegmenter();
        var expected = new List<(int, int, int)>();
        exact.Begin(text);
        while (exact.MoveNext()) expected.Add((exact.Start, exact.Stop, exact.Position));
        var words = new WordList(text, []);
        WordScanner.Scan(text, AnalysisScratch.Rent(), ref words);
        Assert.True(expected.SequenceEqual(words.Found), $"'{text}': {string.Join(' ', words.Found)}");
    }

    private readonly struct WordList(string text, List<(int Start, int End, int Position)> found) : IWordSink
    {
        public List<(int Start, int End, int Position)> Found => found;

        public void Add(int start, int end, int position, bool isAscii)
        {
            Assert.True(!isAscii || Ascii.IsValid(text.AsSpan()[start..end]));
            found.Add((start, end, position));
        }
    }

    private sealed class ByteTerms : List<(string, int)>, ITermSink
    {
        public void Add(ReadOnlySpan<byte> term, int position) => Add((Encoding.UTF8.GetString(term), position));

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) => Add((term.ToString(), position));
    }
}
