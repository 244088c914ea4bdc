using System.Buffers;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Values that no segment holds.</summary>
public sealed class StoreLargeValueTests
{
    [Fact]
    public void Large_values_are_evicted_one_by_one_and_none_is_wrong()
    {
        using var store = new StoreUnderTest(memoryBytes: 8 << 20);
        for (var i = 0; i < 100; i++) Assert.Equal(StatusCode.Ok, store.Set($"/{i}", Value(i)));
        var found = 0;
        for (var i = 0; i < 100; i++)
        {
            if (store.Get($"/{i}") != StatusCode.Ok) continue;
            found++;
            Assert.True(store.Output.SequenceEqual(Value(i)));
        }

        Assert.InRange(found, 6, 8);
    }

    [Fact]
    public void A_value_may_take_nearly_the_whole_budget()
    {
        using var store = new StoreUnderTest(memoryBytes: 64 << 20, valueBytesMax: 60 << 20, partitions: 4);
        for (var i = 0; i < 50_000; i++) store.Set($"/small/{i}", new byte[500]);
        Assert.Equal(StatusCode.Ok, store.Set("/whole", new byte[58 << 20]));
        Assert.Equal(StatusCode.Ok, store.Get("/whole"));
        Assert.Equal(58 << 20, store.Output.Length);
    }

    [Fact]
    public void A_value_of_the_largest_size_that_a_leaf_can_be_set_to_comes_back_whole()
    {
        const int ValueBytes = CacheStoreOptions.ValueBytesCeiling;
        if (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < 5L * ValueBytes)
            Assert.Skip("needs 2.5 GiB of memory for a value of 512 MiB");
        var value = new byte[ValueBytes];
        new Random(1).NextBytes(value);
        using var store = new StoreUnderTest(memoryBytes: ValueBytes + (64L << 20), valueBytesMax: ValueBytes);
        Assert.Equal(StatusCode.Ok, store.Set("/whole", value));
        var read = new Comparing(value);
        var get = new CacheCommand { Opcode = Opcode.Get, Path = "/whole"u8 };
        Assert.Equal(
            StatusCode.Ok, store.Store.Execute(get, PathHash.OfPath(get.Path), store.NowMs, read, out _));
        Assert.Equal((ValueBytes, true), (read.Bytes, read.IsSame));
        Assert.Equal(StatusCode.TooLarge, store.Write(Opcode.Append, "/whole", [1]));
    }

    [Fact]
    public void A_value_grows_from_inline_to_a_block_and_shrinks_again()
    {
        using var store = new StoreUnderTest(memoryBytes: 8 << 20);
        store.Set("/a", "head ");
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.Append, "/a", Value(1)));
        Assert.Equal(5 + Value(1).Length, store.Output.Length);
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.Prepend, "/a", StoreUnderTest.Bytes("more ")));
        Assert.True(store.Output.StartsWith("more head "u8));
        Assert.Equal(StatusCode.Ok, store.Touch("/a", store.NowMs + 100));
        store.Get("/a");
        Assert.True(store.Output[10..].SequenceEqual(Value(1)));
        store.Set("/a", "short");
        Assert.True(store.Stats.LiveBytes < 100);
    }

    [Fact]
    public void A_refused_large_write_leaves_nothing_behind()
    {
        using var store = new StoreUnderTest(memoryBytes: 8 << 20);
        store.Set("/a", "x", version: 9);
        var before = store.Stats.AllocatedBytes;
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/a", Value(1), version: 8));
        Assert.Equal(StatusCode.Exists, store.Write(Opcode.Add, "/a", Value(1)));
        Assert.Equal(StatusCode.NotFound, store.Write(Opcode.Replace, "/b", Value(1)));
        Assert.Equal(before, store.Stats.AllocatedBytes);
    }

    /// <summary>Looks at what is written piece by piece, and keeps none of it.</summary>
    private sealed class Comparing(byte[] expected) : IBufferWriter<byte>
    {
        private byte[] _piece = new byte[64 * 1024];

        public int Bytes { get; private set; }

        public bool IsSame { get; private set; } = true;

        public void Advance(int count)
        {
            IsSame &= _piece.AsSpan(0, count).SequenceEqual(expected.AsSpan(Bytes, count));
            Bytes += count;
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (_piece.Length < sizeHint) _piece = new byte[sizeHint];
            return _piece;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }

    private static byte[] Value(int seed) => StoreOperationTests.Pattern(1_000_000 + seed);
}
