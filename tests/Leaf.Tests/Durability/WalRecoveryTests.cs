using System.Buffers.Binary;
using Hedgerow.Leaf.Durability;

namespace Hedgerow.Leaf.Tests.Durability;

public sealed class WalRecoveryTests
{
    [Fact]
    public async Task A_log_cut_off_at_any_byte_gives_back_the_whole_records_before_it_and_goes_on()
    {
        var files = await Written(seed: 20, count: 5, perCommit: 2);
        var path = files.Paths.Single();
        var replayed = new Replayed();
        using (Wal.Open(files.Copy(), replayed)) Assert.Equal(5, replayed.Records.Count);
        var added = new LoggedRecord(WalKind.Put, "wiki", "/wiki/added", 1_000, "{}");
        for (var cut = 0; cut <= files[path].Length; cut++)
        {
            var after = files.CutPower((_, _, _) => cut);
            var position = cut - WalFormat.SegmentHeaderBytes;
            var whole = replayed.Ends.Count(end => end <= position);
            var expected = replayed.Records.Take(whole).ToList();
            var log = new LogLines();
            Assert.Equal(expected, Wal.Recover(after, log));
            var wholeEnd = whole == 0 ? 0 : replayed.Ends[whole - 1];
            var isTorn = cut < WalFormat.SegmentHeaderBytes || position > wholeEnd;
            Assert.Equal(isTorn, log.Lines.Any(line => line.Contains("dropped") && line.Contains(path)));
            if (cut % 7 != 0) continue;
            using (var wal = Wal.Open(after)) await Wal.Commit(wal, added);
            Assert.Equal([.. expected, added], Wal.Recover(after));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task After_a_power_cut_at_any_moment_every_acknowledged_record_is_there(int seed)
    {
        var random = new Random(seed);
        var records = WriteAheadLogTests.Records(seed, 60);
        var files = new TestFiles();
        using var wal = Wal.Open(files, segmentBytes: 700);
        var acknowledged = 0;
        for (var next = 0; next < records.Count;)
        {
            var batch = records.Skip(next).Take(random.Next(1, 8)).ToList();
            next += batch.Count;
            if (random.Next(3) == 0)
            {
                files.SyncGate.Reset();
                foreach (var record in batch) Wal.Append(wal, record, out _);
                CheckAfterCut();
                files.SyncGate.Set();
                wal.Sync();
            }
            else
            {
                await Wal.Commit(wal, batch);
            }

            acknowledged = next;
            CheckAfterCut();
        }

        void CheckAfterCut()
        {
            // Some of what was written and not synced reaches the disk; pages of it may be lost.
            var after = files.CutPower((_, synced, length) => random.Next(synced, length + 1));
            var last = after.Paths[^1];
            var recovered = Wal.Recover(after);
            Assert.True(
                recovered.Count >= acknowledged, $"seed {seed}: {recovered.Count} of {acknowledged} in {last}");
            Assert.Equal(records.Take(recovered.Count), recovered);
        }
    }

    [Fact]
    public async Task Pages_of_an_unsynced_batch_that_came_out_of_order_are_a_torn_tail()
    {
        var files = new TestFiles();
        var records = WriteAheadLogTests.Records(30, 10);
        int synced;
        using (var wal = Wal.Open(files))
        {
            await Wal.Commit(wal, records[..4]);
            synced = files[files.Paths.Single()].Length;
            files.SyncGate.Reset();
            foreach (var record in records[4..]) Wal.Append(wal, record, out _);
            files.SyncGate.Set();
        }

        // The first unsynced record was lost, those behind it were not: nobody was told of any of them.
        files[files.Paths.Single()][synced + 20] ^= 0xFF;
        var log = new LogLines();
        Assert.Equal(records[..4], Wal.Recover(files, log));
        Assert.Contains(log.Lines, line => line.Contains($"offset {synced}"));
    }

    [Fact]
    public async Task Rot_in_any_byte_that_later_records_prove_synced_is_refused()
    {
        var files = await Written(seed: 31, count: 6, perCommit: 1);
        var path = files.Paths.Single();
        var replayed = new Replayed();
        using (Wal.Open(files.Copy(), replayed)) Assert.Equal(6, replayed.Records.Count);
        var provenTo = WalFormat.SegmentHeaderBytes + (int)replayed.Ends[4];
        for (var at = 0; at < provenTo; at++)
        {
            var rotten = files.Copy();
            rotten[path][at] ^= 0x40;
            var error = Assert.Throws<CorruptLogException>(() => Wal.Recover(rotten));
            Assert.Contains(path, error.Message);
        }
    }

    [Fact]
    public async Task Rot_in_a_segment_that_is_not_the_last_is_refused()
    {
        var files = await Written(seed: 32, count: 40, perCommit: 1, segmentBytes: 400);
        var first = files.Paths[0];
        files[first] = files[first][..^1];
        var error = Assert.Throws<CorruptLogException>(() => Wal.Recover(files));
        Assert.Contains(first, error.Message);
    }

    [Fact]
    public async Task A_missing_segment_is_refused()
    {
        var files = await Written(seed: 33, count: 40, perCommit: 1, segmentBytes: 400);
        files.Delete(files.Paths[1]);
        Assert.Contains("gap", Assert.Throws<CorruptLogException>(() => Wal.Recover(files)).Message);
    }

    [Fact]
    public async Task A_log_that_ends_before_what_the_index_committed_is_refused()
    {
        var files = await Written(seed: 34, count: 4, perCommit: 1);
        var error = Assert.Throws<CorruptLogException>(() => Wal.Open(files, begin: 1_000_000));
        Assert.Contains("1000000", error.Message);
    }

    [Fact]
    public void A_log_that_is_gone_begins_where_the_index_had_committed()
    {
        using var wal = Wal.Open(new TestFiles(), begin: 5_000);
        Assert.Equal(5_000, wal.End);
    }

    [Fact]
    public async Task Another_log_format_is_refused_and_both_are_named()
    {
        var files = await Written(seed: 35, count: 1, perCommit: 1);
        var header = files[files.Paths.Single()];
        WalFormat.WriteSegmentHeader(header, 3, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 9);
        BinaryPrimitives.WriteUInt64LittleEndian(
            header.AsSpan(24), System.IO.Hashing.XxHash3.HashToUInt64(header.AsSpan(0, 24)));
        var error = Assert.Throws<IOException>(() => Wal.Recover(files));
        Assert.Contains("format 9", error.Message);
        Assert.Contains("format 1", error.Message);
    }

    [Fact]
    public async Task A_log_of_another_shard_is_refused()
    {
        var files = await Written(seed: 36, count: 1, perCommit: 1);
        var error = Assert.Throws<IOException>(() => Wal.Open(files, shard: 4));
        Assert.Contains("shard 3", error.Message);
    }

    [Fact]
    public async Task The_bytes_of_a_segment_are_the_ones_agreed_on()
    {
        var files = new TestFiles();
        using (var wal = Wal.Open(files))
            await Wal.Commit(wal, new LoggedRecord(WalKind.Put, "wiki", "/wiki/a", 0x0102030405060708, "{}"));
        Assert.Equal(
            "4845444745574 14C".Replace(" ", "") + "01000000" + "03000000" + "0000000000000000",
            Convert.ToHexString(files[files.Paths.Single()].AsSpan(0, 24)));
        Assert.Equal(
            "19000000" + "01000000" + "????????????????" + "0000000000000000" + "0000000000000000"
            + "0807060504030201" + "0400" + "0700" + "77696B69" + "2F77696B692F61" + "7B7D",
            Masked(Convert.ToHexString(files[files.Paths.Single()].AsSpan(32)), 16, 16));
    }

    private static string Masked(string hex, int start, int length) =>
        hex[..start] + new string('?', length) + hex[(start + length)..];

    private static async Task<TestFiles> Written(int seed, int count, int perCommit, int segmentBytes = 32 << 20)
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files, segmentBytes: segmentBytes);
        foreach (var chunk in WriteAheadLogTests.Records(seed, count).Chunk(perCommit)) await Wal.Commit(wal, chunk);
        return files;
    }
}
