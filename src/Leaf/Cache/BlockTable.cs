namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The headers of all blocks of a store, for as long as the store lives: a header that is free may still be looked at
/// by a reader that came late. Address space for as many as the budget allows; memory is what has been used at once.
/// Thread safe.
/// </summary>
internal sealed unsafe class BlockTable(long limitBytes) : IDisposable
{
    private readonly SegmentSpace _space = new(((limitBytes / PageArena.PageBytes) + 1) * LargeBlock.HeaderBytes);
    private SpinGate _gate;
    private LargeBlock* _free;
    private long _freshNext;

    /// <summary>A header with no references. There is one for everyone who has claimed a page or more.</summary>
    public LargeBlock* Take()
    {
        _gate.Enter();
        var block = _free;
        if (block != null) _free = block->Next;
        else block = (LargeBlock*)(_space.Start + (_freshNext++ * LargeBlock.HeaderBytes));
        _gate.Exit();
        return block;
    }

    public void Give(LargeBlock* block)
    {
        _gate.Enter();
        block->Next = _free;
        _free = block;
        _gate.Exit();
    }

    /// <summary>Whether it is a header, of a block in use or not; for pointers that may be torn.</summary>
    public bool Contains(LargeBlock* block)
    {
        var offset = (ulong)((byte*)block - _space.Start);
        return offset < (ulong)_space.Bytes && offset % LargeBlock.HeaderBytes == 0;
    }

    public void Dispose() => _space.Dispose();
}
