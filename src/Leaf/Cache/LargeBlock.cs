using System.Runtime.InteropServices;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The whole pages of a value too large for a segment; its first bytes, what pages would not be filled by, lie in the
/// record. Counted references: the record holds one, each reader that copies from it another, so that a value of half
/// a gigabyte is copied outside every gate and freed by the last to leave.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = HeaderBytes)]
internal unsafe struct LargeBlock
{
    /// <summary>Bytes of this header in its table.</summary>
    public const int HeaderBytes = 32;

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

    /// <summary>
    /// Bytes of a value as it is stored in a block: a map of fields is filled up to whole pages, so that it has no lead
    /// and can be read in one piece.
    /// </summary>
    public static int ValueBytesFor(EntryKind kind, int valueBytes) => kind == EntryKind.Fields
        ? (valueBytes + PageArena.PageBytes - 1) & ~(PageArena.PageBytes - 1)
        : valueBytes;

    /// <summary>Bytes of the budget that the block of a value of this size takes.</summary>
    public static long BytesFor(int valueBytes) => valueBytes - LeadBytes(valueBytes) + HeaderBytes;

    /// <summary>Allocates a block whose <see cref="BytesFor"/> the caller has claimed. Holds one reference.</summary>
    public static LargeBlock* Allocate(int valueBytes, SegmentPool pool)
    {
        var bytes = valueBytes - LeadBytes(valueBytes);
        var pages = pool.Arena.Allocate(bytes);
        var block = pool.Blocks.Take();
        block->_pages = pages;
        block->PagesBytes = bytes;
        Volatile.Write(ref block->_references, 1);
        return block;
    }

    public static Span<byte> Pages(LargeBlock* block) => new(block->_pages, block->PagesBytes);

    public static void Pin(LargeBlock* block) => Interlocked.Increment(ref block->_references);

    /// <summary>
    /// Pins a block that the caller holds no reference of. False when it is free; if it was taken again meanwhile, it
    /// is another value's, which the caller must find out.
    /// </summary>
    public static bool TryPin(LargeBlock* block)
    {
        while (true)
        {
            var references = Volatile.Read(ref block->_references);
            if (references <= 0) return false;
            if (Interlocked.CompareExchange(ref block->_references, references + 1, references) == references)
                return true;
        }
    }

    /// <summary>Gives up a reference; the last one frees the memory and then the claim.</summary>
    public static void Release(LargeBlock* block, SegmentPool pool)
    {
        if (Interlocked.Decrement(ref block->_references) != 0) return;
        var claimed = block->ClaimedBytes;
        pool.Arena.Free(block->_pages, block->PagesBytes);
        pool.Blocks.Give(block);
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
