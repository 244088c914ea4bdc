namespace Hedgerow.Leaf.Durability;

/// <summary>When a shard's documents go from memory and log to segments. Tests make everything small.</summary>
internal sealed record DurabilityLimits
{
    /// <summary>The limits of a leaf that was given none.</summary>
    public static DurabilityLimits Default { get; } = new();

    /// <summary>Bytes in memory after which an index is flushed: 16 MiB, about a second of indexing.</summary>
    public long FlushBytes { get; init; } = 16L << 20;

    /// <summary>Bytes in memory past which writes are refused until a flush is through: 64 MiB, four flushes.</summary>
    public long UnflushedBytesMax { get; init; } = 64L << 20;

    /// <summary>Bytes of log that opening may have to replay: 64 MiB, some seconds.</summary>
    public long LogBytesMax { get; init; } = 64L << 20;

    /// <summary>A log segment is followed by a new one when it has this many bytes. 32 MiB.</summary>
    public int LogSegmentBytes { get; init; } = 32 << 20;

    /// <summary>Input of one merge: 512 MiB, so that a flush waits some seconds for it at most.</summary>
    public long MergeInputBytesMax { get; init; } = 512L << 20;

    /// <summary>See <see cref="Search.Indexing.CollectionIndexOptions.GraphVectorsMin"/>. 5,000.</summary>
    public int GraphVectorsMin { get; init; } = 5_000;

    /// <summary>Segments past which a merge is looked for: what one tier may have.</summary>
    public int SegmentsBeforeMerge { get; init; } = 8;
}
