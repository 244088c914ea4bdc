namespace Hedgerow.Protocol.Tests;

/// <summary>A schema with analyzers, synonyms and several ways of a field.</summary>
internal static class AnalysedSchema
{
    public static AnalyzerSchema Chain { get; } = new AnalyzerSchema
    {
        Name = "places",
        CharFilters = [new AnalysisPart("html_strip")],
        Tokenizer = new AnalysisPart("standard"),
        Filters =
        [
            new AnalysisPart("lowercase"),
            new AnalysisPart("edge_ngram", [new AnalysisSetting("max_gram", "9")]),
            new AnalysisPart("stop", [new AnalysisSetting("stopwords", ["a", "the"])]),
        ],
    };

    public static CollectionSchema Schema { get; } = new CollectionSchema
    {
        Name = "wiki",
        Fields =
        [
            new FieldSchema
            {
                Name = "title", Type = FieldType.Text, Analyzer = "places", SearchAnalyzer = "standard",
            },
            new FieldSchema { Name = "title.raw", Type = FieldType.Keyword, Sources = ["title"] },
            new FieldSchema { Name = "all", Type = FieldType.Text, Sources = ["all", "title", "tag"] },
        ],
        Analysis = new AnalysisSchema
        {
            Analyzers = [Chain],
            Synonyms =
            [
                new SynonymSet { Name = "towns", Rules = ["ny, new york", "la => los angeles"] },
                new SynonymSet
                {
                    Name = "words", Format = SynonymFormat.WordNet, Rules = ["s(100,1,'quick',a,1,0)."],
                },
            ],
        },
    };
}
