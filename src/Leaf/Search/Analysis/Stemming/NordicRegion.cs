namespace Hedgerow.Leaf.Search.Analysis.Stemming;

/// <summary>The first region of Danish and Norwegian words.</summary>
internal static class NordicRegion
{
    private const int Least = 3;

    /// <summary>
    /// Behind an apostrophe, of loanwords such as <c>pc'en</c>, else behind a vowel and the consonant after it; three
    /// letters are before it in any case. Words shorter than that have it at their end.
    /// </summary>
    public static int Of(StemWord word, Letters vowels)
    {
        var apostrophe = word.Text.IndexOf('\'');
        var region = apostrophe >= 0 ? apostrophe + 1 : vowels.Region(word.Text, 0);
        return word.Length >= Least ? Math.Max(region, Least) : region;
    }
}
