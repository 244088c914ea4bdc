namespace Hedgerow.Protocol;

/// <summary>
/// Body of <see cref="Opcode.Instant"/>: a search for every letter that is typed. Its last word is a prefix unless
/// white space follows it, and any word may be misspelt: no typo below 5 characters, one from 5, two from 9; one in
/// the first letter counts as two.
/// </summary>
public sealed record InstantRequest
{
    /// <summary>Words that count; those behind them are passed over: 10.</summary>
    public const int WordsMax = 10;

    /// <summary>Most hits one request may ask for, <see cref="From"/> included: 1,000.</summary>
    public const int HitsMax = 1_000;

    /// <summary>Characters of the longest text: 8,192.</summary>
    public const int TextCharactersMax = 8_192;

    /// <summary>Name of the collection.</summary>
    public required string Collection { get; init; }

    /// <summary>What was typed so far. Empty, or without a word, it finds every document.</summary>
    public required string Text { get; init; }

    /// <summary>Text fields that are searched, the most important first; empty means all, as the schema has them.
    /// </summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>Best hits to return, 0 to <see cref="HitsMax"/>.</summary>
    public int Size { get; init; } = 10;

    /// <summary>Hits to pass over.</summary>
    public int From { get; init; }

    /// <summary>Whether every word has to match; else words are dropped from the end while hits lack.</summary>
    public bool AllWords { get; init; }

    /// <summary>Whether words may be misspelt.</summary>
    public bool Typos { get; init; } = true;

    /// <summary>What a document has to match besides; it does not rank. Null for nothing.</summary>
    public QueryNode? Filter { get; init; }

    /// <summary>
    /// A number, integer, date or boolean field that orders hits which are alike in all else; null for none. Of several
    /// values the highest counts in a falling order and the lowest in a rising one; documents without come last.
    /// </summary>
    public string? RankField { get; init; }

    /// <summary>Whether the highest of <see cref="RankField"/> comes first.</summary>
    public bool RankDescending { get; init; } = true;

    /// <summary>Whether hits carry the document's JSON.</summary>
    public bool WithSource { get; init; } = true;

    /// <summary>Fields of the source to return; empty means all.</summary>
    public IReadOnlyList<string> SourceFields { get; init; } = [];

    /// <summary>Text fields to mark the words in; empty means none.</summary>
    public IReadOnlyList<string> HighlightFields { get; init; } = [];

    /// <summary>
    /// Whether the total counts documents with misspelt words too; else they are not even looked for where there are
    /// hits enough without.
    /// </summary>
    public bool ExactTotal { get; init; }

    /// <summary>Router only: whether an answer without every shard is better than an error.</summary>
    public bool AllowPartial { get; init; } = true;

    /// <summary>Router only: a completion field whose completions of the text come along; null for none.</summary>
    public string? CompletionField { get; init; }

    /// <summary>
    /// Router only: whether, where no document has all words, the answer says what may have been meant.
    /// </summary>
    public bool DidYouMean { get; init; }

    /// <summary>The fields that the shards of a dynamic collection have; null lets each go by its own.</summary>
    public KnownFields? KnownFields { get; init; }
}

/// <summary>Answer to an instant search. Hits are ordered by their ranking, ties by path.</summary>
public sealed record InstantReply
{
    /// <summary>Words of the text that were searched.</summary>
    public required int Words { get; init; }

    /// <summary>
    /// Documents that match the first word, the first two, and so on, one number for each word; of a text without
    /// words, all documents.
    /// </summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>Whether <see cref="Counts"/> are exact, or lower bounds.</summary>
    public bool TotalIsExact { get; init; } = true;

    /// <summary>The best hits.</summary>
    public required IReadOnlyList<InstantHit> Hits { get; init; }

    /// <summary>What the answer stands for.</summary>
    public required Coverage Coverage { get; init; }

    /// <summary>Completions, if they were asked for.</summary>
    public IReadOnlyList<CompletionOption> Completions { get; init; } = [];

    /// <summary>What may have been meant, if it was asked for and something was found.</summary>
    public IReadOnlyList<PhraseOption> DidYouMean { get; init; } = [];

    /// <summary>
    /// The fields that the shard of a dynamic collection has, where they are others than the request says; else null.
    /// </summary>
    public IReadOnlyList<KnownField>? FieldsHere { get; init; }

    /// <summary>Most words, from the first on, that any document matches.</summary>
    public int MatchedWords
    {
        get
        {
            var words = Math.Min(Words, Counts.Count);
            while (words > 0 && Counts[words - 1] == 0) words--;
            return words;
        }
    }

    /// <summary>Documents that match so many words.</summary>
    public long Total => Words == 0 ? Counts.Sum() : MatchedWords == 0 ? 0 : Counts[MatchedWords - 1];
}

/// <summary>One document found.</summary>
public sealed record InstantHit
{
    /// <summary>The document's path.</summary>
    public required string Path { get; init; }

    /// <summary>The document's version.</summary>
    public required ulong Version { get; init; }

    /// <summary>Why it stands where it does.</summary>
    public required InstantRanking Ranking { get; init; }

    /// <summary>The document's JSON (UTF-8), whole or filtered; empty if not asked for.</summary>
    public ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>Snippets of the highlighted fields.</summary>
    public IReadOnlyList<Highlight> Highlights { get; init; } = [];
}

/// <summary>
/// What hits of an instant search are ordered by, one after another. Depends on the document and the text alone.
/// </summary>
/// <param name="Words">Words that it matches, from the first on without a gap; most first.</param>
/// <param name="Typos">Sum over these words of the fewest typos; fewest first.</param>
/// <param name="Proximity">
/// Sum over neighbouring words of how far apart they stand: 1 where they follow each other, one more for each step and
/// for the wrong order, at most 8, which is also what counts where they share no field that is declared
/// <c>instant</c>; lowest first.
/// </param>
/// <param name="Attribute">Sum over the words of the place, from 0, of the first field that has it; lowest first.
/// </param>
/// <param name="Exactness">Words that stand there whole and without a typo; most first.</param>
/// <param name="Rank">Value of the field that ranks; missing where there is none.</param>
public readonly record struct InstantRanking(
    int Words, int Typos, int Proximity, int Attribute, int Exactness, SortValue Rank)
{
    /// <summary>The proximity of words that are not near each other.</summary>
    public const int ProximityMax = 8;
}
