using CsCheck;
using Hedgerow.Leaf.Search.Analysis;

namespace Hedgerow.Leaf.Tests.Search.Analysis;

/// <summary>Stemmers against the vocabularies of their authors.</summary>
public sealed class StemmerTests
{
    [Theory]
    [InlineData("danish", 23_832)]
    [InlineData("dutch", 45_670)]
    [InlineData("english", 42_649)]
    [InlineData("finnish", 49_957)]
    [InlineData("french", 21_655)]
    [InlineData("german", 35_033)]
    [InlineData("hungarian", 29_881)]
    [InlineData("italian", 35_495)]
    [InlineData("norwegian", 20_895)]
    [InlineData("portuguese", 32_016)]
    [InlineData("romanian", 87_642)]
    [InlineData("russian", 49_785)]
    [InlineData("spanish", 28_378)]
    [InlineData("swedish", 30_738)]
    [InlineData("turkish", 96_325)]
    public void Every_word_of_Snowballs_vocabulary_has_its_stem(string language, int words)
    {
        Assert.Equal((words, 0), Compare(language, $"data/snowball/{language}"));
    }

    [Fact]
    public void Any_letters_have_a_stem_that_is_hardly_longer_than_they_are()
    {
        var languages = Languages.All.Where(language => language.MakeStemmer() is not null).ToArray();
        var letters = Gen.Char["aeiouyäöüéèêëïãõçıæøåßbcdfghjklmnpqrstvwxz'HIUYабвгдежиьюя"];
        Gen.Select(letters.Array[0, 20], Gen.Int[0, languages.Length - 1]).Sample((word, which) =>
        {
            var stem = languages[which].MakeStemmer()!.Stem(new string(word));
            Assert.InRange(stem.Length, 0, (word.Length * 2) + 2);
        });
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
