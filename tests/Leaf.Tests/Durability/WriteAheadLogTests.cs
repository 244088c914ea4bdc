using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Hedgerow.Leaf.Tests.Durability;

public sealed class WriteAheadLogTests
{
    [Fact]
    public async Task What_was_committed_is_replayed_in_order()
    {
        var files = new TestFiles();
        var records = Records(1, 200);
        using (var wal = Wal.Open(files)) await Wal.Commit(wal, records);
        Assert.Equal(records, Wal.Recover(files));
    }

    [Fact]
    public async Task A_log_goes_on_where_it_ended_over_many_openings_and_segments()
    {
        var files = new TestFiles();
        var records = Records(2, 120);
        foreach (var chunk in records.Chunk(10))
        {
            using var wal = Wal.Open(files, segmentBytes: 500);
            await Wal.Commit(wal, chunk);
        }

        Assert.True(files.Paths.Count > 5, "the segments are small, so there are several");
        Assert.Equal(records, Wal.Recover(files));
    }

    [Fact]
    public async Task Many_writers_share_one_fsync()
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files);
        await Wal.Commit(wal, Records(3, 1));
        var before = files.Syncs;
        files.SyncGate.Reset();
        var waiters = new List<Waiter>();
        foreach (var record in Records(4, 500))
        {
            Assert.Equal(StatusCode.Ok, Wal.Append(wal, record, out var end));
            waiters.Add(new Waiter());
            wal.NotifyWhenCommitted(end, waiters[^1]);
        }

        Assert.All(waiters, waiter => Assert.False(waiter.IsTold));
        files.SyncGate.Set();
        foreach (var waiter in waiters) Assert.Null(await waiter.Told);

        // One for what had begun when the gate closed, one for all that came meanwhile.
        Assert.InRange(files.Syncs - before, 1, 2);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_before_it_is_synced()
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files);
        files.SyncGate.Reset();
        Assert.Equal(StatusCode.Ok, Wal.Append(wal, Records(5, 1)[0], out var end));
        var waiter = new Waiter();
        wal.NotifyWhenCommitted(end, waiter);
        Assert.False(waiter.IsTold);
        Assert.Equal(0, wal.Synced);
        files.SyncGate.Set();
        Assert.Null(await waiter.Told);
        Assert.Equal(end, wal.Synced);
    }

    [Fact]
    public async Task Under_never_writes_are_acknowledged_once_the_system_has_them()
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files, fsync: FsyncPolicy.Never);
        var before = files.Syncs;
        await Wal.Commit(wal, Records(6, 5));
        Assert.Equal(before, files.Syncs);
    }

    [Fact]
    public async Task Under_interval_the_timer_syncs()
    {
        var files = new TestFiles();
        var time = new FakeTimeProvider();
        using var wal = Wal.Open(files, fsync: FsyncPolicy.Interval, time: time);
        await Wal.Commit(wal, Records(7, 5));
        Assert.Equal(0, wal.Synced);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(SpinWait.SpinUntil(() => wal.Synced == wal.End, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Sync_forces_what_was_appended_under_every_policy()
    {
        foreach (var policy in Enum.GetValues<FsyncPolicy>())
        {
            using var wal = Wal.Open(new TestFiles(), fsync: policy, time: new FakeTimeProvider());
            Assert.Equal(StatusCode.Ok, Wal.Append(wal, Records(8, 1)[0], out var end));
            wal.Sync();
            Assert.Equal(end, wal.Synced);
        }
    }

    [Fact]
    public void Closing_writes_what_waits()
    {
        var files = new TestFiles();
        var record = Records(9, 1)[0];
        using (var wal = Wal.Open(files, fsync: FsyncPolicy.Never)) Wal.Append(wal, record, out _);
        Assert.Equal([record], Wal.Recover(files));
        using var closed = Wal.Open(files);
        closed.Dispose();
        Assert.Equal(StatusCode.ReadOnly, Wal.Append(closed, record, out _));
    }

    [Fact]
    public void More_than_may_wait_for_the_disk_is_overload()
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files, pendingBytesMax: 1_000);
        files.SyncGate.Reset();
        var statuses = Records(10, 100).Select(record => Wal.Append(wal, record, out _)).ToList();
        Assert.Contains(StatusCode.Overloaded, statuses);
        Assert.Equal(StatusCode.Ok, statuses[0]);
        files.SyncGate.Set();
        wal.Sync();
        Assert.Equal(StatusCode.Ok, Wal.Append(wal, Records(11, 1)[0], out _));
    }

    [Fact]
    public async Task Segments_behind_which_everything_is_committed_are_deleted()
    {
        var files = new TestFiles();
        var records = Records(12, 100);
        var wal = Wal.Open(files, segmentBytes: 500);
        foreach (var record in records) await Wal.Commit(wal, record);
        var replayed = new Replayed();
        using (Wal.Open(files.Copy(), replayed)) Assert.Equal(100, replayed.Records.Count);
        var position = replayed.Ends[59];
        wal.TrimTo(position);
        wal.Dispose();
        var left = Wal.Recover(files);
        Assert.True(left.Count >= 40, "what lies behind the position stays");
        Assert.True(left.Count < 60, $"segments wholly before it go; {left.Count} records are left");
        Assert.Equal(records[^left.Count..], left);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task A_full_disk_ends_writing_with_its_reason_and_keeps_what_was_acknowledged(long bytesLeft)
    {
        var files = new TestFiles();
        var log = new LogLines();
        using var wal = Wal.Open(files, log: log);
        var records = Records(13, 20);
        await Wal.Commit(wal, records);
        files.BytesLeft = bytesLeft;
        Wal.Append(wal, new LoggedRecord(WalKind.Put, "wiki", "/wiki/lost", 99, new string('y', 500)), out var end);
        var waiter = new Waiter();
        wal.NotifyWhenCommitted(end, waiter);
        Assert.Contains("No space left on device", await waiter.Told);
        Assert.Contains("No space left on device", wal.Failure);
        Assert.Equal(StatusCode.ReadOnly, Wal.Append(wal, records[0], out _));
        Assert.Contains(log.Lines, line => line.StartsWith("Error") && line.Contains("No space left on device"));
        Assert.Throws<IOException>(wal.Sync);
        var late = new Waiter();
        wal.NotifyWhenCommitted(end, late);
        Assert.NotNull(await late.Told);
        files.BytesLeft = null;
        Assert.Equal(records, Wal.Recover(files.Copy()));
    }

    [Fact]
    public async Task A_failed_fsync_is_final()
    {
        var files = new TestFiles();
        using var wal = Wal.Open(files);
        files.FailSync = true;
        Wal.Append(wal, Records(14, 1)[0], out var end);
        var waiter = new Waiter();
        wal.NotifyWhenCommitted(end, waiter);
        Assert.Contains("Input/output error", await waiter.Told);
        files.FailSync = false;
        Assert.Equal(StatusCode.ReadOnly, Wal.Append(wal, Records(14, 1)[0], out _));
    }

    internal static List<LoggedRecord> Records(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => LoggedRecord.Random(random, i))];
    }
}
