namespace Hedgerow.Protocol;

/// <summary>Body of <see cref="Opcode.Search"/> and <see cref="Opcode.TermStatistics"/>.</summary>
public sealed record SearchRequest
{
    /// <summary>Most hits one request may ask for, <see cref="From"/> included: 10,000.</summary>
    public const int HitsMax = 10_000;

    /// <summary>
    /// Name of the collection, which is its path prefix without slashes at the ends, such as <c>wiki</c>.
    /// </summary>
    public required string Collection { get; init; }

    /// <summary>What to match.</summary>
    public required QueryNode Query { get; init; }

    /// <summary>Best hits to return, 0 to <see cref="HitsMax"/>.</summary>
    public int Size { get; init; } = 10;

    /// <summary>Hits to pass over before the first returned one; a router asks shards for From + Size.</summary>
    public int From { get; init; }

    /// <summary>Whether hits carry the document's JSON.</summary>
    public bool WithSource { get; init; } = true;

    /// <summary>
    /// Fields of the source to return, with dots for members within and <c>*</c> for any characters; empty means all.
    /// </summary>
    public IReadOnlyList<string> SourceFields { get; init; } = [];

    /// <summary>Fields of the source to leave out, written as <see cref="SourceFields"/>.</summary>
    public IReadOnlyList<string> SourceExcludes { get; init; } = [];

    /// <summary>What hits are ordered by, first key first, ties by path; empty means by score.</summary>
    public IReadOnlyList<SortKey> Sort { get; init; } = [];

    /// <summary>Text fields to cut snippets from; empty means none.</summary>
    public IReadOnlyList<string> HighlightFields { get; init; } = [];

    /// <summary>Whether the total of hits is exact; false lets the leaf stop counting early.</summary>
    public bool ExactTotal { get; init; } = true;

    /// <summary>
    /// Up to how many the total is exact; a larger one may be a lower bound. Null leaves it to
    /// <see cref="ExactTotal"/>.
    /// </summary>
    public int? TotalUpTo { get; init; }

    /// <summary>Router only: whether an answer without every shard is better than an error.</summary>
    public bool AllowPartial { get; init; } = true;

    /// <summary>
    /// Router only: the share of the shards, 0 to 1, with which it may stop waiting for the others, given
    /// <see cref="AllowPartial"/>; null leaves it to the router's setting.
    /// </summary>
    public double? CoverageMin { get; init; }

    /// <summary>Documents that score less are no hits and are not counted; null takes all.</summary>
    public double? MinScore { get; init; }

    /// <summary>
    /// The instant that <c>now</c> means in the query, in Unix milliseconds; a router sets it once for all shards. Null
    /// lets a leaf take its own time.
    /// </summary>
    public long? NowMs { get; init; }

    /// <summary>The sum over all shards; null lets a leaf score by its own (only right on one shard).</summary>
    public TermStatistics? Statistics { get; init; }

    /// <summary>
    /// Whether the answer tells what the shard itself counted, so that a router that assumed a sum can see whether it
    /// still holds.
    /// </summary>
    public bool ReportStatistics { get; init; }

    /// <summary>The fields that the shards of a dynamic collection have; null lets each go by its own.</summary>
    public KnownFields? KnownFields { get; init; }

    /// <summary>Whether hits say how their scores come about. Dear: each hit is searched for once more.</summary>
    public bool Explain { get; init; }

    /// <summary>Whether the answer says where the time went.</summary>
    public bool Profile { get; init; }

    /// <summary>
    /// Router only: other queries whose hits are joined with those of <see cref="Query"/> by their ranks; null for
    /// none. Not together with <see cref="Sort"/>.
    /// </summary>
    public RankFusion? Rank { get; init; }

    /// <summary>Where the page begins: behind the hit that this describes; null begins with the best.</summary>
    public SearchAfter? After { get; init; }

    /// <summary>
    /// Id of the point in time to search, as <see cref="Opcode.PointInTime"/> gave it; null searches what is there now.
    /// </summary>
    public string? PointInTime { get; init; }

    /// <summary>
    /// How long the point in time is to be kept from now on; null leaves it at what it was opened with. In milliseconds
    /// on the wire.
    /// </summary>
    public TimeSpan? KeepAlive { get; init; }

    /// <summary>
    /// How fields are highlighted, each as it wants to be; a field that several rows fit is highlighted by the first.
    /// At most <see cref="CollectionSchema.FieldsMax"/>.
    /// </summary>
    public IReadOnlyList<HighlightField> Highlighting { get; init; } = [];

    /// <summary>Which hits are one group, of which only the best is returned; null for none.</summary>
    public Collapse? Collapse { get; init; }

    /// <summary>
    /// Keyword, number, integer, date and boolean fields whose values hits carry, read from columns rather than from
    /// the source; names and patterns with <c>*</c> for any characters.
    /// </summary>
    public IReadOnlyList<string> ValueFields { get; init; } = [];

    /// <summary>
    /// Whether hits that are ordered by keys have a score all the same. Without, the search is faster: nothing is
    /// scored, and no term statistics are asked for.
    /// </summary>
    public bool TrackScores { get; init; } = true;

    /// <summary>Whether hits say their version; 0 if not.</summary>
    public bool WithVersion { get; init; } = true;

    /// <summary>Whether scores order the hits, or are told.</summary>
    public bool TellsScores =>
        TrackScores || Explain || Sort.Count == 0 || Sort.Any(static key => key.Field == SortKey.Score);

    /// <summary>What is computed over all documents that match; see <see cref="AggregationLimits"/>.</summary>
    public IReadOnlyList<Aggregation> Aggregations { get; init; } = [];

    /// <summary>
    /// Whether documents have to be scored: there are hits to return, of the search or of a bucket, or a least score.
    /// </summary>
    public bool NeedsScores() => (From + Size > 0 && TellsScores) || MinScore is not null || HaveHits(Aggregations);

    private static bool HaveHits(IReadOnlyList<Aggregation> aggregations)
    {
        for (var i = 0; i < aggregations.Count; i++)
            if (aggregations[i] is TopHitsAggregation || HaveHits(aggregations[i].Within)) return true;
        return false;
    }
}
