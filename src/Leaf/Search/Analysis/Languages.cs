using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.Da;
using Lucene.Net.Analysis.De;
using Lucene.Net.Analysis.Es;
using Lucene.Net.Analysis.Fi;
using Lucene.Net.Analysis.Fr;
using Lucene.Net.Analysis.Hu;
using Lucene.Net.Analysis.It;
using Lucene.Net.Analysis.Nl;
using Lucene.Net.Analysis.No;
using Lucene.Net.Analysis.Pt;
using Lucene.Net.Analysis.Ro;
using Lucene.Net.Analysis.Ru;
using Lucene.Net.Analysis.Sv;
using Lucene.Net.Analysis.Tr;
using Lucene.Net.Analysis.Util;
using Lucene.Net.Tartarus.Snowball;
using Lucene.Net.Tartarus.Snowball.Ext;
using FrenchStemmer = Lucene.Net.Tartarus.Snowball.Ext.FrenchStemmer;
using PortugueseStemmer = Lucene.Net.Tartarus.Snowball.Ext.PortugueseStemmer;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// The table of languages: name, stop words, stemmer. Stop words are Lucene's sets (English: its 33). Stemmers are
/// those of the Snowball project; where its plain algorithm was replaced since Lucene took its copy, the nearest to
/// today's is used: Kraaij-Pohlmann for Dutch, the variant with umlaut expansion for German.
/// </summary>
internal static class Languages
{
    /// <summary>Every analyzer that cuts text into words of a language.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [
        new("standard", English, null),
        new("porter", English, static () => new PorterStemmer()) { StripClitics = Clitics.StripPossessive },
        new("english", English, Snowball<EnglishStemmer>()) { StripClitics = Clitics.StripPossessive },
        new("german", () => Words(GermanAnalyzer.DefaultStopSet), Snowball<German2Stemmer>()),
        new("french", () => Words(FrenchAnalyzer.DefaultStopSet), Snowball<FrenchStemmer>())
        {
            StripClitics = Clitics.StripFrenchArticle,
        },
        new("spanish", () => Words(SpanishAnalyzer.DefaultStopSet), Snowball<SpanishStemmer>()),
        new("italian", () => Words(ItalianAnalyzer.DefaultStopSet), Snowball<ItalianStemmer>())
        {
            StripClitics = Clitics.StripItalianArticle,
        },
        new("portuguese", () => Words(PortugueseAnalyzer.DefaultStopSet), Snowball<PortugueseStemmer>()),
        new("dutch", () => Words(DutchAnalyzer.DefaultStopSet), Snowball<KpStemmer>()),
        new("swedish", () => Words(SwedishAnalyzer.DefaultStopSet), Snowball<SwedishStemmer>()),
        new("norwegian", () => Words(NorwegianAnalyzer.DefaultStopSet), Snowball<NorwegianStemmer>()),
        new("danish", () => Words(DanishAnalyzer.DefaultStopSet), Snowball<DanishStemmer>()),
        new("finnish", () => Words(FinnishAnalyzer.DefaultStopSet), Snowball<FinnishStemmer>()),
        new("russian", () => Words(RussianAnalyzer.DefaultStopSet), Snowball<RussianStemmer>()),
        new("hungarian", () => Words(HungarianAnalyzer.DefaultStopSet), Snowball<HungarianStemmer>()),
        new("romanian", () => Romanian.WithBothSpellings(Words(RomanianAnalyzer.DefaultStopSet)), Romanian.MakeStemmer),
        new("turkish", () => Words(TurkishAnalyzer.DefaultStopSet), Snowball<TurkishStemmer>())
        {
            StripClitics = Clitics.StripTurkishSuffix,
            Lower = static word => word.Replace('I', 'ı').Replace('İ', 'i').ToLowerInvariant(),
        },
    ];

    private static IEnumerable<string> English() => Words(StopAnalyzer.ENGLISH_STOP_WORDS_SET);

    private static IEnumerable<string> Words(CharArraySet set) => set.Select(static word => word.ToString()!);

    private static Func<IStemmer> Snowball<T>()
        where T : SnowballProgram, new() => static () => new SnowballStemmer(new T());
}
