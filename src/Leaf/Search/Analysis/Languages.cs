using Hedgerow.Leaf.Search.Analysis.Stemming;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.Util;
using DanishAnalyzer = Lucene.Net.Analysis.Da.DanishAnalyzer;
using DutchAnalyzer = Lucene.Net.Analysis.Nl.DutchAnalyzer;
using FinnishAnalyzer = Lucene.Net.Analysis.Fi.FinnishAnalyzer;
using FrenchAnalyzer = Lucene.Net.Analysis.Fr.FrenchAnalyzer;
using GermanAnalyzer = Lucene.Net.Analysis.De.GermanAnalyzer;
using HungarianAnalyzer = Lucene.Net.Analysis.Hu.HungarianAnalyzer;
using ItalianAnalyzer = Lucene.Net.Analysis.It.ItalianAnalyzer;
using NorwegianAnalyzer = Lucene.Net.Analysis.No.NorwegianAnalyzer;
using PortugueseAnalyzer = Lucene.Net.Analysis.Pt.PortugueseAnalyzer;
using RomanianAnalyzer = Lucene.Net.Analysis.Ro.RomanianAnalyzer;
using RussianAnalyzer = Lucene.Net.Analysis.Ru.RussianAnalyzer;
using SpanishAnalyzer = Lucene.Net.Analysis.Es.SpanishAnalyzer;
using SwedishAnalyzer = Lucene.Net.Analysis.Sv.SwedishAnalyzer;
using TurkishAnalyzer = Lucene.Net.Analysis.Tr.TurkishAnalyzer;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// The table of languages: name, stop words, stemmer. Stop words are Lucene's sets (English: its 33). Stemmers are
/// today's algorithms of the Snowball project; no library that restores has them, so they are written out in Stemming.
/// </summary>
internal static class Languages
{
    /// <summary>Every analyzer that cuts text into words of a language.</summary>
    public static IReadOnlyList<Language> All { get; } =
    [
        new("standard", English, null),
        new("porter", English, static () => new PorterStemmer()) { StripClitics = Clitics.StripPossessive },
        new("english", English, static () => new EnglishStemmer()) { StripClitics = Clitics.StripPossessive },
        new("german", () => Words(GermanAnalyzer.DefaultStopSet), static () => new GermanStemmer()),
        new("french", () => Words(FrenchAnalyzer.DefaultStopSet), static () => new FrenchStemmer())
        {
            StripClitics = Clitics.StripFrenchArticle,
        },
        new("spanish", () => Words(SpanishAnalyzer.DefaultStopSet), static () => new SpanishStemmer()),
        new("italian", () => Words(ItalianAnalyzer.DefaultStopSet), static () => new ItalianStemmer())
        {
            StripClitics = Clitics.StripItalianArticle,
        },
        new("portuguese", () => Words(PortugueseAnalyzer.DefaultStopSet), static () => new PortugueseStemmer()),
        new("dutch", () => Words(DutchAnalyzer.DefaultStopSet), static () => new DutchStemmer()),
        new("swedish", () => Words(SwedishAnalyzer.DefaultStopSet), static () => new SwedishStemmer()),
        new("norwegian", () => Words(NorwegianAnalyzer.DefaultStopSet), static () => new NorwegianStemmer()),
        new("danish", () => Words(DanishAnalyzer.DefaultStopSet), static () => new DanishStemmer()),
        new("finnish", () => Words(FinnishAnalyzer.DefaultStopSet), static () => new FinnishStemmer()),
        new("russian", () => Words(RussianAnalyzer.DefaultStopSet), static () => new RussianStemmer()),
        new("hungarian", () => Words(HungarianAnalyzer.DefaultStopSet), static () => new HungarianStemmer()),
        new("romanian", () => Romanian.WithBothSpellings(Words(RomanianAnalyzer.DefaultStopSet)), Romanian.MakeStemmer),
        new("turkish", () => Words(TurkishAnalyzer.DefaultStopSet), static () => new TurkishStemmer())
        {
            StripClitics = Clitics.StripTurkishSuffix,
            LowersAscii = false,
            Lower = static word => word.Replace('I', 'ı').Replace('İ', 'i').ToLowerInvariant(),
        },
    ];

    private static IEnumerable<string> English() => Words(StopAnalyzer.ENGLISH_STOP_WORDS_SET);

    private static IEnumerable<string> Words(CharArraySet set) => set.Select(static word => word.ToString()!);
}
