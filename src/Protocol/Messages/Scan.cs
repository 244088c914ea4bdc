namespace Hedgerow.Protocol;

/// <summary>
/// Body of <see cref="Opcode.Scan"/>: a page of one collection's documents, in path order, of one shard.
/// </summary>
public sealed record ScanRequest
{
    /// <summary>Most documents in a page: 10,000; a page also ends before it outgrows 4 MiB.</summary>
    public const int PageMax = 10_000;

    /// <summary>The collection's name.</summary>
    public required string Collection { get; init; }

    /// <summary>The page begins behind this path; empty begins at the start.</summary>
    public string After { get; init; } = "";

    /// <summary>Documents wanted, 1 to <see cref="PageMax"/>.</summary>
    public int Limit { get; init; } = 1_000;

    /// <summary>
    /// Whether deletes that are remembered stand among the documents, in path order too, without JSON: what a replica
    /// needs that is filled from another.
    /// </summary>
    public bool WithDeleted { get; init; }
}

/// <summary>One page.</summary>
public sealed record ScanReply
{
    /// <summary>Documents in path order.</summary>
    public required IReadOnlyList<BulkDocument> Documents { get; init; }

    /// <summary>Whether more follow behind the last one.</summary>
    public required bool More { get; init; }
}
