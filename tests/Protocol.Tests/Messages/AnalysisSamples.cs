namespace Hedgerow.Protocol.Tests;

/// <summary>What asks for and tells what becomes of a text.</summary>
internal static class AnalysisSamples
{
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
                "collection-schema-analysis", AnalysedSchema.Schema, CollectionCodec.Write, CollectionCodec.TryRead);
            yield return Sample.Of(
                "search-request-analyzers",
                new SearchRequest { Collection = "wiki", Query = Named, Size = 10 },
                SearchCodec.Write,
                SearchCodec.TryRead).WithoutLaterFields();
            var unfinished = new PhrasePrefixQuery("title", "hedge ro", 1, 50) { Analyzer = "english" };
            yield return Sample.Of(
                "search-request-unfinished",
                new SearchRequest { Collection = "wiki", Query = unfinished, Size = 10 },
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
                new AnalyzeRequest { Chain = AnalysedSchema.Chain, Text = "Grün" },
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
