using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Cache;

public sealed class StoreWalkTests
{
    private const int StableCount = 5_000;

    [Fact]
    public void Every_entry_is_given_with_all_it_has()
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 32 << 20 });
        var large = new byte[1 << 20];
        large.AsSpan().Fill(9);
        Set(store, "/small", "one"u8, version: 11, flags: 5, expires: 5_000);
        Set(store, "/large", large, version: 12);
        Set(store, "/gone", "x"u8, version: 13, expires: 900);
        Set(store, "/deleted", "x"u8, version: 14);
        Execute(store, new CacheCommand { Opcode = Opcode.Delete, Path = "/deleted"u8, Version = 15 });
        var rows = Walk(store, nowMs: 1_000);
        Assert.Equal(["/large", "/small"], rows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((11ul, 5u, 5_000L), (rows["/small"].Version, rows["/small"].Flags, rows["/small"].ExpiresAtMs));
        Assert.Equal(large, rows["/large"].Value);
    }

    [Fact]
    public void What_is_restored_reads_as_it_was_and_is_no_newer_than_a_later_write()
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 32 << 20 });
        using var warm = new CacheStore(new CacheStoreOptions { MemoryBytes = 16 << 20 });
        for (var i = 0; i < 1_000; i++)
            Set(store, $"/{i}", Encoding.ASCII.GetBytes($"value {i}"), (ulong)i + 1, (uint)i);
        Set(warm, "/7", "newer"u8, version: 100);
        Restore(store, warm);
        Assert.Equal(1_000, warm.Stats().Entries);
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 1_000; i++)
        {
            output.ResetWrittenCount();
            var path = Encoding.ASCII.GetBytes($"/{i}");
            var get = new CacheCommand { Opcode = Opcode.Get, Path = path };
            Assert.Equal(StatusCode.Ok, warm.Execute(get, PathHash.OfPath(path), 1, output, out var meta));
            Assert.Equal(i == 7 ? "newer" : $"value {i}", Encoding.ASCII.GetString(output.WrittenSpan));
            if (i != 7) Assert.Equal(((ulong)i + 1, (uint)i), (meta.Version, meta.EntryFlags));
        }

        warm.Verify();
    }

    [Fact]
    public async Task Entries_that_stay_are_given_while_others_come_go_and_are_evicted()
    {
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = 8 << 20, Partitions = 2 });
        for (var i = 0; i < StableCount; i++) Set(store, $"/stable/{i}", "stays"u8, version: 1);
        using var stop = new CancellationTokenSource();
        var churn = Task.Factory.StartNew(
            () => Churn(store, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (var round = 0; round < 20; round++)
        {
            var rows = Walk(store, nowMs: 1_000);
            var missed = 0;
            for (var i = 0; i < StableCount; i++)
            {
                if (!rows.ContainsKey($"/stable/{i}")) missed++;
            }

            Assert.Equal(0, missed);
        }

        await stop.CancelAsync();
        await churn;
        store.Verify();
    }

    private static void Churn(CacheStore store, CancellationToken stop)
    {
        var random = new Random(17);
        var output = new ArrayBufferWriter<byte>();
        while (!stop.IsCancellationRequested)
        {
            var path = Encoding.ASCII.GetBytes($"/churn/{random.Next(2_000)}");
            Set(store, Encoding.ASCII.GetString(path), new byte[random.Next(1, 900)], version: 0);
            // The stable ones are in use, so that eviction moves them and does not take them.
            for (var i = 0; i < 40; i++)
            {
                output.ResetWrittenCount();
                var stable = Encoding.ASCII.GetBytes($"/stable/{random.Next(StableCount)}");
                var get = new CacheCommand { Opcode = Opcode.Get, Path = stable };
                store.Execute(get, PathHash.OfPath(stable), 1_000, output, out _);
            }
        }
    }

    private static void Set(
        CacheStore store, string path, ReadOnlySpan<byte> value, ulong version, uint flags = 0, long expires = 0)
    {
        var status = Execute(store, new CacheCommand
        {
            Opcode = Opcode.Set,
            Path = Encoding.ASCII.GetBytes(path),
            Value = value,
            Version = version,
            EntryFlags = flags,
            ExpiresAtMs = expires,
        });
        Assert.Equal(StatusCode.Ok, status);
    }

    private static StatusCode Execute(CacheStore store, in CacheCommand command) =>
        store.Execute(command, PathHash.OfPath(command.Path), 1, new ArrayBufferWriter<byte>(), out _);

    private static void Restore(CacheStore from, CacheStore to)
    {
        using var walk = from.Walk();
        while (walk.MoveNext(1))
        {
            var rows = walk.Rows;
            while (EntryRow.TryTake(ref rows, out var row)) to.Restore(row, PathHash.OfPath(row.Path), 1);
        }
    }

    private static Dictionary<string, SeenRow> Walk(CacheStore store, long nowMs)
    {
        var seen = new Dictionary<string, SeenRow>();
        using var walk = store.Walk();
        while (walk.MoveNext(nowMs))
        {
            var rows = walk.Rows;
            for (var i = 0; i < walk.Count; i++)
            {
                Assert.True(EntryRow.TryTake(ref rows, out var row));
                Note(row);
            }

            Assert.True(rows.IsEmpty);
            if (!walk.HasLarge) continue;
            ReadOnlySpan<byte> large = [.. walk.LargeHead, .. walk.LargeRest];
            Assert.True(EntryRow.TryTake(ref large, out var last));
            Note(last);
        }

        return seen;

        void Note(in EntryRow row) =>
            seen[Encoding.ASCII.GetString(row.Path)] =
                new SeenRow(row.Version, row.EntryFlags, row.ExpiresAtMs, row.Value.ToArray());
    }

    private sealed record SeenRow(ulong Version, uint Flags, long ExpiresAtMs, byte[] Value);
}
