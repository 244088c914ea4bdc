using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Analysis;

/// <summary>
/// The analyzers that are always there, as the chains that make the same terms: for showing why. They index by code of
/// their own, which is faster.
/// </summary>
internal static class PresetChains
{
    /// <summary>The chain of an analyzer; null where it is not known.</summary>
    public static AnalyzerSchema? Of(string name, bool stopWords)
    {
        switch (name)
        {
            case "keyword" or "whitespace" or "cjk":
                return new AnalyzerSchema { Name = name, Tokenizer = new AnalysisPart(name) };
            default:
                var language = Languages.All.FirstOrDefault(one => one.Name == name);
                return language is null ? null : Of(language, stopWords);
        }
    }

    private static AnalyzerSchema Of(Language language, bool stopWords)
    {
        var name = language.Name;
        var filters = new List<AnalysisPart> { new("nfkc") };
        filters.Add(name == "turkish" ? With("lowercase", "language", name) : new AnalysisPart("lowercase"));
        if (name is "french" or "italian") filters.Add(With("elision", "language", name));
        if (name == "turkish") filters.Add(new AnalysisPart("apostrophe"));
        if (name is "english" or "porter") filters.Add(With("stemmer", "language", "possessive_english"));
        if (stopWords) filters.Add(With("stop", "stopwords", $"_{name}_"));
        if (language.MakeStemmer() is not null) filters.Add(With("stemmer", "language", name));
        filters.Add(new AnalysisPart("asciifolding"));
        return new AnalyzerSchema { Name = name, Tokenizer = new AnalysisPart("standard"), Filters = filters };
    }

    private static AnalysisPart With(string type, string setting, string value) =>
        new(type, [new AnalysisSetting(setting, value)]);
}
