namespace Hedgerow.Leaf.Cache;

/// <summary>A reading of a store: exact for each partition, and partitions are read one after the other.</summary>
internal readonly record struct CacheStats
{
    /// <summary>Entries held; those expired and not yet swept are counted.</summary>
    public long Entries { get; init; }

    /// <summary>Tombstones held.</summary>
    public long Tombstones { get; init; }

    /// <summary>The budget.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Native bytes held now, free segments kept for reuse included. Never above the budget.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Bytes of records (headers, paths, values) that are not dead.</summary>
    public long LiveBytes { get; init; }

    /// <summary>Bytes of segments and chunks that make up the index.</summary>
    public long IndexBytes { get; init; }

    /// <summary>Gets that found a live entry.</summary>
    public long Hits { get; init; }

    /// <summary>Gets that found none.</summary>
    public long Misses { get; init; }

    /// <summary>Live entries dropped to make room.</summary>
    public long Evictions { get; init; }

    /// <summary>Entries dropped because their time had come.</summary>
    public long Expirations { get; init; }

    /// <summary>Bytes of live records copied to keep them while their segment was emptied.</summary>
    public long MovedBytes { get; init; }
}
