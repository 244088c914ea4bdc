namespace Hedgerow.Leaf.Cache;

/// <summary>Which values lie in their record and which in a block, and how large one could ever be.</summary>
/// <param name="SegmentBytes">At least 16 KiB: the longest path, a page of value and the header fit.</param>
/// <param name="BlockBytesMax">Most bytes that one block could claim in an otherwise empty store.</param>
internal sealed record EntryLimits(int SegmentBytes, long BlockBytesMax)
{
    /// <summary>A record takes at most this share of a segment, which bounds what a segment's end can waste.</summary>
    private const int InlineShareDivisor = 8;

    /// <summary>A value above this is large whatever its path.</summary>
    public int InlineValueBytesMax => Math.Max(PageArena.PageBytes, SegmentBytes / InlineShareDivisor);

    /// <summary>Whether a value of this many bytes gets a block. One below a page never does.</summary>
    public bool IsLarge(int pathBytes, long valueBytes) =>
        valueBytes >= PageArena.PageBytes
        && RecordDraft.BytesMax(pathBytes, valueBytes) > SegmentBytes / InlineShareDivisor;
}
