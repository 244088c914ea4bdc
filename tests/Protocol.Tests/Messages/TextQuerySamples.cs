namespace Hedgerow.Protocol.Tests;

/// <summary>Queries about words, each member of each away from its standard.</summary>
internal static class TextQuerySamples
{
    public static MatchRules Rules { get; } = new()
    {
        Fuzziness = new Fuzziness(FuzzyQuery.AutoEdits, 4, 7),
        PrefixLength = 1,
        MaxExpansions = 20,
        MinimumShouldMatch = "2<-25% 9<-3",
        ZeroTermsAll = true,
        Lenient = true,
    };

    public static QueryNode EveryNode { get; } = new DisMaxQuery(
        [
            new BoostingQuery(
                new MatchQuery("title", "hegde rows", AllWords: false) { Rules = Rules },
                new WildcardQuery("title", "ca?he") { Edits = 1 },
                0.25f),
            new MultiMatchQuery(["title^3", "t*"], "quick bro", MultiMatchType.PhrasePrefix)
            {
                AllWords = true, TieBreaker = 0.5f, Slop = 2, Rules = Rules,
            },
            new MultiMatchQuery([], "quick", MultiMatchType.BestFields),
            new CombinedFieldsQuery(["title", "text^2"], "grün", AllWords: true) { Rules = Rules },
            new PhrasePrefixQuery("text", "quick bro", 3, 7),
            new BoolPrefixQuery("text", "brown qui", AllWords: true) { Boost = 2 },
            new QueryStringQuery("title:(", ["text"], AllWords: false) { Lenient = true },
            new MoreLikeThisQuery(["title"])
            {
                Like = new MoreLikeThisExamples
                {
                    Texts = ["of hedges"],
                    Documents = ["""{"title":"Hedge"}"""],
                    Paths = ["/wiki/Hedge"],
                    AreRead = true,
                },
                Unlike = new MoreLikeThisExamples { Texts = ["walls"] },
                MaxQueryTerms = 12,
                MinTermFrequency = 1,
                MinDocumentFrequency = 3,
                MaxDocumentFrequency = 1_000,
                MinWordLength = 2,
                MaxWordLength = 30,
                MinimumShouldMatch = "-1",
                BoostTerms = 1.5f,
                Include = true,
            },
        ],
        0.5f);

    public static IEnumerable<Sample> All()
    {
        var request = new SearchRequest { Collection = "wiki", Query = EveryNode };
        yield return Sample.Of("search-request-words", request, SearchCodec.Write, SearchCodec.TryRead)
            .WithoutLaterFields();
    }
}
