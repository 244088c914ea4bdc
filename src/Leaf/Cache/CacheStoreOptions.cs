namespace Hedgerow.Leaf.Cache;

/// <summary>Limits of one <see cref="CacheStore"/>. Checked when the store is made.</summary>
internal sealed record CacheStoreOptions
{
    /// <summary>Fewest bytes a store works with.</summary>
    public const long MemoryBytesMin = 1L << 20;

    /// <summary>Largest <see cref="ValueBytesMax"/>: 512 MiB.</summary>
    public const int ValueBytesCeiling = 512 << 20;

    /// <summary>
    /// Bytes of native memory the store may hold, all of it: index, headers, paths, values, ghosts, tables.
    /// At least <see cref="MemoryBytesMin"/>. 64 MiB.
    /// </summary>
    public long MemoryBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of the largest value; a longer one is TooLarge. 16 MiB; up to 512 MiB.</summary>
    public int ValueBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// How long a delete refuses older writes that come late. 60 seconds: several times the longest deadline and
    /// grace of a replicated write.
    /// </summary>
    public TimeSpan TombstoneLife { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Told of entries that expire or are evicted; null when nobody listens.</summary>
    public IEntryEvents? Events { get; init; }

    /// <summary>Where transactions are announced to readers of several paths; the shards of a leaf share it.</summary>
    public TransactionMarks Transactions { get; init; } = new();

    /// <summary>Seed of <see cref="PlaceHash"/>; null takes the secret of this process. Set by tests.</summary>
    public long? HashSeed { get; init; }

    /// <summary>Independent parts, a power of two up to 64; 0 chooses by processors and memory. Set by tests.</summary>
    public int Partitions { get; init; }

    /// <summary>Bytes of a segment, a power of two from 16 KiB to 256 KiB; 0 chooses by memory. Set by tests.</summary>
    public int SegmentBytes { get; init; }
}
