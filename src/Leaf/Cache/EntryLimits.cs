namespace Hedgerow.Leaf.Cache;

/// <summary>Which values lie in their record and which in a block, and how large one could ever be.</summary>
/// <param name="InlineBytesMax">Most bytes of a record whose value has a page or more. What a segment's end can waste.
/// </param>
/// <param name="BlockBytesMax">Most bytes that one block could claim in an otherwise empty store.</param>
internal sealed record EntryLimits(int InlineBytesMax, long BlockBytesMax)
{
    /// <summary>A value above this is large whatever its path.</summary>
    public int InlineValueBytesMax => Math.Max(PageArena.PageBytes, InlineBytesMax);

    /// <summary>Whether a value of this many bytes gets a block. One below a page never does.</summary>
    public bool IsLarge(int pathBytes, long valueBytes) =>
        valueBytes >= PageArena.PageBytes
        && RecordDraft.BytesMax(pathBytes, valueBytes) > InlineBytesMax;
}
