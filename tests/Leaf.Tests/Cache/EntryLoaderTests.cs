using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class EntryLoaderTests
{
    private const long NowMs = 1_700_000_000_000;

    [Fact]
    public void Every_field_of_an_entry_is_taken_up_and_its_queue_and_uses_too()
    {
        using var store = new StoreUnderTest(8 << 20, partitions: 2);
        var rows = new RowList();
        for (var i = 0; i < 20_000; i++)
            rows.Add($"/{i}", $"value {i}", (ulong)i + 9, i % 4, i % 3 == 0, i % 5 == 0 ? NowMs + 1 : 0, (uint)i % 7);
        Assert.Equal(20_000, Load(store, rows));
        var seen = 0;
        using var walk = store.Store.Walk();
        while (walk.MoveNext(NowMs))
        {
            var some = walk.Rows;
            for (; EntryRow.TryTake(ref some, out var row); seen++)
            {
                var i = int.Parse(Encoding.ASCII.GetString(row.Path[1..]));
                Assert.Equal($"value {i}", Encoding.ASCII.GetString(row.Value));
                Assert.Equal(((ulong)i + 9, i % 4, i % 3 == 0), (row.Version, row.Uses, row.IsInMain));
                Assert.Equal((i % 5 == 0 ? NowMs + 1 : 0, (uint)i % 7), (row.ExpiresAtMs, row.EntryFlags));
            }
        }

        Assert.Equal(20_000, seen);
    }

    [Theory]
    [InlineData(3, 5, 4)]
    [InlineData(5, 4, 3)]
    [InlineData(5, 5, 5)]
    public void Of_a_path_that_comes_more_than_once_the_newest_version_stays(int first, int second, int third)
    {
        using var store = new StoreUnderTest();
        var rows = new RowList();
        foreach (var version in new[] { first, second, third }) rows.Add("/a", $"{version}", (ulong)version);
        Load(store, rows);
        Assert.Equal(StatusCode.Ok, store.Get("/a"));
        Assert.Equal("5", store.OutputText);
        Assert.Equal(1, store.Stats.Entries);
    }

    [Fact]
    public void What_the_store_has_already_gives_way_only_to_what_is_newer()
    {
        using var store = new StoreUnderTest();
        store.Set("/newer", "stored", version: 9);
        store.Set("/older", "stored", version: 2);
        store.Set("/deleted", "stored", version: 8);
        store.Delete("/deleted", version: 9);
        var rows = new RowList();
        foreach (var path in new[] { "/newer", "/older", "/deleted" }) rows.Add(path, "loaded", 5);
        Assert.Equal(1, Load(store, rows));
        Assert.Equal(StatusCode.NotFound, store.Get("/deleted"));
        store.Get("/newer");
        Assert.Equal("stored", store.OutputText);
        store.Get("/older");
        Assert.Equal("loaded", store.OutputText);
    }

    [Fact]
    public void What_has_expired_or_was_flushed_is_left_out()
    {
        using var store = new StoreUnderTest();
        store.Store.Scan.Flush(10);
        var rows = new RowList();
        rows.Add("/expired", "x", 20, expiresAtMs: NowMs);
        rows.Add("/lives", "x", 20, expiresAtMs: NowMs + 1);
        rows.Add("/flushed", "x", 10);
        Assert.Equal(1, Load(store, rows));
        Assert.Equal(StatusCode.Ok, store.Get("/lives"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Several_loaders_fill_a_store_whose_index_was_made_ready(int loaders)
    {
        const int Entries = 30_000;
        using var store = new StoreUnderTest(32 << 20, partitions: 4);
        var rows = new RowList();
        for (var i = 0; i < Entries; i++) rows.Add($"/{i}", $"{i}", 5);
        store.Store.BeginLoad(Entries, rows.Bytes.Length);
        var reserved = store.Stats.IndexBytes;
        Parallel.For(0, loaders, number =>
        {
            // Each takes up all of them: whoever comes second finds them stored.
            Assert.True(store.Store.Loader(number, loaders).TryLoad(rows.Bytes, Entries, NowMs));
        });
        Assert.InRange(store.Stats.IndexBytes, reserved, reserved * 5 / 4);
        store.Store.EndLoad();
        Assert.Equal(Entries, store.Stats.Entries);
        for (var i = 0; i < Entries; i++)
        {
            Assert.Equal(StatusCode.Ok, store.Get($"/{i}"));
            Assert.Equal($"{i}", store.OutputText);
        }

        store.Store.Verify();
    }

    [Fact]
    public void Entries_that_are_said_to_come_leave_the_budget_room_for_their_rows()
    {
        using var store = new StoreUnderTest(8 << 20, partitions: 1);
        store.Store.BeginLoad(long.MaxValue / 1_000, long.MaxValue / 10);
        Assert.InRange(store.Stats.IndexBytes, 1, (8 << 20) / 5);
        store.Store.EndLoad();
        store.SweepAll();
        for (var i = 0; i < 5_000; i++) store.Set($"/{i}", new byte[1_000]);
        Assert.Equal((5_000L, 0L), (store.Stats.Entries, store.Stats.Evictions));
        store.Store.Verify();
    }

    [Fact]
    public void Large_values_and_maps_of_fields_are_taken_up_too()
    {
        using var from = new StoreUnderTest(16 << 20);
        from.Set("/large", new byte[100_000], version: 5);
        from.Run(new CacheCommand
        {
            Opcode = Opcode.FieldSet, Path = "/map"u8, Value = StoreFieldTests.List("a", "1", "b", "2"), Version = 6,
        });
        using var to = new StoreUnderTest(16 << 20);
        using var walk = from.Store.Walk();
        var loader = to.Store.Loader();
        while (walk.MoveNext(NowMs))
        {
            Assert.True(loader.TryLoad(walk.Rows, walk.Count, NowMs));
            if (walk.HasLarge)
                Assert.True(loader.TryLoad([.. walk.LargeHead, .. walk.LargeRest], 1, NowMs));
        }

        Assert.Equal(from.Stats.Entries, loader.Taken);
        Assert.Equal(StatusCode.Ok, to.Get("/large"));
        Assert.Equal(100_000, to.Output.Length);
    }

    [Fact]
    public void Rows_cut_off_at_any_byte_or_said_to_be_another_number_are_refused()
    {
        using var store = new StoreUnderTest();
        var rows = new RowList();
        for (var i = 0; i < 5; i++) rows.Add($"/{i}", "some value", 7, expiresAtMs: NowMs + 9, flags: 3);
        for (var length = 1; length < rows.Bytes.Length; length++)
            Assert.False(store.Store.Loader().TryLoad(rows.Bytes.AsSpan(0, length), 5, NowMs));
        Assert.False(store.Store.Loader().TryLoad(rows.Bytes, 4, NowMs));
        Assert.False(store.Store.Loader().TryLoad(rows.Bytes, 6, NowMs));
        Assert.True(store.Store.Loader().TryLoad(rows.Bytes, 5, NowMs));
    }

    [Fact]
    public void More_than_fits_is_taken_up_within_the_budget()
    {
        using var store = new StoreUnderTest(4 << 20);
        var rows = new RowList();
        for (var i = 0; i < 60_000; i++) rows.Add($"/{i}", new string('x', 200), 7, uses: i % 2, isInMain: i % 3 != 0);
        Load(store, rows);
        Assert.InRange(store.Stats.AllocatedBytes, 3 << 20, 4 << 20);
        Assert.InRange(store.Stats.Entries, 12_000, 20_000);
        Assert.True(store.Stats.Evictions > 0);
    }

    [Fact]
    public async Task Several_threads_fill_a_store_that_others_write_to()
    {
        using var store = new StoreUnderTest(32 << 20, partitions: 4);
        var lists = new RowList[4];
        for (var t = 0; t < lists.Length; t++)
        {
            lists[t] = new RowList();
            for (var i = 0; i < 20_000; i++) lists[t].Add($"/{t % 2}/{i}", $"loaded {i}", 100);
        }

        var writing = Run(() =>
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            for (var i = 0; i < 20_000; i++)
            {
                output.ResetWrittenCount();
                var path = Encoding.ASCII.GetBytes($"/0/{i}");
                var set = new CacheCommand { Opcode = Opcode.Set, Path = path, Value = "new"u8, Version = 200 };
                Assert.Equal(
                    StatusCode.Ok, store.Store.Execute(set, PathHash.OfPath(path), NowMs, output, out _));
            }
        });
        await Task.WhenAll([writing, .. lists.Select(list => Run(() => Load(store, list)))]);
        Assert.Equal(40_000, store.Stats.Entries);
        for (var i = 0; i < 20_000; i += 17)
        {
            store.Get($"/0/{i}");
            Assert.Equal("new", store.OutputText);
            store.Get($"/1/{i}");
            Assert.Equal($"loaded {i}", store.OutputText);
        }

        static Task Run(Action work) => Task.Factory.StartNew(
            work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static long Load(StoreUnderTest store, RowList rows)
    {
        var loader = store.Store.Loader();
        Assert.True(loader.TryLoad(rows.Bytes, rows.Count, NowMs));
        return loader.Taken;
    }

    /// <summary>Rows as a walk gives them.</summary>
    private sealed class RowList
    {
        private readonly List<byte> _bytes = [];

        public int Count { get; private set; }

        public byte[] Bytes => [.. _bytes];

        public void Add(
            string path, string value, ulong version, int uses = 0, bool isInMain = false, long expiresAtMs = 0,
            uint flags = 0)
        {
            var row = new EntryRow
            {
                Version = version,
                EntryFlags = flags,
                ExpiresAtMs = expiresAtMs,
                Uses = uses,
                IsInMain = isInMain,
                Path = Encoding.ASCII.GetBytes(path),
                Value = Encoding.ASCII.GetBytes(value),
            };
            Span<byte> header = stackalloc byte[EntryRow.HeaderBytesMax];
            _bytes.AddRange(header[..row.WriteHeader(header, row.Value.Length)]);
            _bytes.AddRange(row.Path);
            _bytes.AddRange(row.Value);
            Count++;
        }
    }
}
