using Lucene.Net.Tartarus.Snowball.Ext;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// Romanian writes s and t with a comma below (Unicode 3.0); Lucene's stemmer and stop words are of the years when only
/// the cedilla could be typed. Texts have both.
/// </summary>
internal static class Romanian
{
    /// <summary>A stemmer that reads either spelling and answers in commas.</summary>
    public static IStemmer MakeStemmer() => new CommaStemmer();

    /// <summary>The words as they are, and with commas.</summary>
    public static IEnumerable<string> WithBothSpellings(IEnumerable<string> words) =>
        words.SelectMany(static word => new[] { word, ToComma(word) });

    private static string ToComma(string word) => word.Replace('ş', 'ș').Replace('ţ', 'ț');

    private static string ToCedilla(string word) => word.Replace('ș', 'ş').Replace('ț', 'ţ');

    private sealed class CommaStemmer : IStemmer
    {
        private readonly RomanianStemmer _cedilla = new();

        public string Stem(string word)
        {
            _cedilla.SetCurrent(ToCedilla(word));
            _cedilla.Stem();
            return ToComma(_cedilla.Current);
        }
    }
}
