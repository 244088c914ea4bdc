namespace Hedgerow.Leaf.Cache;

/// <summary>The pages of a large value, held while they are read. Disposed of once, and before the store.</summary>
internal sealed unsafe class PinnedPages(LargeBlock* block, SegmentPool pool) : IDisposable
{
    public ReadOnlySpan<byte> Bytes => LargeBlock.Pages(block);

    public void Dispose() => LargeBlock.Release(block, pool);
}
