using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>What a segment's memory is for; the first three are the log's queues.</summary>
internal enum SegmentUse : byte
{
    /// <summary>Entries that are new: the window of W-TinyLFU.</summary>
    Small = 0,

    /// <summary>Entries that earned their place.</summary>
    Main = 1,

    /// <summary>Deletes that still refuse late writes.</summary>
    Tombstones = 2,

    /// <summary>Buckets of an index.</summary>
    Index = 3,

    /// <summary>In the pool.</summary>
    None = 4,
}

/// <summary>
/// What is known of one segment, off the heap, one cache line each. A segment is a run of addresses; in a small store
/// it has memory only from the oldest record that lives to the youngest.
/// </summary>
/// <remarks>Guarded by the gate of the partition that holds the segment; in the pool by the pool's.</remarks>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct Segment
{
    public const int Bytes = 64;

    /// <summary>When a sweep should walk it next; <see cref="long.MaxValue"/> if nothing in it expires.</summary>
    public long SweepAtMs;

    /// <summary>Bytes of records appended so far, dead ones included.</summary>
    public int UsedBytes;

    /// <summary>Bytes of records that are not dead.</summary>
    public int LiveBytes;

    /// <summary>Where the first record begins whose memory is still held: what came before it is dead.</summary>
    public int FirstOffset;

    /// <summary>Its memory: from here, whole chunks of the pool,</summary>
    public int HeldFrom;

    /// <summary>to here.</summary>
    public int HeldTo;

    /// <summary>The next younger segment of its queue, 0 at the end; in the pool, the next of its list.</summary>
    public uint Newer;

    /// <summary>The next older segment of its queue, 0 at the end.</summary>
    public uint Older;

    public int LiveRecords;

    /// <summary>Bytes of the blocks that its records hold.</summary>
    public long BlockBytes;

    public readonly int HeldBytes => HeldTo - HeldFrom;

    /// <summary>What would come free if all its records died.</summary>
    public readonly long AllLiveBytes => LiveBytes + BlockBytes;

    public SegmentUse Use;
}
