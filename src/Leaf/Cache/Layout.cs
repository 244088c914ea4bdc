using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>The sizes that the store's arithmetic rests on, checked when a store is made.</summary>
internal static class Layout
{
    public static void Verify()
    {
        Check(Unsafe.SizeOf<IndexBucket>() == IndexBucket.Bytes, "a bucket is one cache line");
        Check(Unsafe.SizeOf<Segment>() == Segment.Bytes, "a segment's header is one cache line");
        Check((int)Marshal.OffsetOf<IndexBucket>(nameof(IndexBucket.Slots)) == 8, "slots start at 8");
        Check(Unsafe.SizeOf<IndexGroup>() == IndexGroup.Bytes, "a group is eight cache lines");
        Check(BitConverter.IsLittleEndian, "records are read on little-endian machines");
        Check(nint.Size == 8, "pointers have 64 bits");
    }

    private static void Check(bool holds, string what)
    {
        if (!holds) throw new PlatformNotSupportedException($"The cache store needs: {what}.");
    }
}
