using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability.Snapshots;
using Hedgerow.Leaf.Tests.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Durability.Snapshots;

/// <summary>Whole stores to a file and back, on several threads.</summary>
public sealed class SnapshotTransferTests
{
    private const string File = "/data/shard-3/entries.snapshot";
    private const long NowMs = 1_700_000_000_000;
    private static readonly SnapshotHeader Header = new(3, NowMs, IsClean: true);
    private readonly TestFiles _files = new();

    [Fact]
    public void A_store_comes_back_from_a_file_as_it_was()
    {
        using var store = Filled();
        Save(store.Store, CancellationToken.None);
        using var warm = new StoreUnderTest(64 << 20, partitions: 4);
        Assert.Equal(store.Stats.Entries, Load(warm.Store));
        Assert.Equal(Rows(store.Store), Rows(warm.Store));
    }

    [Fact]
    public void Rows_that_pass_their_checksum_and_are_none_are_refused()
    {
        using var writer = new SnapshotWriter(File, Header, _files);
        using (var packer = new SnapshotPacker(writer.Write))
        {
            packer.Add(new byte[300], 3);
            packer.Flush();
        }

        writer.Finish();
        using var warm = new StoreUnderTest();
        var refused = Assert.Throws<SnapshotDamagedException>(() => Load(warm.Store));
        Assert.Contains(File, refused.Message);
        Assert.Equal(0, warm.Stats.Entries);
    }

    [Fact]
    public void One_that_is_cut_off_stops_all_threads_and_says_where()
    {
        using var store = Filled();
        Save(store.Store, CancellationToken.None);
        _files[File] = _files[File][..^9];
        using var warm = new StoreUnderTest(64 << 20, partitions: 4);
        var refused = Assert.Throws<SnapshotDamagedException>(() => Load(warm.Store));
        Assert.Contains("it is cut off", refused.Message);
    }

    [Fact]
    public void A_disk_that_fills_ends_every_walk_and_leaves_the_one_before()
    {
        using var store = Filled();
        Save(store.Store, CancellationToken.None);
        var before = _files[File];
        _files.BytesLeft = 3 << 20;
        Assert.Throws<IOException>(() => Save(store.Store, CancellationToken.None));
        Assert.Equal([File], _files.Paths);
        Assert.Equal(before, _files[File]);

        // No value is left pinned: all memory comes back when the entries go.
        store.Store.Scan.Flush(ulong.MaxValue - 1);
        Assert.Equal((0L, 0L), (store.Stats.Entries, store.Stats.LiveBytes));
    }

    [Fact]
    public void One_that_is_called_off_leaves_nothing()
    {
        using var store = Filled();
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Save(store.Store, cancel.Token));
        Assert.Empty(_files.Paths);
    }

    [Fact]
    public void Small_and_large_values_of_a_full_store_come_back_though_the_index_is_made_ready()
    {
        using var store = new StoreUnderTest(32 << 20, partitions: 4);
        for (var i = 0; i < 24; i++) store.Set($"/large/{i}", new byte[900_000], (ulong)i + 1);
        for (var i = 0; store.Stats.Evictions == 0; i++) store.Set($"/{i}", new byte[20], (ulong)i + 1);
        Save(store.Store, CancellationToken.None);
        using (var reader = new SnapshotReader(File, 16 << 20, _files))
            Assert.Equal(store.Stats.Entries, reader.EntriesExpected());
        var without = LoadOnOneThread(isReady: false);
        var with = LoadOnOneThread(isReady: true);
        Assert.InRange(with, 0, without);
    }

    [Fact]
    public void How_many_entries_come_is_not_known_of_one_that_is_cut_off()
    {
        using var store = Filled();
        Save(store.Store, CancellationToken.None);
        var whole = _files[File];
        foreach (var length in new[] { whole.Length - 1, whole.Length - 40, SnapshotFormat.FileHeaderBytes })
        {
            _files[File] = whole[..length];
            using var reader = new SnapshotReader(File, 16 << 20, _files);
            Assert.Equal(0, reader.EntriesExpected());
        }
    }

    private static StoreUnderTest Filled()
    {
        var store = new StoreUnderTest(64 << 20, partitions: 8);
        for (var i = 0; i < 30_000; i++)
        {
            var expires = i % 3 == 0 ? NowMs + i + 1 : 0;
            store.Write(Opcode.Set, $"/small/{i}", new byte[i % 300], (ulong)i + 1, expires, (uint)i % 5);
        }

        for (var i = 0; i < 40; i++) store.Set($"/large/{i}", new byte[50_000 + (i * 1_111)], (ulong)i + 1);
        for (var i = 0; i < 30_000; i += 7) store.Get($"/small/{i}");
        return store;
    }

    private static List<string> Rows(CacheStore store)
    {
        var rows = new List<string>();
        using var walk = store.Walk();
        while (walk.MoveNext(NowMs))
        {
            var small = walk.Rows;
            while (EntryRow.TryTake(ref small, out var row)) rows.Add(Text(row));
            if (!walk.HasLarge) continue;
            ReadOnlySpan<byte> large = [.. walk.LargeHead, .. walk.LargeRest];
            Assert.True(EntryRow.TryTake(ref large, out var last));
            rows.Add(Text(last));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static string Text(in EntryRow row) =>
        $"{System.Text.Encoding.UTF8.GetString(row.Path)} {row.Version} {row.EntryFlags} {row.ExpiresAtMs} {row.Kind} "
        + $"{row.Mark} {row.Uses} {row.Value.Length} {Convert.ToHexString(row.Value[..Math.Min(8, row.Value.Length)])}";

    private void Save(CacheStore store, CancellationToken cancel)
    {
        using var writer = new SnapshotWriter(File, Header, _files);
        new SnapshotSaving(store, writer, () => NowMs).Run(cancel);
        writer.Finish();
    }

    /// <summary>Evictions of it.</summary>
    private long LoadOnOneThread(bool isReady)
    {
        using var store = new StoreUnderTest(32 << 20, partitions: 4);
        using var reader = new SnapshotReader(File, 16 << 20, _files);
        if (isReady) store.Store.BeginLoad(reader.EntriesExpected(), reader.Length);
        var loader = store.Store.Loader();
        while (reader.Next() is { Buffer: not null } block)
        {
            Assert.True(loader.TryLoad(block.Bytes, block.Rows, NowMs));
            block.Return();
        }

        store.Store.EndLoad();
        return store.Stats.Evictions;
    }

    private long Load(CacheStore store)
    {
        using var reader = new SnapshotReader(File, 16 << 20, _files);
        using var loading = new SnapshotLoading(store, reader, NowMs);
        return loading.Run();
    }
}
