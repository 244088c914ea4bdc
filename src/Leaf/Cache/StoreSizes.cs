namespace Hedgerow.Leaf.Cache;

/// <summary>
/// How a store's budget is divided: into partitions, and their memory into segments and chunks of them. What is fixed
/// by it is small beside the budget whatever that is: at 2 MiB of entries of 1 to 4 kB some 96 % are live records.
/// </summary>
internal sealed record StoreSizes
{
    public const int PartitionsMax = 64;

    /// <summary>The longest path, the lead of a large value and a header fit a segment.</summary>
    public const int SegmentBytesMin = 16 * 1024;
    public const int SegmentBytesMax = 256 * 1024;

    /// <summary>So many that writers at different paths rarely meet at a gate.</summary>
    private const int PartitionsPerProcessor = 8;

    /// <summary>
    /// As small a partition is chosen, and from here on segments are claimed whole: smaller ones claim them by chunks,
    /// and pay for it with calls of the system.
    /// </summary>
    private const long PartitionBytesMin = 64L << 20;

    /// <summary>What the open ends of segments and those that are being emptied leave unused stays below 1 %.</summary>
    private const int ChunksPerPartition = 512;
    private const int SegmentsPerSmallPartition = 12;
    private const int SegmentsInPartPerPartition = 32;

    /// <summary>A record takes at most this share of a segment, which bounds what a segment's end can waste.</summary>
    private const int InlineShareDivisor = 8;

    /// <summary>The same of a segment that is claimed by chunks: its partition has few of them.</summary>
    private const int InlineShareDivisorInChunks = 32;

    /// <summary>Index 2, open 3, in the hand 3, reserve 2, and as many again to be of use.</summary>
    private const int StepsPerPartitionMin = 20;

    public required int Partitions { get; init; }

    /// <summary>A power of two.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>A power of two from a page to a segment.</summary>
    public required int ChunkBytes { get; init; }

    /// <summary>Segments that may have part of their memory at a time.</summary>
    public int SegmentsInPart => ChunkBytes == SegmentBytes ? 0 : SegmentsInPartPerPartition * Partitions;

    /// <summary>Most bytes of a record that has no block though its value has a page or more.</summary>
    public int InlineBytesMax => ChunkBytes == SegmentBytes
        ? Math.Max(PageArena.PageBytes, SegmentBytes / InlineShareDivisor)
        : Math.Max(PageArena.PageBytes, SegmentBytes / InlineShareDivisorInChunks);

    /// <summary>
    /// What only those may use who empty segments: each a chunk for either queue, or a chunk and a record across its
    /// end if that is less, and one more.
    /// </summary>
    public long ReserveBytes => ChunkBytes == SegmentBytes
        ? ((2L * Partitions) + 1) * SegmentBytes
        : ((Partitions + 1L) * ChunkBytes) + InlineBytesMax;

    /// <summary>What the log or the index takes at a time, or a few records.</summary>
    public int StepBytes => Math.Max(ChunkBytes, SegmentBytesMin);

    /// <exception cref="ArgumentOutOfRangeException">The options ask for the impossible; the message says what.
    /// </exception>
    public static StoreSizes Choose(CacheStoreOptions options)
    {
        Validate(options);
        var count = options.Partitions != 0 ? options.Partitions : ChoosePartitions(options.MemoryBytes);
        var partitionBytes = options.MemoryBytes / count;
        var isSmall = partitionBytes < PartitionBytesMin;
        var segmentBytes = options.SegmentBytes != 0 ? options.SegmentBytes
            : isSmall ? Bounded(partitionBytes / SegmentsPerSmallPartition, SegmentBytesMin, SegmentBytesMax)
            : SegmentBytesMax;
        var chunkBytes = isSmall
            ? Bounded(partitionBytes / ChunksPerPartition, PageArena.PageBytes, segmentBytes)
            : segmentBytes;
        var sizes = new StoreSizes { Partitions = count, SegmentBytes = segmentBytes, ChunkBytes = chunkBytes };
        if ((long)sizes.StepBytes * count * StepsPerPartitionMin <= options.MemoryBytes) return sizes;
        var wanted = $"{count} partitions of {StepsPerPartitionMin} times {sizes.StepBytes} bytes";
        throw new ArgumentOutOfRangeException(nameof(options), options.MemoryBytes, $"too few bytes for {wanted}");
    }

    private static void Validate(CacheStoreOptions options)
    {
        if (options.Partitions is < 0 or > PartitionsMax || (options.Partitions & (options.Partitions - 1)) != 0)
            throw new ArgumentOutOfRangeException(nameof(options), options.Partitions, "a power of two up to 64, or 0");
        var segment = options.SegmentBytes;
        var allowed = segment == 0
            || (segment is >= SegmentBytesMin and <= SegmentBytesMax && (segment & (segment - 1)) == 0);
        if (!allowed)
            throw new ArgumentOutOfRangeException(nameof(options), segment, "a power of two, 16 KiB to 256 KiB, or 0");
    }

    private static int ChoosePartitions(long memoryBytes)
    {
        var byProcessors = FloorPowerOfTwo(Environment.ProcessorCount) * PartitionsPerProcessor;
        var byMemory = FloorPowerOfTwo(Math.Max(1, memoryBytes / PartitionBytesMin));
        return (int)Math.Min(PartitionsMax, Math.Min(byProcessors, byMemory));
    }

    private static int Bounded(long bytes, int min, int max) =>
        (int)Math.Clamp(FloorPowerOfTwo(Math.Max(1, bytes)), min, max);

    private static long FloorPowerOfTwo(long value) => 1L << (63 - (int)long.LeadingZeroCount(value));
}
