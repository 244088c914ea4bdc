using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed unsafe class HashIndexTests
{
    private const int SegmentBytes = 64 * 1024;

    [Fact]
    public void Colliding_paths_displace_each_other_and_nobody_else()
    {
        using var pool = NewPool();
        using var index = new HashIndex(pool, limitBytes: 1 << 20);
        index.Insert(hash: 77, address: 1_000);
        var displaced = new HashSet<ulong>();
        for (ulong address = 1; address <= 500; address++)
        {
            index.Insert(hash: 42, address);
            while (index.TryTakeDisplaced(out var gone)) Assert.True(displaced.Add(gone));
        }

        Assert.Equal(500 - (2 * IndexBucket.SlotCount), displaced.Count);
        Assert.DoesNotContain(1_000UL, displaced);
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

    /// <summary>Up and down twice, with random hashes: all that went in is found, and nothing is displaced.</summary>
    [Theory]
    [InlineData(1, 40_000, SegmentBytes)]
    [InlineData(7, 60_000, SegmentBytes)]
    [InlineData(7, 60_000, 2 * IndexPages.PageBytes)]
    public void It_grows_and_shrinks_page_by_page_without_losing_an_entry(int groups, int most, int chunkBytes)
    {
        using var pool = NewPool(chunkBytes);
        using var index = new HashIndex(pool, limitBytes: 850_000L * groups);
        Assert.Equal(groups, index.Groups);
        var random = new Random(groups);
        var hashes = new ulong[most + 1];
        foreach (var (from, to) in new[] { (0, most), (most, most / 10), (most / 10, most), (most, 0) })
        {
            for (var i = from + 1; i <= to; i++)
            {
                hashes[i] = (ulong)random.NextInt64() << 1;
                while (index.NeedsSegment(hashes[i])) index.AddSegment(TakeSegment(pool));
                index.Insert(hashes[i], (ulong)i);
                Assert.False(index.TryTakeDisplaced(out _));
            }

            for (var i = from; i > to; i--) index.Remove(hashes[i], index.FindAddress(hashes[i], (ulong)i));
            for (var i = 0; i < groups; i++) index.Resize();
            for (var i = 0; i < 130; i++) index.Resize();
            Assert.Equal(to, index.Count);
            for (var i = 1; i <= to; i++) Assert.True(index.FindAddress(hashes[i], (ulong)i) != null);
            long slots = 0;
            index.ForEach(_ => slots++);
            Assert.Equal(to, slots);
            index.Verify();
        }

        Assert.True(index.Bytes <= (4 * SegmentBytes) + (groups * IndexGroup.Bytes), $"{index.Bytes}");
    }

    [Fact]
    public void A_grown_index_takes_at_most_10_and_a_half_bytes_an_entry()
    {
        using var pool = NewPool();
        using var index = new HashIndex(pool, limitBytes: 5 * 850_000L);
        const int Entries = 5 * 448 * 15;
        var random = new Random(5);
        for (ulong address = 1; address <= Entries; address++)
        {
            var hash = (ulong)random.NextInt64() << 1;
            while (index.NeedsSegment(hash)) index.AddSegment(TakeSegment(pool));
            index.Insert(hash, address);
        }

        Assert.False(index.TryTakeDisplaced(out _));
        Assert.InRange((double)index.PageBytes / Entries, 9.2, 10.5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Reserved_pages_take_what_they_were_reserved_for_and_go_when_it_did_not_come(int groups)
    {
        using var pool = NewPool();
        using var index = new HashIndex(pool, limitBytes: 850_000L * groups);
        var empty = index.PageBytes;
        var entries = groups * 5_000;
        for (var group = 0; group < groups; group++)
            while (!index.TryReserve(group, entries)) index.AddSegment(TakeSegment(pool));
        var reserved = index.PageBytes;
        Assert.InRange((double)reserved / entries, 9.2, 10.8);
        var random = new Random(groups);
        var hashes = new ulong[entries + 1];
        for (var i = 1; i <= entries; i++)
        {
            hashes[i] = (ulong)random.NextInt64() << 1;
            while (index.NeedsSegment(hashes[i])) index.AddSegment(TakeSegment(pool));
            index.Insert(hashes[i], (ulong)i);
            if (i == entries / 10) Assert.Equal(reserved, index.PageBytes);
        }

        Assert.False(index.TryTakeDisplaced(out _));
        for (var i = 1; i <= entries; i++) Assert.True(index.FindAddress(hashes[i], (ulong)i) != null);
        index.Verify();
        for (var group = 0; group < groups; group++) Assert.True(index.TryReserve(group, 0));
        for (var i = 1; i <= entries; i++) index.Remove(hashes[i], index.FindAddress(hashes[i], (ulong)i));
        for (var i = 0; i < 100; i++) index.Resize();
        Assert.Equal(empty, index.PageBytes);
        index.Verify();
    }

    private static uint TakeSegment(SegmentPool pool) =>
        pool.TryTake(SegmentUse.Index, cleaning: true, IndexPages.PageBytes);

    private static SegmentPool NewPool(int chunkBytes = SegmentBytes) =>
        new(4 << 20, new StoreSizes { Partitions = 1, SegmentBytes = SegmentBytes, ChunkBytes = chunkBytes });
}
