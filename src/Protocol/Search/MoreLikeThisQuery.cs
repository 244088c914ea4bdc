namespace Hedgerow.Protocol;

/// <summary>
/// Documents like some texts and documents: those that have the words that are most telling in them, by how often they
/// stand there and how rare they are in the collection.
/// </summary>
/// <param name="Fields">
/// Text fields, as in <see cref="MultiMatchQuery"/>, boosts not counted; empty means every text field.
/// </param>
public sealed record MoreLikeThisQuery(IReadOnlyList<string> Fields) : QueryNode
{
    /// <summary>Most texts, documents and paths together: 64.</summary>
    public const int ExamplesMax = 64;

    /// <summary>UTF-8 bytes of all documents together, also of those that a router reads: 1 MiB.</summary>
    public const int DocumentBytesMax = 1 << 20;

    /// <summary>Words that the telling ones are chosen from, the most frequent in the examples: 1,024.</summary>
    public const int CandidatesMax = 1_024;

    /// <summary>Most words that are searched: 512.</summary>
    public const int QueryTermsMax = 512;

    /// <summary>What found documents should be like.</summary>
    public MoreLikeThisExamples Like { get; init; } = MoreLikeThisExamples.None;

    /// <summary>Words of these are never searched.</summary>
    public MoreLikeThisExamples Unlike { get; init; } = MoreLikeThisExamples.None;

    /// <summary>Most words that are searched, 1 to <see cref="QueryTermsMax"/>.</summary>
    public int MaxQueryTerms { get; init; } = 25;

    /// <summary>Occurrences in the examples below which a word is passed over.</summary>
    public int MinTermFrequency { get; init; } = 2;

    /// <summary>Documents of the collection below which a word is passed over.</summary>
    public int MinDocumentFrequency { get; init; } = 5;

    /// <summary>Documents of the collection above which a word is passed over; null: never.</summary>
    public int? MaxDocumentFrequency { get; init; }

    /// <summary>Characters below which a word is passed over.</summary>
    public int MinWordLength { get; init; }

    /// <summary>Characters above which a word is passed over; 0: never.</summary>
    public int MaxWordLength { get; init; }

    /// <summary>How many of the words have to match, as <see cref="ClauseMinimum"/> reads it.</summary>
    public string MinimumShouldMatch { get; init; } = "30%";

    /// <summary>
    /// Above 0: words are boosted by this, times how telling they are beside the most telling one.
    /// </summary>
    public float BoostTerms { get; init; }

    /// <summary>Whether the documents that others should be like may be found themselves.</summary>
    public bool Include { get; init; }

    /// <inheritdoc/>
    public override bool MatchesByStatistics => true;
}

/// <summary>Texts and documents to learn words from. Immutable.</summary>
public sealed record MoreLikeThisExamples
{
    /// <summary>Nothing.</summary>
    public static MoreLikeThisExamples None { get; } = new();

    /// <summary>Texts, read as each of the fields.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Documents as JSON.</summary>
    public IReadOnlyList<string> Documents { get; init; } = [];

    /// <summary>Paths of documents of the collection.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>
    /// Whether the documents at the paths stand among <see cref="Documents"/>: a router puts them there, because a leaf
    /// has those of its own shards only. One that does not exist teaches nothing.
    /// </summary>
    public bool AreRead { get; init; }

    /// <summary>How many there are.</summary>
    public int Count => Texts.Count + Documents.Count + (AreRead ? 0 : Paths.Count);
}
