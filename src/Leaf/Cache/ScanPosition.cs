namespace Hedgerow.Leaf.Cache;

/// <summary>A place in the order in which a store's entries can be walked in steps: partition, group, tag.</summary>
/// <remarks>
/// <code>
///  48            42           20          0
///  +-------------+------------+-----------+
///  | partition 6 | group 22   | tag 20    |   0 is the begin, and, as the next place, the end
///  +-------------+------------+-----------+
/// </code>
/// </remarks>
internal readonly record struct ScanPosition(int Partition, int Group, int Tag)
{
    private const int TagBits = 20;
    private const int GroupBits = 22;

    /// <summary>Any number is a position; one that is beyond the store's is its end.</summary>
    public static ScanPosition Of(ulong cursor) => new(
        (int)(cursor >> (TagBits + GroupBits)) & 63,
        (int)(cursor >> TagBits) & ((1 << GroupBits) - 1),
        (int)cursor & ((1 << TagBits) - 1));

    public ulong Cursor => ((ulong)Partition << (TagBits + GroupBits)) | ((ulong)Group << TagBits) | (uint)Tag;

    /// <summary>Behind a step of this many tags.</summary>
    public ScanPosition After(int tags) => Tag + tags < 1 << TagBits
        ? this with { Tag = Tag + tags }
        : new ScanPosition(Partition, Group + 1, 0);

    public ScanPosition NextPartition() => new(Partition + 1, 0, 0);
}
