using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Memory of one value too large for a segment. Counted references: its record holds one, each reader that copies
/// from it another, so that a value of half a gigabyte is copied outside every gate and freed by the last to leave.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LargeBlock
{
    private int _references;
    private long _claimedBytes;

    /// <summary>The next of a list of blocks that wait to be released once the gate is open.</summary>
    public LargeBlock* Next;

    /// <summary>Bytes of the value.</summary>
    public int ValueBytes;

    /// <summary>Bytes of the budget that the block takes.</summary>
    public readonly long ClaimedBytes => _claimedBytes;

    public static long BytesFor(int valueBytes) => PageArena.RoundToPages((long)valueBytes + sizeof(LargeBlock));

    /// <summary>Allocates a block whose <see cref="BytesFor"/> the caller has claimed. Holds one reference.</summary>
    public static LargeBlock* Allocate(int valueBytes, PageArena arena)
    {
        var block = (LargeBlock*)arena.Allocate(BytesFor(valueBytes));
        *block = new LargeBlock { _references = 1, _claimedBytes = BytesFor(valueBytes), ValueBytes = valueBytes };
        return block;
    }

    public static Span<byte> Value(LargeBlock* block) => new(block + 1, block->ValueBytes);

    public static void Pin(LargeBlock* block) => Interlocked.Increment(ref block->_references);

    /// <summary>Gives up a reference; the last one frees the memory and then the claim.</summary>
    public static void Release(LargeBlock* block, SegmentPool pool)
    {
        if (Interlocked.Decrement(ref block->_references) != 0) return;
        var claimed = block->_claimedBytes;
        pool.Arena.Free((byte*)block, claimed);
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
