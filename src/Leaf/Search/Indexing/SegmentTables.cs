using System.Collections.Concurrent;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// What a <see cref="SegmentWriter"/> keeps in memory until it may be written. Used over and over: a refresh several
/// times a second that allocated them would have the collector run through the whole heap for their sake.
/// </summary>
internal sealed class SegmentTables
{
    /// <summary>Kept of each table from one segment to the next: 4 MiB, more than a refresh needs.</summary>
    private const int BytesKept = 4 << 20;

    /// <summary>Kept for those to come: about as many as work at a time.</summary>
    private const int KeptMax = 4;

    private static readonly ConcurrentQueue<SegmentTables> Kept = new();

    private SegmentTables()
    {
    }

    public PathTableWriter Paths { get; } = new();

    public PathTableWriter Tombstones { get; } = new();

    public List<ulong> Versions { get; } = [];

    public List<ulong> TombstoneVersions { get; } = [];

    public TermDictionaryWriter Terms { get; } = new();

    public PostingsWriter Postings { get; } = new();

    public ByteSink Term { get; } = new();

    public ByteSink Bytes { get; } = new();

    /// <summary>Empty ones, the caller's until it gives them back. Any thread.</summary>
    public static SegmentTables Take() => Kept.TryDequeue(out var tables) ? tables : new SegmentTables();

    /// <summary>Empties them for the next. Once.</summary>
    public void Return()
    {
        Paths.Trim(BytesKept);
        Tombstones.Trim(BytesKept);
        Trim(Versions);
        Trim(TombstoneVersions);
        Terms.Trim(BytesKept);
        Postings.Trim(BytesKept);
        Term.Trim(BytesKept);
        Bytes.Trim(BytesKept);
        if (Kept.Count < KeptMax) Kept.Enqueue(this);
    }

    private static void Trim(List<ulong> versions)
    {
        versions.Clear();
        if (versions.Capacity > BytesKept / sizeof(ulong)) versions.Capacity = 0;
    }
}
