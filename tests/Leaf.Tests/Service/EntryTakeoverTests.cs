using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Service;

/// <summary>Entries that become documents keep their time to live.</summary>
public sealed class EntryTakeoverTests : IDisposable
{
    private const string Json = """{"title":"word"}""";

    private static readonly CollectionSchema Taking = Wiki with { Name = "taken", OwnPrefix = "h:" };

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-takeover-").FullName;

    private static ulong Now =>
        (ulong)new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds() << 16;

    private string Expiries => Path.Combine(_root, "shard-0", "taken~expires");

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entry_that_was_to_expire_is_no_document_behind_its_time(bool restart)
    {
        var leaf = await TakenAsync();
        try
        {
            // Written since, it has no time to live, as after any plain write.
            await leaf.Set("h:written", Json, Now + 9);
            if (restart)
            {
                await leaf.DisposeAsync();
                leaf = await LeafUnderTest.Open(OnDisk);
            }

            leaf.Time.Advance(TimeSpan.FromSeconds(50));
            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:short")).Status);
            leaf.Time.Advance(TimeSpan.FromSeconds(20));
            while ((await leaf.Get("h:short")).Status != StatusCode.NotFound || File.Exists(Expiries))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                leaf.Time.Advance(TimeSpan.FromSeconds(1));
            }

            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:kept")).Status);
            Assert.Equal(StatusCode.Ok, (await leaf.Get("h:written")).Status);
            Assert.Equal(StatusCode.VersionTooOld, (await leaf.Set("h:short", Json, Now + 1)).Status);
        }
        finally
        {
            await leaf.DisposeAsync();
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(StatusCode.NotFound, (await again.Get("h:short")).Status);
        Assert.Equal(StatusCode.Ok, (await again.Get("h:kept")).Status);
    }

