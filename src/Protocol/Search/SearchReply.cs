namespace Hedgerow.Protocol;

/// <summary>
/// Answer to a search: of one shard when a leaf gives it, of all when a router does. Hits are ordered by score,
/// highest first, ties by path bytes, lowest first, so that the order does not depend on where a document lives.
/// </summary>
public sealed record SearchReply
{
    /// <summary>Documents that match, in what the answer covers.</summary>
    public required long Total { get; init; }

    /// <summary>Whether <see cref="Total"/> is exact, or a lower bound.</summary>
    public bool TotalIsExact { get; init; } = true;

    /// <summary>The best hits.</summary>
    public required IReadOnlyList<SearchHit> Hits { get; init; }

    /// <summary>What the answer stands for.</summary>
    public required Coverage Coverage { get; init; }

    /// <summary>
    /// What the shard counted of the query's scored terms in the very documents that it searched; null unless
    /// <see cref="SearchRequest.ReportStatistics"/> asked for it.
    /// </summary>
    public TermStatistics? Statistics { get; init; }

    /// <summary>Where the time went; null unless <see cref="SearchRequest.Profile"/> asked for it.</summary>
    public SearchProfile? Profile { get; init; }

    /// <summary>
    /// A shard's parts of the request's aggregations, as <see cref="AggregationPartCodec"/> writes them; empty when a
    /// router gives the answer.
    /// </summary>
    public ReadOnlyMemory<byte> AggregationParts { get; init; }

    /// <summary>The results of the request's aggregations; empty when a shard gives the answer.</summary>
    public IReadOnlyList<AggregationResult> Aggregations { get; init; } = [];

    /// <summary>
    /// Which index it is of, where its collection's name has led elsewhere before; null else. A router whose shards
    /// answer of different ones asks again for the latest.
    /// </summary>
    public ServedIndex? Served { get; init; }

    /// <summary>
    /// The fields that the shard of a dynamic collection has, where they are others than the request says; else null.
    /// </summary>
    public IReadOnlyList<KnownField>? FieldsHere { get; init; }
}

/// <summary>The index that a name led to.</summary>
/// <param name="Name">A name that leads to no other, ever.</param>
/// <param name="Since">The version of the change that made it so.</param>
public sealed record ServedIndex(string Name, ulong Since);

/// <summary>One document found.</summary>
public sealed record SearchHit
{
    /// <summary>The document's path.</summary>
    public required string Path { get; init; }

    /// <summary>BM25 score under the statistics of the request.</summary>
    public required float Score { get; init; }

    /// <summary>The document's version.</summary>
    public required ulong Version { get; init; }

    /// <summary>The document's JSON (UTF-8), whole or filtered; empty if not asked for.</summary>
    public ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>Snippets of the highlighted fields, matches between <c>&lt;em&gt;</c> and <c>&lt;/em&gt;</c>.</summary>
    public IReadOnlyList<Highlight> Highlights { get; init; } = [];

    /// <summary>What it was ordered by, one value for each key of the request; empty when that was the score.</summary>
    public IReadOnlyList<SortValue> SortValues { get; init; } = [];

    /// <summary>
    /// The values of <see cref="SearchRequest.ValueFields"/> as a JSON object (UTF-8): a list for each field that has
    /// any, dates as RFC 3339; empty if not asked for.
    /// </summary>
    public ReadOnlyMemory<byte> Fields { get; init; }

    /// <summary>The value of its group, missing for the group of those without one; null where none were asked for.
    /// </summary>
    public SortValue? Group { get; init; }

    /// <summary>More hits of its group, in the order of <see cref="Collapse.InnerHits"/>.</summary>
    public IReadOnlyList<InnerGroup> InnerHits { get; init; } = [];

    /// <summary>How the score comes about; null unless <see cref="SearchRequest.Explain"/> asked for it.</summary>
    public Explanation? Explanation { get; init; }
}

/// <summary>What was cut from one field.</summary>
/// <param name="Field">The field's name.</param>
/// <param name="Snippet">The snippet of a plain highlight; empty for one of <see cref="HighlightField"/>.</param>
public sealed record Highlight(string Field, string Snippet)
{
    /// <summary>The fragments of a <see cref="HighlightField"/>, in the order wanted.</summary>
    public IReadOnlyList<string> Fragments { get; init; } = [];
}

/// <summary>The share of shards and of documents that an answer stands for.</summary>
/// <param name="ShardsTotal">Shards of the collection.</param>
/// <param name="ShardsAnswered">Shards whose whole answer is in it.</param>
/// <param name="DocumentsTotal">Documents, as far as known, in all shards.</param>
/// <param name="DocumentsCovered">Documents of the shards that answered.</param>
public sealed record Coverage(int ShardsTotal, int ShardsAnswered, long DocumentsTotal, long DocumentsCovered)
{
    /// <summary>Whether nothing is missing.</summary>
    public bool IsWhole => ShardsAnswered == ShardsTotal;
}
