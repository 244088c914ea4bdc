using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>The budget, and what comes back to it.</summary>
public sealed class StoreMemoryTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    public void The_budget_holds_at_every_step_of_a_churn_of_mixed_sizes(int budgetMiB, int partitions)
    {
        using var store = new StoreUnderTest(budgetMiB * MiB, partitions: partitions);
        var random = new Random(budgetMiB);
        var largest = Math.Min(20, 20 + int.Log2(budgetMiB) - 2);
        for (var i = 0; i < 6_000; i++)
        {
            var value = new byte[random.Next(1 << random.Next(largest + 1))];
            var status = random.Next(10) switch
            {
                0 => store.Delete($"/{random.Next(5_000)}", version: (ulong)i + 1),
                1 => store.Write(Opcode.Append, $"/{random.Next(5_000)}", value[..Math.Min(100, value.Length)]),
                2 => store.Set($"/{random.Next(5_000)}", value, expiresAtMs: store.NowMs + random.Next(1, 60_000)),
                _ => store.Set($"/{random.Next(5_000)}", value),
            };
            var isExpected = status is StatusCode.Ok or StatusCode.NotFound or StatusCode.VersionTooOld;
            Assert.True(isExpected, $"step {i}: {status}");
            Assert.True(store.Stats.AllocatedBytes <= budgetMiB * MiB, $"step {i}");
            if (i % 1_000 == 0) store.NowMs += 5_000;
        }

        Assert.True(store.Stats.Evictions > 0);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3_000)]
    [InlineData(50_000)]
    public void A_full_store_is_nearly_all_live_entries(int valueBytes)
    {
        using var store = new StoreUnderTest(16 * MiB, partitions: 1);
        for (var i = 0; i < 32 * MiB / (valueBytes + 40); i++) store.Set($"/item/{i:d10}", new byte[valueBytes]);
        var stats = store.Stats;
        Assert.True(stats.Evictions > 0);
        Assert.InRange((double)(stats.LiveBytes + stats.IndexBytes) / stats.MemoryBytes, 0.90, 1.0);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(2_080)]
    [InlineData(3_000)]
    [InlineData(3_500)]
    [InlineData(20_000)]
    public void A_full_store_of_two_megabytes_is_live_entries_to_95_per_cent(int valueBytes)
    {
        using var store = new StoreUnderTest(2 * MiB, partitions: 1);
        for (var i = 0; i < 6 * MiB / valueBytes; i++) store.Set($"/item/{i:d10}", new byte[valueBytes]);
        store.Store.Verify();
        Assert.True(store.Stats.Evictions > 0);
        Assert.InRange((double)store.Stats.LiveBytes / store.Stats.MemoryBytes, 0.95, 1.0);
    }

    [Fact]
    public void Overwriting_with_other_sizes_does_not_fill_the_store_with_dead_bytes()
    {
        using var store = new StoreUnderTest(8 * MiB, partitions: 1);
        var random = new Random(3);
        for (var i = 0; i < 80_000; i++)
        {
            var number = i < 15_000 ? i : random.Next(15_000);
            store.Set($"/{number}", new byte[random.Next(300, 500)]);
        }

        var stats = store.Stats;
        Assert.Equal(0, stats.Evictions);
        Assert.Equal(15_000, stats.Entries);
    }

    [Fact]
    public void A_small_entry_costs_at_most_18_bytes_beside_its_path_and_value()
    {
        using var store = new StoreUnderTest(32 * MiB, partitions: 1);
        const int Entries = 150_000;
        var value = new byte[100];
        for (var i = 0; i < Entries; i++) store.Set($"/item/{i:d10}", value);
        var stats = store.Stats;
        Assert.Equal(Entries, stats.Entries);
        var overhead = ((double)(stats.LiveBytes + stats.IndexBytes) / Entries) - 16 - 100;
        Assert.InRange(overhead, 15, 18);
    }

    [Fact]
    public void Expired_entry_gives_its_memory_back_without_being_read()
    {
        using var store = new StoreUnderTest(16 * MiB, partitions: 2);
        store.Set("/kept", "x");
        for (var i = 0; i < 20_000; i++)
            store.Set($"/{i}", new byte[400], expiresAtMs: store.NowMs + 1_000 + (i % 50_000));
        for (var i = 0; i < 20; i++) store.Set($"/large/{i}", new byte[100_000], expiresAtMs: store.NowMs + 1_000);
        var full = store.Stats;
        Assert.Equal((0L, 20_021L), (full.Evictions, full.Entries));

        store.NowMs += 60_000;
        store.SweepAll();
        var swept = store.Stats;
        Assert.Equal((1L, 20_020L), (swept.Entries, swept.Expirations));
        Assert.True(swept.AllocatedBytes < full.AllocatedBytes / 8, $"{swept.AllocatedBytes} of {full.AllocatedBytes}");
    }

    [Fact]
    public void Entries_that_expire_among_others_that_stay_give_their_memory_back_too()
    {
        using var store = new StoreUnderTest(16 * MiB, partitions: 1);
        for (var i = 0; i < 30_000; i++)
            store.Set($"/{i}", new byte[400], expiresAtMs: i % 2 == 0 ? store.NowMs + 1_000 : 0);
        var full = store.Stats;
        Assert.Equal(0, full.Evictions);
        store.NowMs += 1_000;
        store.SweepAll();
        var swept = store.Stats;
        Assert.Equal(15_000, swept.Entries);
        Assert.True(swept.AllocatedBytes < full.AllocatedBytes * 6 / 10, $"{swept.AllocatedBytes}");
    }

    [Fact]
    public void A_sweep_is_bounded_by_its_budget_and_goes_on_where_it_stopped()
    {
        using var store = new StoreUnderTest(16 * MiB, partitions: 2);
        for (var i = 0; i < 10_000; i++) store.Set($"/{i}", new byte[100], expiresAtMs: store.NowMs + 1);
        store.NowMs += 1;
        store.Store.Sweep(store.NowMs, 1_000);
        Assert.InRange(store.Stats.Expirations, 500, 1_000);
        for (var i = 0; i < 20; i++) store.Store.Sweep(store.NowMs, 1_000);
        Assert.Equal(0, store.Stats.Entries);
    }

    [Fact]
    public void Entries_that_expire_in_the_same_second_come_back_in_steps_that_say_whether_more_is_due()
    {
        const int Entries = 100_000;
        const int Budget = 16_384;
        using var store = new StoreUnderTest(32 * MiB, partitions: 1);
        for (var i = 0; i < Entries; i++) store.Set($"/{i}", "x", expiresAtMs: store.NowMs + 1_000);
        Assert.Equal(0, store.Stats.Evictions);
        var full = store.Stats.AllocatedBytes;
        store.NowMs += 1_000;
        var sweeps = 0;
        bool isOver;
        do
        {
            var before = store.Stats.Expirations;
            isOver = store.Store.Sweep(store.NowMs, Budget);
            Assert.InRange(store.Stats.Expirations - before, 0, Budget);
            sweeps++;
        }
        while (!isOver);
        Assert.InRange(sweeps, Entries / Budget, (Entries / Budget) + 4);
        Assert.Equal(0, store.Stats.Entries);
        Assert.True(store.Stats.AllocatedBytes < full / 2, $"{store.Stats.AllocatedBytes} of {full}");
    }

    [Fact]
    public void Time_to_live_is_exact_for_readers_whatever_has_been_swept()
    {
        using var store = new StoreUnderTest();
        store.Set("/a", "x", expiresAtMs: store.NowMs + 1_000);
        store.NowMs += 999;
        Assert.Equal(StatusCode.Ok, store.Get("/a"));
        store.NowMs += 1;
        Assert.Equal(StatusCode.NotFound, store.Get("/a"));
        Assert.Equal(StatusCode.NotFound, store.Touch("/a", 0));
        Assert.Equal(StatusCode.Ok, store.Write(Opcode.Add, "/a", [1]));
    }

    [Fact]
    public void A_touched_entry_lives_by_its_new_time()
    {
        using var store = new StoreUnderTest();
        store.Set("/longer", "x", expiresAtMs: store.NowMs + 1_000);
        store.Set("/shorter", "x");
        store.Touch("/longer", store.NowMs + 9_000);
        store.Touch("/shorter", store.NowMs + 500);
        store.NowMs += 5_000;
        store.SweepAll();
        Assert.Equal(StatusCode.Ok, store.Get("/longer"));
        Assert.Equal((1L, 1L), (store.Stats.Entries, store.Stats.Expirations));
    }

    [Fact]
    public void Tombstones_are_bounded_in_bytes_and_end_by_themselves()
    {
        using var store = new StoreUnderTest(4 * MiB, partitions: 1);
        for (var i = 0; i < 4_000; i++) store.Set($"/live/{i}", new byte[500]);
        for (var i = 0; i < 80_000; i++) store.Delete($"/gone/{i}", version: 5);
        Assert.InRange(store.Stats.Tombstones, 1_000, 2 * MiB / 35);
        Assert.InRange(store.Stats.Entries, 3_000, 4_000);
        store.NowMs += 60_001;
        store.SweepAll();
        Assert.Equal(0, store.Stats.Tombstones);
    }

    [Fact]
    public void The_index_shrinks_again_when_small_entries_make_way_for_large_ones()
    {
        using var store = new StoreUnderTest(16 * MiB, partitions: 1);
        for (var i = 0; i < 150_000; i++) store.Set($"/{i}", "x");
        var full = store.Stats.IndexBytes;
        for (var i = 0; i < 30_000; i++)
        {
            // Used, or they would not be admitted in place of four small ones each.
            store.Set($"/b/{i}", new byte[2_000]);
            store.Get($"/b/{i}");
            store.Get($"/b/{i}");
        }

        Assert.True(store.Stats.IndexBytes < full / 3, $"{store.Stats.IndexBytes} of {full}");
    }

    [Fact]
    public void Entries_that_expire_at_once_go_in_steps_of_a_bounded_number_of_records_and_index_pages()
    {
        const int Entries = 200_000;
        const int GroupPagesMax = IndexGroup.PagesMax + 16;
        using var store = new StoreUnderTest(16 * MiB, partitions: 1);
        var partition = store.Store.PartitionAt(0);
        var empty = store.Stats;
        Span<byte> path = stackalloc byte[8];
        for (var i = 0; i < Entries; i++)
        {
            BitConverter.TryWriteBytes(path, (long)i);
            store.RunAsIs(new CacheCommand { Opcode = Opcode.Set, Path = path, ExpiresAtMs = store.NowMs + 1_000 });
        }

        Assert.Equal((Entries, 0L), (store.Stats.Entries, store.Stats.Evictions));
        store.NowMs += 1_000;
        var steps = 0;
        for (var isOver = false; !isOver; steps++)
        {
            // What happens here under one holding of the gate is what a sweep does under one.
            var (expired, walked) = (partition.Table.Expirations, partition.Table.Index.PagesWalked);
            partition.Cleaner.Sweep(store.NowMs, CacheStore.WalkRecordsMax, out isOver);
            Assert.InRange(partition.Table.Expirations - expired, 0, CacheStore.WalkRecordsMax);
            Assert.InRange(partition.Table.Index.PagesWalked - walked, 0, GroupPagesMax);
        }

        Assert.InRange(steps, Entries / CacheStore.WalkRecordsMax, Entries / CacheStore.WalkRecordsMax * 5 / 4);
        store.SweepAll();
        Assert.Equal(0, store.Stats.Entries);

        // The index keeps a segment in hand, the pool a small share of the budget, and there may be open segments.
        Assert.InRange(store.Stats.IndexBytes, empty.IndexBytes, empty.IndexBytes + (MiB / 16));
        Assert.InRange(store.Stats.AllocatedBytes, empty.AllocatedBytes, empty.AllocatedBytes + MiB);
    }

    [Fact]
    public void A_flush_drops_a_bounded_number_of_entries_at_a_time_and_leaves_what_is_newer()
    {
        const int Entries = 50_000;
        using var store = new StoreUnderTest(16 * MiB, partitions: 1);
        var partition = store.Store.PartitionAt(0);
        for (var i = 0; i < Entries; i++) store.Set($"/{i}", "x", version: 5);
        store.Set("/large", new byte[100_000], version: 5);
        store.Delete("/gone", version: 5);
        for (var i = 0; i < 100; i++) store.Set($"/newer/{i}", "x", version: 11);
        partition.BeginFlush(10);
        var steps = 0;
        for (var isOver = false; !isOver; steps++)
        {
            var before = partition.Table.Index.Count;
            isOver = partition.FlushStep();
            Assert.InRange(before - partition.Table.Index.Count, 0, CacheStore.WalkRecordsMax);

            // Writers come between the steps.
            if (steps == 100) store.Set("/late", "x", version: 12);
        }

        Assert.InRange(steps, Entries / CacheStore.WalkRecordsMax, Entries / CacheStore.WalkRecordsMax * 5 / 4);
        Assert.Equal((101L, 0L), (store.Stats.Entries, store.Stats.Tombstones));
        Assert.Equal(StatusCode.VersionTooOld, store.Set("/9", "x", version: 10));
        store.Store.Scan.Flush(20);
        Assert.Equal(0, store.Stats.Entries);
    }

    [Fact]
    public void Overwrites_in_other_sizes_leave_few_dead_bytes_though_no_sweep_comes()
    {
        const int Paths = 12_000;
        using var store = new StoreUnderTest(32 * MiB, partitions: 1);
        var random = new Random(1);
        var written = new int[Paths];
        for (var i = 0; i < Paths; i++) Write(i);
        for (var round = 0; round < 40; round++)
        {
            for (var i = 0; i < Paths / 8; i++) Write(random.Next(Paths));
            var stats = store.Stats;
            var live = stats.LiveBytes + stats.IndexBytes;
            Assert.True(live >= stats.AllocatedBytes * 0.9, $"round {round}: {live} of {stats.AllocatedBytes}");
        }

        Assert.Equal((Paths, 0L), (store.Stats.Entries, store.Stats.Evictions));
        for (var i = 0; i < Paths; i++)
        {
            Assert.Equal(StatusCode.Ok, store.Get($"/{i}"));
            Assert.Equal(written[i], store.Output.Length);
        }

        void Write(int path)
        {
            written[path] = random.Next(100, 3_000);
            store.Set($"/{path}", new byte[written[path]]);
        }
    }

    [Fact]
    public void A_sweep_compacts_what_deletes_left_though_nobody_needs_the_room()
    {
        using var store = new StoreUnderTest(32 * MiB, partitions: 1);
        for (var i = 0; i < 40_000; i++) store.Set($"/{i}", new byte[400]);
        var full = store.Stats.AllocatedBytes;
        for (var i = 0; i < 40_000; i++)
        {
            if (i % 4 != 0) store.Delete($"/{i}");
        }

        for (var i = 0; i < 3; i++)
        {
            store.NowMs += 61_000;
            store.SweepAll();
        }

        Assert.Equal((10_000L, 0L), (store.Stats.Entries, store.Stats.Evictions));
        Assert.True(store.Stats.AllocatedBytes < full * 2 / 5, $"{store.Stats.AllocatedBytes} of {full}");
        for (var i = 0; i < 40_000; i += 4) Assert.Equal(StatusCode.Ok, store.Get($"/{i}"));
    }
}
