namespace Hedgerow.Leaf.Cache;

/// <summary>One FIFO of segments, oldest first; records are appended to the youngest while it is open.</summary>
internal struct SegmentQueue
{
    /// <summary>The oldest segment, 0 when the queue is empty.</summary>
    public uint Oldest;

    /// <summary>The youngest segment.</summary>
    public uint Youngest;

    /// <summary>The youngest while it takes appends, else 0.</summary>
    public uint Open;

    /// <summary>Where in the oldest segment the eviction hand stands; the records before it are dead.</summary>
    public int HandOffset;

    /// <summary>Bytes of records that are not dead, blocks of large values included.</summary>
    public long LiveBytes;
}

/// <summary>A place in the log. Segment 0 is nowhere.</summary>
internal struct LogCursor
{
    public uint Segment;
    public int Offset;
}
