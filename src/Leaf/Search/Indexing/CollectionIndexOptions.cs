using Hedgerow.Leaf.Scheduling;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Bounds of one collection's index in one shard.</summary>
internal sealed record CollectionIndexOptions
{
    /// <summary>
    /// Bytes of the live buffer, estimated; past it a write refreshes by itself. 16 MiB: about a second of one core's
    /// indexing, so that no write waits much longer than that.
    /// </summary>
    public long BufferBytesMax { get; init; } = 16L << 20;

    /// <summary>Bytes of one document's JSON. 16 MiB, as the largest message carries.</summary>
    public int DocumentBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// Segments of about one size that may stand side by side before they are merged. 8, as Lucene 10.3.
    /// </summary>
    public int SegmentsPerTier { get; init; } = 8;

    /// <summary>Segments smaller than this count as this large, so that tiny ones are merged first. 2 MiB.</summary>
    public long SegmentFloorBytes { get; init; } = 2L << 20;

    /// <summary>No merge makes a segment larger than this, about. 2 GiB.</summary>
    public long SegmentBytesMax { get; init; } = 2L << 30;

    /// <summary>
    /// Vectors of a field from which on a segment of a file has a graph: to compare so many one by one takes about as
    /// long as to walk a graph of them.
    /// </summary>
    public int GraphVectorsMin { get; init; } = 5_000;

    /// <summary>
    /// How long a delete is remembered by its version's clock, so that a late older write cannot bring the document
    /// back. Seven days; a merge forgets older ones.
    /// </summary>
    public TimeSpan TombstoneRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Has what writes segments make room for searches; null: it never does.</summary>
    public BackgroundThrottle? Throttle { get; init; }
}
