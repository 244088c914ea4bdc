using System.Runtime.InteropServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>A share of a partition's paths, and the pages that index them; 512 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct IndexGroup
{
    public const int Bytes = 512;

    /// <summary>52,000 slots. Beyond, entries of less than some 30 bytes displace each other.</summary>
    public const int PagesMax = 126;

    /// <summary>Odd while pages come, go or move: a reader's seqlock around those of the buckets.</summary>
    public uint Version;

    public int PageCount;
    public fixed uint Pages[PagesMax];
}
