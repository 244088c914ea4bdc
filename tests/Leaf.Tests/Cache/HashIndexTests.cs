using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class HashIndexTests
{
    private const int SegmentBytes = 16 * 1024;

    [Fact]
    public unsafe void Colliding_paths_displace_each_other_and_nobody_else()
    {
        using var pool = new SegmentPool(1 << 20, SegmentBytes, reserveSegments: 2);
        using var index = new HashIndex(
            pool, PlaceHash.Create(1), pool.TryTake(SegmentUse.Index, true), pool.TryTake(SegmentUse.Index, true));
        index.Insert(hash: 77, address: 1_000);
        var displaced = new HashSet<ulong>();
        for (ulong address = 1; address <= 500; address++)
        {
            var gone = index.Insert(hash: 42, address);
            if (gone != 0) Assert.True(displaced.Add(gone));
        }

        Assert.Equal(500 - (HashIndex.ChainBucketsMax * 7), displaced.Count);
        Assert.Equal(501 - displaced.Count, index.Count);
        Assert.True(index.FindAddress(77, 1_000) != null);
        Assert.True(index.FindAddress(42, 500) != null);
        for (ulong address = 1; address <= 500; address++)
        {
            var slot = index.FindAddress(42, address);
            Assert.Equal(displaced.Contains(address), slot == null);
            if (slot != null) index.Remove(42, slot);
        }

        Assert.Equal(1, index.Count);
    }
}