    [Fact]
    public async Task A_damaged_list_of_them_is_noticed_and_named_and_mended_by_a_repair()
    {
        await (await TakenAsync()).DisposeAsync();
        var whole = File.ReadAllBytes(Expiries);
        for (var at = 0; at < whole.Length; at += 5)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            File.WriteAllBytes(Expiries, damaged);
            await using var leaf = await LeafUnderTest.Open(OnDisk);
            var refused = await leaf.Call(Opcode.Search, SearchBody("word", "taken"));
            Assert.Equal(StatusCode.Corrupt, refused.Status);
            Assert.Contains("taken~expires", refused.Text);
        }

        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            var begin = await leaf.Call(Opcode.Repair, Encode(output => RepairCodec.Write(
                output, new RepairRequest { Collection = "taken", Step = RepairStep.Begin })));
            Assert.True(begin.Status == StatusCode.Ok, begin.Text);
            Assert.False(File.Exists(Expiries));
        }
    }

    [Fact]
    public async Task A_collection_that_is_dropped_takes_them_along()
    {
        await using var leaf = await TakenAsync();
        var drop = await leaf.Call(Opcode.CollectionChange, Encode(output => CollectionCodec.Write(
            output, new CollectionChange { Kind = CollectionChangeKind.Drop, Name = "taken" })));
        Assert.Equal(StatusCode.Ok, drop.Status);
        Assert.False(File.Exists(Expiries));
    }

    [Theory]
    [InlineData("taken/inner", false)]
    [InlineData("taken", true)]
    public async Task A_repair_mends_a_damaged_list_whatever_its_collection_is_called_and_else_lacks(
        string name, bool hasOtherDamage)
    {
        await using (var leaf = await TakenAsync(name)) await leaf.Service.DrainAsync(default);
        var files = Directory.GetFiles(Path.Combine(_root, "shard-0"), "*~expires");
        FlipAt(Assert.Single(files), 30);
        if (hasOtherDamage)
        {
            var segment = Directory.GetFiles(Path.Combine(_root, "shard-0", name), "segment-*")[0];
            FlipAt(segment, (int)new FileInfo(segment).Length / 2);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        await RepairAsync(again, name, RepairStep.Begin);
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, "shard-0"), "*~expires"));
    }

    [Fact]
    public async Task Damage_found_while_a_document_is_deleted_at_its_time_ends_no_thread_and_is_tried_again()
    {
        await using var leaf = await TakenAsync();
        var shard = leaf.Service.Shards[0];
        var damaged = shard.Collections[0];
        shard.Expiries.OnDue = () => shard.MarkDamaged(damaged, new IOException("found by a search"));
        leaf.Time.Advance(TimeSpan.FromSeconds(70));
        shard.Lane.RunAndWait(() => { });
        Assert.Contains(leaf.Log.Lines, line => line.Contains("it is tried again", StringComparison.Ordinal));
        shard.Expiries.OnDue = null;

        var fill = (await RepairAsync(leaf, "taken", RepairStep.Begin)).Header.Version;
        Assert.True(File.Exists(Expiries));
        var filled = await leaf.Call(Opcode.Bulk, BulkBody("taken", Document("h:short", Now, Json)));
        Assert.Equal(StatusCode.Ok, filled.Status);
        await RepairAsync(leaf, "taken", RepairStep.Finish, fill);
        Assert.Equal(StatusCode.Ok, (await leaf.Get("h:short")).Status);
        leaf.Time.Advance(TimeSpan.FromSeconds(2));
        shard.Lane.RunAndWait(() => { });
        Assert.Equal(StatusCode.NotFound, (await leaf.Get("h:short")).Status);
    }

    [Fact]
    public async Task All_that_are_due_are_deleted_at_once_however_many()
    {
        const int Entries = 200;
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        var end = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        for (var i = 0; i < Entries; i++) await leaf.Set($"h:{i}", Json, Now, end);
        await leaf.Declare(Taking);
        leaf.Time.Advance(TimeSpan.FromMilliseconds(60_500));

        // One for each turn: the next is queued by the end of the one before.
        for (var turn = 0; turn < Entries / 64 + 1; turn++) leaf.Service.Shards[0].Lane.RunAndWait(() => { });
        for (var i = 0; i < Entries; i++) Assert.Equal(StatusCode.NotFound, (await leaf.Get($"h:{i}")).Status);
    }

    [Fact]
    public async Task What_a_dropped_collection_had_waiting_counts_for_no_other_of_its_name()
    {
        await using var leaf = await TakenAsync();
        var shard = leaf.Service.Shards[0];
        var expiries = shard.Expiries;
        var later = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 99_000;
        var other = new TakenExpiry("h:other"u8.ToArray(), Now, later);
        // Forgotten and declared anew while the lane has one in hand.
        shard.Expiries.OnDue = () =>
        {
            shard.Expiries.OnDue = null;
            expiries.Forget("taken");
            expiries.Keep("taken", [other]);
        };
        leaf.Time.Advance(TimeSpan.FromSeconds(70));
        shard.Lane.RunAndWait(() => { });
        await leaf.Service.DrainAsync(default);
        Assert.True(File.Exists(Expiries));
    }

    [Fact]
    public async Task A_takeover_that_failed_is_gone_on_with_when_the_collection_is_declared_again()
    {
        var files = new FailingFiles();
        await using var leaf = await LeafUnderTest.Open(OnDisk, shards: [0, 1], files: files);
        var end = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        foreach (ushort shard in new ushort[] { 0, 1 })
        {
            var set = Command(Opcode.Set, $"h:{shard}") with { Value = Json, Version = Now, ExpiresAtMs = end };
            Assert.Equal(StatusCode.Ok, (await leaf.Call(Opcode.Set, Bytes(set), shard)).Status);
        }

        // The first shard's are taken by then.
        files.Refused = Path.Combine(_root, "shard-1", "taken~expires");
        Assert.Equal(StatusCode.ReadOnly, (await leaf.Declare(Taking)).Status);
        Assert.Equal(StatusCode.ReadOnly, (await leaf.Declare(Taking)).Status);
        files.Refused = "";
        Assert.Equal(StatusCode.Ok, (await leaf.Declare(Taking)).Status);
        foreach (ushort shard in new ushort[] { 0, 1 })
        {
            var got = await leaf.Call(Opcode.Get, Bytes(Command(Opcode.Get, $"h:{shard}")), shard);
            Assert.Equal(StatusCode.Ok, got.Status);
            Assert.True(File.Exists(Path.Combine(_root, $"shard-{shard}", "taken~expires")));
        }
    }

    [Fact]
    public async Task Rows_that_are_kept_later_stand_beside_those_before()
    {
        await using var leaf = await TakenAsync();
        var later = new TakenExpiry("h:later"u8.ToArray(), Now, 99);
        leaf.Service.Shards[0].Expiries.Keep("taken", [later]);
        var paths = ExpiriesFile.Read(Expiries, DiskFiles.Instance).Select(row => Encoding.UTF8.GetString(row.Path));
        Assert.Equal(["h:later", "h:short", "h:written"], paths.Order(StringComparer.Ordinal));
    }

    private static void FlipAt(string file, int at)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[at] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static async Task<Answer> RepairAsync(LeafUnderTest leaf, string name, RepairStep step, ulong fill = 0)
    {
        var answer = await leaf.Call(Opcode.Repair, Encode(output => RepairCodec.Write(
            output, new RepairRequest { Collection = name, Step = step, Cursor = $"{fill}" })));
        Assert.True(answer.Status == StatusCode.Ok, answer.Text);
        return answer;
    }

    private async Task<LeafUnderTest> TakenAsync(string name = "taken")
    {
        var leaf = await LeafUnderTest.Open(OnDisk);
        var end = leaf.Time.GetUtcNow().ToUnixTimeMilliseconds() + 60_000;
        await leaf.Set("h:short", Json, Now, end);
        await leaf.Set("h:written", Json, Now, end);
        await leaf.Set("h:kept", Json, Now);
        var declared = await leaf.Declare(Taking with { Name = name });
        Assert.True(declared.Status == StatusCode.Ok, declared.Text);
        foreach (var path in new[] { "h:short", "h:written", "h:kept" })
            Assert.Equal(StatusCode.Ok, (await leaf.Get(path)).Status);
        Assert.True(File.Exists(Path.Combine(_root, "shard-0", $"{name.Replace('/', '+')}~expires")));
        return leaf;
    }

    /// <summary>Files of the disk, one of which cannot be written.</summary>
    private sealed class FailingFiles : IFileStore
    {
        private static readonly IFileStore Disk = DiskFiles.Instance;

        public string Refused { get; set; } = "";

        public void CreateDirectory(string path) => Disk.CreateDirectory(path);

        public bool Exists(string path) => Disk.Exists(path);

        public IReadOnlyList<string> FileNames(string directory) => Disk.FileNames(directory);

        public byte[] Read(string path) => Disk.Read(path);

        public IReadFile OpenRead(string path) => Disk.OpenRead(path);

        public IAppendFile Create(string path) => Disk.Create(path);

        public IAppendFile Resume(string path, long length) => Disk.Resume(path, length);

        public void Move(string from, string to) => Disk.Move(from, to);

        public void Delete(string path) => Disk.Delete(path);

        public void SyncDirectory(string path) => Disk.SyncDirectory(path);

        public void Replace(string path, ReadOnlySpan<byte> content)
        {
            if (path == Refused) throw new IOException("Input/output error");
            Disk.Replace(path, content);
        }
    }
}
