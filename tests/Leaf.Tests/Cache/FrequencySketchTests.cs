using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class FrequencySketchTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(960)]
    [InlineData(64 * 1_024)]
    public void Growing_leaves_every_estimate_as_it_was_also_amid_a_halving(int bytes)
    {
        var random = new Random(bytes);
        using var sketch = new FrequencySketch(bytes) { Period = bytes };
        var hashes = Enumerable.Range(0, bytes).Select(_ => (ulong)random.NextInt64() << 1).ToArray();
        foreach (var hash in hashes) sketch.Add(hash, random.Next(4));
        var before = hashes.Select(sketch.Estimate).ToArray();
        Assert.Contains(before, estimate => estimate > 0);
        sketch.Grow();
        Assert.Equal(bytes * 2, sketch.Bytes);
        Assert.Equal(before, hashes.Select(sketch.Estimate));
        foreach (var hash in hashes) sketch.Add(hash, random.Next(4));
    }

    [Fact]
    public void The_sketch_of_a_small_store_grows_when_its_entries_are_small_and_the_store_stays_in_its_budget()
    {
        using var store = new StoreUnderTest(4 << 20, partitions: 1);
        var admission = store.Store.PartitionAt(0).Table.Admission;
        var few = admission.Bytes;
        for (var i = 0; i < 1_000; i++) store.Set($"/{i}", new byte[3_000]);
        Assert.Equal(few, admission.Bytes);
        for (var i = 0; i < 20_000; i++) store.Set($"/{i}", new byte[100]);
        Assert.InRange(admission.Bytes, few * 3 / 2, Admission.BytesMax(4 << 20));
        store.Store.Verify();
    }

    [Theory]
    [InlineData(4 << 20, 1)]
    [InlineData(16 << 20, 2)]
    [InlineData(64 << 20, 1)]
    public void The_sketch_of_a_full_store_grows_too(int memoryBytes, int partitions)
    {
        using var store = new StoreUnderTest(memoryBytes, partitions: partitions);
        var most = Admission.BytesMax(memoryBytes / partitions);
        for (var i = 0; store.Stats.Evictions < 100; i++) store.Set($"/large/{i}", new byte[3_000]);
        Assert.True(AllOf(store, partitions, bytes => bytes < most), "large entries need no large sketch");
        for (var i = 0; i < memoryBytes / 64; i++) store.Set($"/small/{i}", new byte[20]);
        Assert.True(AllOf(store, partitions, bytes => bytes == most), "small entries need one");
        store.Store.Verify();
    }

    private static bool AllOf(StoreUnderTest store, int partitions, Predicate<long> holds) =>
        Enumerable.Range(0, partitions).All(i => holds(store.Store.PartitionAt(i).Table.Admission.Bytes));
}
