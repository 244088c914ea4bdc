using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The whole pages of a value too large for a segment; its first bytes, what pages would not be filled by, lie in the
/// record. Counted references: the record holds one, each reader that copies from it another, so that a value of half
/// a gigabyte is copied outside every gate and freed by the last to leave.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LargeBlock
{
    /// <summary>Bytes that the allocator takes for this header: its size and one word, rounded to 16.</summary>
    private const int HeaderBytes = 48;

    private byte* _pages;
    private int _references;

    /// <summary>Bytes of the pages: a multiple of <see cref="PageArena.PageBytes"/>.</summary>
    public int PagesBytes;

    /// <summary>The next of a list of blocks that wait to be released once the gate is open.</summary>
    public LargeBlock* Next;

    /// <summary>Bytes of the budget that the block takes.</summary>
    public readonly long ClaimedBytes => PagesBytes + HeaderBytes;

    /// <summary>Bytes of a large value that lie in its record, before those in pages.</summary>
    public static int LeadBytes(int valueBytes) => valueBytes & (PageArena.PageBytes - 1);

    /// <summary>Bytes of the budget that the block of a value of this size takes.</summary>
    public static long BytesFor(int valueBytes) => valueBytes - LeadBytes(valueBytes) + HeaderBytes;

    /// <summary>Allocates a block whose <see cref="BytesFor"/> the caller has claimed. Holds one reference.</summary>
    public static LargeBlock* Allocate(int valueBytes, PageArena arena)
    {
        var bytes = valueBytes - LeadBytes(valueBytes);
        var block = (LargeBlock*)NativeMemory.Alloc((nuint)sizeof(LargeBlock));
        *block = new LargeBlock { _references = 1, _pages = arena.Allocate(bytes), PagesBytes = bytes };
        return block;
    }

    public static Span<byte> Pages(LargeBlock* block) => new(block->_pages, block->PagesBytes);

    public static void Pin(LargeBlock* block) => Interlocked.Increment(ref block->_references);

    /// <summary>Gives up a reference; the last one frees the memory and then the claim.</summary>
    public static void Release(LargeBlock* block, SegmentPool pool)
    {
        if (Interlocked.Decrement(ref block->_references) != 0) return;
        var claimed = block->ClaimedBytes;
        pool.Arena.Free(block->_pages, block->PagesBytes);
        NativeMemory.Free(block);
        pool.Unclaim(claimed);
    }

    /// <summary>Releases every block of a list linked by <see cref="Next"/>.</summary>
    public static void ReleaseAll(LargeBlock* first, SegmentPool pool)
    {
        while (first != null)
        {
            var next = first->Next;
            Release(first, pool);
            first = next;
        }
    }
}
