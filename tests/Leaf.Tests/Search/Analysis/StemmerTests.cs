using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Stemmers against the vocabularies of their authors.</summary>
public sealed class StemmerTests
{
    /// <summary>
    /// Words that stem otherwise than today's Snowball. Lucene carries the algorithms of 2007; those that were changed
    /// since differ. A change of these numbers changes what stored indexes find.
    /// </summary>
    [Theory]
    [InlineData("danish", 23_832, 0)]
    [InlineData("dutch", 45_670, 242)]
    [InlineData("english", 42_649, 57)]
    [InlineData("finnish", 49_957, 603)]
    [InlineData("french", 21_655, 919)]
    [InlineData("german", 35_033, 1_241)]
    [InlineData("hungarian", 29_881, 639)]
    [InlineData("italian", 35_495, 1)]
    [InlineData("norwegian", 20_895, 136)]
    [InlineData("portuguese", 32_016, 10)]
    [InlineData("romanian", 87_642, 0)]
    [InlineData("russian", 49_785, 112)]
    [InlineData("spanish", 28_378, 9)]
    [InlineData("swedish", 30_738, 553)]
    [InlineData("turkish", 96_325, 9_204)]
    public void Snowball_stems_differ_from_todays_vocabulary_by_exactly_this_many_words(
        string language, int words, int different)
    {
        Assert.Equal((words, different), Compare(language, $"data/snowball/{language}"));
    }

    [Fact]
    public void Porter_agrees_with_its_author_on_every_word()
    {
        Assert.Equal((23_531, 0), Compare("porter", "data/porter-vocab"));
    }

    [Fact]
    public void Every_language_with_a_stemmer_is_held_to_a_vocabulary()
    {
        var stemmed = Languages.All.Where(language => language.MakeStemmer() is not null).Select(l => l.Name);
        Assert.Equal(16, stemmed.Count());
    }

    private static (int Words, int Different) Compare(string language, string folder)
    {
        var path = SharedFiles.Require(folder);
        var stemmer = Languages.All.Single(l => l.Name == language).MakeStemmer()!;
        var pairs = File.ReadLines(Path.Combine(path, "voc.txt"))
            .Zip(File.ReadLines(Path.Combine(path, "output.txt")));
        var words = 0;
        var different = 0;
        foreach (var (word, stem) in pairs)
        {
            words++;
            if (stemmer.Stem(word) != stem) different++;
        }

        return (words, different);
    }
}
