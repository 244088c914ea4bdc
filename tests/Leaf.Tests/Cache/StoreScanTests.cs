using System.Buffers;
using System.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Walks over all entries: nothing that stays is missed, and a flush leaves nothing that was there.</summary>
public sealed class StoreScanTests
{
    [Fact]
    public void A_walk_gives_each_live_entry_of_a_quiet_store_once_with_its_kind()
    {
        using var store = new StoreUnderTest(partitions: 4, memoryBytes: 16 << 20);
        for (var i = 0; i < 5_000; i++) store.Set($"/p/{i}", "v", expiresAtMs: i % 5 == 0 ? store.NowMs + 10 : 0);
        for (var i = 1; i < 5_000; i += 5) store.Delete($"/p/{i}");
        store.NowMs += 10;

        var seen = Walk(store, count: 10, () => { });

        Assert.Equal(3_000, seen.Count);
        Assert.Equal(3_000, seen.Distinct().Count());
        Assert.All(seen, path => Assert.Equal(StatusCode.Ok, store.Get(path)));
    }

    [Fact]
    public void An_empty_store_ends_a_walk_at_once_and_any_cursor_is_answered()
    {
        using var store = new StoreUnderTest();
        Assert.Empty(Walk(store, 10, () => { }));
        store.Set("/a", "v");
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
            store.Store.Scan.Page((ulong)random.NextInt64(), 10, store.NowMs, new ArrayBufferWriter<byte>());
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 100)]
    [InlineData(3, 1)]
    [InlineData(4, 1_000)]
    public void What_stays_throughout_is_seen_however_much_comes_and_goes_and_the_index_grows_and_shrinks(
        int seed, int count)
    {
        using var store = new StoreUnderTest(partitions: 2, memoryBytes: 32 << 20);
        var random = new Random(seed);
        var stays = new HashSet<string>();
        for (var i = 0; i < 2_000; i++) stays.Add($"/stays/{seed}/{i}");
        foreach (var path in stays) store.Set(path, "v");
        var others = random.Next(20_000);
        for (var i = 0; i < others; i++) store.Set($"/other/{i}", "v");

        var next = others;
        var grows = true;
        var seen = Walk(store, count, () =>
        {
            if (random.Next(40) == 0) grows = !grows;
            for (var i = random.Next(count * 4); i > 0; i--)
            {
                if (grows) store.Set($"/other/{next++}", "v");
                else if (next > 0) store.Delete($"/other/{--next}");
            }

            // Moves records and so their slots.
            store.Set(stays.ElementAt(random.Next(stays.Count)), new string('w', random.Next(50)));
            if (random.Next(20) == 0) store.Store.Sweep(store.NowMs += 61_000, 5_000);
        });

        Assert.Empty(stays.Except(seen));
        Assert.Equal(0, store.Stats.Evictions);
    }

    [Fact]
    public void A_flush_drops_everything_tombstones_too_and_refuses_what_is_older_for_good()
    {
        using var store = new StoreUnderTest(partitions: 4, memoryBytes: 16 << 20);
        for (var i = 0; i < 3_000; i++) store.Set($"/p/{i}", new byte[i % 50 == 0 ? 100_000 : 20], version: 10);
        for (var i = 0; i < 500; i++) store.Delete($"/p/{i}", version: 11);
        store.Set("/newer", "v", version: 21);

        store.Store.Scan.Flush(20);

        Assert.Equal((1L, 0L), (store.Stats.Entries, store.Stats.Tombstones));
        Assert.Equal(StatusCode.NotFound, store.Get("/p/1000"));
        Assert.Equal(StatusCode.Ok, store.Get("/newer"));
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/p/1", "late", version: 20));
        Assert.Equal(20UL, store.Meta.Version);
        Assert.Equal(StatusCode.Ok, store.Set("/p/1", "new", version: 22));
        store.Store.Scan.Flush(19);
        Assert.Equal(StatusCode.Ok, store.Get("/p/1"));
        Assert.InRange(store.Stats.LiveBytes, 0, 1_000);
        store.Store.Verify();
    }

    private static List<string> Walk(StoreUnderTest store, int count, Action between)
    {
        var seen = new List<string>();
        var output = new ArrayBufferWriter<byte>();
        ulong cursor = 0;
        for (var pages = 0; pages < 1_000_000; pages++)
        {
            output.ResetWrittenCount();
            EntryScanCodec.Begin(output);
            cursor = store.Store.Scan.Page(cursor, count, store.NowMs, output);
            Assert.True(EntryScanCodec.TryReadPage(output.WrittenSpan, out var page, out var error), error);
            while (page.MoveNext()) seen.Add(Encoding.UTF8.GetString(page.Path));
            if (cursor == 0) return seen;
            between();
        }

        throw new InvalidOperationException("the walk does not end");
    }
}
