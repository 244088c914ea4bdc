using System.Text;

namespace Hedgerow.Protocol.Tests;

/// <summary>Instant searches and suggestions.</summary>
internal static class SuggestSamples
{
    private static readonly CompletionOption Completion = new("Grün", 12, 1, "/wiki/Grün", "grun");

    private static readonly PhraseOption Phrase = new("hedge row", "<em>hedge</em> row", -7.5, 3);

    public static IEnumerable<Sample> All =>
    [
        .. Instant(), .. Suggest(),
        Sample.Of("collection-schema-instant", Schema, CollectionCodec.Write, CollectionCodec.TryRead)
            .WithoutLaterFields(),
    ];

    private static CollectionSchema Schema { get; } = new()
    {
        Name = "wiki",
        Mapping = MappingMode.Strict,
        Fields =
        [
            new FieldSchema { Name = "title", Type = FieldType.Text, Norms = false, Instant = true },
            new FieldSchema { Name = "suggest", Type = FieldType.Completion },
        ],
    };

    private static IEnumerable<Sample> Instant()
    {
        var request = new InstantRequest
        {
            Collection = "wiki",
            Text = "hegde ro",
            Fields = ["title", "text"],
            Size = 5,
            From = 2,
            AllWords = true,
            Typos = false,
            Filter = new TermQuery("tag", "plants"),
            RankField = "year",
            RankDescending = false,
            WithSource = false,
            SourceFields = ["title"],
            HighlightFields = ["title"],
            ExactTotal = true,
            AllowPartial = false,
            CompletionField = "suggest",
            DidYouMean = true,
        };
        yield return Sample.Of("instant-request", request, InstantCodec.Write, InstantCodec.TryRead)
            .WithoutLaterFields();
        var reply = new InstantReply
        {
            Words = 2,
            Counts = [40, 7],
            TotalIsExact = false,
            Hits =
            [
                new InstantHit
                {
                    Path = "/wiki/Hedge",
                    Version = 7,
                    Ranking = new InstantRanking(2, 1, 3, 0, 1, SortValue.Of(1999)),
                    Source = Encoding.UTF8.GetBytes("""{"title":"Hedge"}"""),
                    Highlights = [new Highlight("title", "<em>Hedge</em>")],
                },
                new InstantHit
                {
                    Path = "/wiki/Row", Version = 8, Ranking = new InstantRanking(1, 0, 0, 0, 0, default),
                },
            ],
            Coverage = new Coverage(4, 3, 1_000, 750),
            Completions = [Completion],
            DidYouMean = [Phrase],
        };
        yield return Sample.Of("instant-reply", reply, InstantCodec.Write, InstantCodec.TryRead)
            .WithoutLaterFields();
    }

    private static IEnumerable<Sample> Suggest()
    {
        var request = new SuggestRequest
        {
            Collection = "wiki",
            Completions =
            [
                new CompletionQuery("c", "suggest", "grü")
                {
                    Size = 3, SkipDuplicates = false, Edits = FuzzyQuery.AutoEdits, PrefixLength = 2, LengthMin = 4,
                    Filter = new TermQuery("tag", "plants"),
                },
            ],
            Words =
            [
                new WordQuery("w", "title", "hegde")
                {
                    Size = 2, Mode = SuggestMode.Always, Edits = 1, PrefixLength = 0, LengthMin = 3, ByFrequency = true,
                },
            ],
            Phrases =
            [
                new PhraseCorrection("p", "title", "hegde row")
                {
                    Size = 4, Edits = 1, PrefixLength = 0, LengthMin = 2, ErrorsMax = 3, Collate = false,
                },
            ],
            AllowPartial = false,
        };
        yield return Sample.Of("suggest-request", request, SuggestCodec.Write, SuggestCodec.TryRead);
        var reply = new SuggestReply
        {
            Completions = [new CompletionAnswer("c", [Completion])],
            Words = [new WordAnswer("w", [new WordRow("hegde", 0, 0, [new WordOption("hedge", 1, 0.8, 12)])])],
            Phrases = [new PhraseAnswer("p", [Phrase])],
            Coverage = new Coverage(4, 4, 1_000, 1_000),
        };
        yield return Sample.Of("suggest-reply", reply, SuggestCodec.Write, SuggestCodec.TryRead);
        var spelling = new SpellingRequest
        {
            Collection = "wiki", Field = "title", Text = "hegde", Edits = 1, PrefixLength = 1, LengthMin = 4,
            Sets = [["hedge", "row"]], Adjacent = true,
        };
        yield return Sample.Of("spelling-request", spelling, SpellingCodec.Write, SpellingCodec.TryRead)
            .WithoutLaterFields();
        var counts = new SpellingReply(
            1_000, [new SpellingWord(0, 5, "hegde", 0, [new NearTerm("hedge", 1, 12)])], [3]);
        yield return Sample.Of("spelling-reply", counts, SpellingCodec.Write, SpellingCodec.TryRead)
            .WithoutLaterFields();
    }
}
