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

    private static byte[] Value(int seed) => StoreOperationTests.Pattern(1_000_000 + seed);
}
