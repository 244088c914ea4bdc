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

    /// <summary>Fields of the source to return; empty means all.</summary>
    public IReadOnlyList<string> SourceFields { get; init; } = [];

    /// <summary>Text fields to cut snippets from; empty means none.</summary>
    public IReadOnlyList<string> HighlightFields { get; init; } = [];

    /// <summary>Whether the total of hits is exact; false lets the leaf stop counting early.</summary>
    public bool ExactTotal { get; init; } = true;

    /// <summary>Router only: whether an answer without every shard is better than an error.</summary>
    public bool AllowPartial { get; init; } = true;

    /// <summary>The sum over all shards; null lets a leaf score by its own (only right on one shard).</summary>
    public TermStatistics? Statistics { get; init; }
}
