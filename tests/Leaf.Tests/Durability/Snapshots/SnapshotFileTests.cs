using System.Text;
using Hedgerow.Leaf.Cache;
using Hedgerow.Leaf.Durability.Snapshots;
using Hedgerow.Leaf.Tests.Cache;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Durability.Snapshots;

public sealed class SnapshotFileTests
{
    private const string File = "/data/shard-3/entries.snapshot";
    private const int ValueBytesMax = 4 << 20;

    /// <summary>A page and something before it.</summary>
    private const int LargeBytes = 4_200;
    private static readonly SnapshotHeader Header = new(3, 1_234_567, IsClean: true);
    private readonly TestFiles _files = new();

    [Fact]
    public void What_is_written_is_read()
    {
        var large = new byte[3 << 20];
        Random.Shared.NextBytes(large);
        Write(packer =>
        {
            for (var i = 0; i < 20_000; i++) Add(packer, $"/small/{i}", Encoding.ASCII.GetBytes($"value {i}"));
            AddLarge(packer, "/large", large);
            Add(packer, "/last", "the end"u8);
        });
        var (header, rows) = Read();
        Assert.Equal(Header, header);
        Assert.Equal(20_002, rows.Count);
        Assert.Equal("value 17", Encoding.ASCII.GetString(rows["/small/17"]));
        Assert.Equal(large, rows["/large"]);
        Assert.Equal("the end", Encoding.ASCII.GetString(rows["/last"]));
    }

    [Fact]
    public void An_empty_one_is_whole()
    {
        Write(_ => { });
        Assert.Empty(Read().Rows);
    }

    [Fact]
    public void Every_field_of_a_row_comes_back()
    {
        foreach (var flags in new[] { 0u, 1u, uint.MaxValue })
        {
            foreach (var expires in new[] { 0L, 1L, 1L << 47 })
            {
                var row = new EntryRow
                {
                    Version = ulong.MaxValue - 1,
                    EntryFlags = flags,
                    ExpiresAtMs = expires,
                    Kind = EntryKind.Fields,
                    Mark = EntryMark.Stale | EntryMark.Won | EntryMark.WasRead,
                    Uses = 3,
                    IsInMain = true,
                    Path = "/p"u8,
                    Value = "v"u8,
                };
                ReadOnlySpan<byte> bytes = Encode(row);
                Assert.True(EntryRow.TryTake(ref bytes, out var read));
                Assert.True(bytes.IsEmpty);
                Assert.Equal(row.Version, read.Version);
                Assert.Equal(flags, read.EntryFlags);
                Assert.Equal(expires, read.ExpiresAtMs);
                Assert.Equal((row.Kind, row.Mark), (read.Kind, read.Mark));
                Assert.Equal(3, read.Uses);
                Assert.True(read.IsInMain);
                Assert.Equal("/p"u8, read.Path);
                Assert.Equal("v"u8, read.Value);
            }
        }
    }

    [Fact]
    public void One_cut_off_at_any_byte_is_refused()
    {
        Write(AddSome);
        var whole = _files[File];
        for (var length = 0; length < whole.Length; length++)
        {
            _files[File] = whole[..length];
            var refused = Assert.Throws<SnapshotDamagedException>(() => Read());
            Assert.Contains(File, refused.Message);
        }
    }

    [Fact]
    public void One_with_any_byte_changed_is_refused()
    {
        Write(AddSome);
        var whole = _files[File];
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;
            _files[File] = damaged;
            Assert.Throws<SnapshotDamagedException>(() => Read());
        }
    }

    [Fact]
    public void One_with_bytes_behind_its_end_is_refused()
    {
        Write(AddSome);
        _files[File] = [.. _files[File], 0];
        var refused = Assert.Throws<SnapshotDamagedException>(() => Read());
        Assert.Contains("bytes follow the end", refused.Message);
    }

    [Fact]
    public void A_block_larger_than_any_allowed_is_refused_before_memory_is_taken()
    {
        Write(AddSome);
        var huge = _files[File].ToArray();
        huge[SnapshotFormat.FileHeaderBytes + 3] = 0x7F;
        _files[File] = huge;
        var refused = Assert.Throws<SnapshotDamagedException>(() => Read());
        Assert.Contains("at most", refused.Message);
    }

    [Fact]
    public void A_disk_that_fills_leaves_the_one_before()
    {
        Write(packer => Add(packer, "/old", "1"u8));
        _files.BytesLeft = 100;
        Assert.Throws<IOException>(() => Write(AddSome));
        _files.BytesLeft = null;
        Assert.Equal(["/old"], Read().Rows.Keys);
        Assert.Equal([File], _files.Paths);
    }

    private static void AddSome(SnapshotPacker packer)
    {
        for (var i = 0; i < 5; i++) Add(packer, $"/path/{i}", "some value"u8);
        AddLarge(packer, "/large", new byte[LargeBytes]);
    }

    private static void Add(SnapshotPacker packer, string path, ReadOnlySpan<byte> value) =>
        packer.Add(Encode(Row(path, value)), 1);

    private static void AddLarge(SnapshotPacker packer, string path, byte[] value)
    {
        using var store = new StoreUnderTest(8 << 20, partitions: 1, segmentBytes: 16 << 10);
        store.Set(path, value);
        using var walk = store.Store.Walk();
        Assert.True(walk.MoveNext(store.NowMs) && walk.HasLarge, "it is large enough to lie in pages");
        packer.AddLarge(walk.LargeHead, walk.TakeLargeRest());
    }

    private static EntryRow Row(string path, ReadOnlySpan<byte> value) =>
        new() { Version = 7, Path = Encoding.ASCII.GetBytes(path), Value = value };

    private static byte[] Encode(in EntryRow row)
    {
        Span<byte> bytes = new byte[EntryRow.HeaderBytesMax + row.Path.Length + row.Value.Length];
        var length = row.WriteHeader(bytes, row.Value.Length);
        row.Path.CopyTo(bytes[length..]);
        row.Value.CopyTo(bytes[(length + row.Path.Length)..]);
        return bytes[..(length + row.Path.Length + row.Value.Length)].ToArray();
    }

    private void Write(Action<SnapshotPacker> fill)
    {
        using var writer = new SnapshotWriter(File, Header, _files);
        using var packer = new SnapshotPacker(writer.Write);
        fill(packer);
        packer.Flush();
        writer.Finish();
    }

    private (SnapshotHeader Header, Dictionary<string, byte[]> Rows) Read()
    {
        using var reader = new SnapshotReader(File, ValueBytesMax, _files);
        var rows = new Dictionary<string, byte[]>();
        while (reader.Next() is { Buffer: not null } block)
        {
            var bytes = block.Bytes;
            for (var i = 0; i < block.Rows; i++)
            {
                Assert.True(EntryRow.TryTake(ref bytes, out var row));
                rows[Encoding.ASCII.GetString(row.Path)] = row.Value.ToArray();
            }

            Assert.True(bytes.IsEmpty);
            block.Return();
        }

        return (reader.Header, rows);
    }
}
