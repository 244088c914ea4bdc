namespace Hedgerow.Protocol.Tests;

/// <summary>What asks for and tells what becomes of a text.</summary>
internal static class AnalysisSamples
{
    private static AnalyzerSchema Chain { get; } = new()
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

    public static CollectionSchema Schema { get; } = new()
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

    private static QueryNode Named { get; } = new BooleanQuery(
        [new MatchQuery("title", "hedge", AllWords: false) { Rules = new MatchRules { Analyzer = "english" } }],
        [new PhraseQuery("title", "hedge row", Slop: 1) { Analyzer = "standard" }],
        [],
        [new QueryStringQuery("+a", ["title"], AllWords: false) { Analyzer = "places" }]);

    public static IEnumerable<Sample> All
    {
        get
        {
            yield return Sample.Of(
                "collection-schema-analysis", Schema, CollectionCodec.Write, CollectionCodec.TryRead);
            yield return Sample.Of(
                "search-request-analyzers",
                new SearchRequest { Collection = "wiki", Query = Named, Size = 10 },
                SearchCodec.Write,
                SearchCodec.TryRead).WithoutLaterFields();
            yield return Sample.Of(
                "analyze-request",
                new AnalyzeRequest
                {
                    Collection = "wiki", Field = "title", Text = "Grün", AsQuery = true, Explain = true,
                },
                AnalysisCodec.Write,
                AnalysisCodec.TryRead);
            yield return Sample.Of(
                "analyze-request-chain",
                new AnalyzeRequest { Chain = Chain, Text = "Grün" },
                AnalysisCodec.Write,
                AnalysisCodec.TryRead);
            AnalyzedToken[] tokens = [new("new", 0, 1, 0, 2, "SYNONYM"), new("ny", 0, 2, 0, 2, "<ALPHANUM>")];
            yield return Sample.Of(
                "analyze-reply",
                new AnalyzeReply(
                    "places",
                    tokens,
                    [new AnalyzeStage("html_strip", "NY", []), new AnalyzeStage("standard", null, tokens)]),
                AnalysisCodec.Write,
                AnalysisCodec.TryRead);
        }
    }
}
