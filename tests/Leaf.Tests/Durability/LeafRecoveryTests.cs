using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Durability;

public sealed class LeafRecoveryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-recovery-").FullName;

    /// <summary>A version of the leaf's own time: tombstones of long ago are forgotten.</summary>
    private static ulong Now =>
        (ulong)new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds() << 16;

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Documents_schemas_and_tombstones_are_there_after_a_restart(bool drained)
    {
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            await leaf.Declare();
            for (var i = 0; i < 20; i++) await leaf.Set($"/wiki/{i}", $$"""{"title":"word {{i}}"}""", version: Now);
            await leaf.Delete("/wiki/3", version: Now + 1);
            var other = Command(Opcode.Set, "/wiki/x") with { Value = "{}", Version = 1 };
            await leaf.Call(Opcode.Set, Bytes(other), shard: 1);
            if (drained) await leaf.Service.DrainAsync(default);
        }

        for (var round = 0; round < 2; round++)
        {
            await using var leaf = await LeafUnderTest.Open(OnDisk);
            Assert.Equal(19, (await leaf.Search("word")).Total);
            Assert.Equal("""{"title":"word 7"}""", (await leaf.Get("/wiki/7")).Value);
            Assert.Equal(StatusCode.NotFound, (await leaf.Get("/wiki/3")).Status);
            Assert.Equal(StatusCode.VersionTooOld, (await leaf.Set("/wiki/3", "{}", version: Now)).Status);
            Assert.Equal([19L, 1L], leaf.Service.Stats().Shards.Select(s => s.Documents));
        }
    }

    [Fact]
    public async Task A_schema_that_grew_is_there_after_a_restart_with_documents_of_before_and_behind()
    {
        var tag = new FieldSchema { Name = "tag", Type = FieldType.Number };
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            await leaf.Declare();

            // Under the second schema this one would not pass: it has to be flushed before that is durable.
            await leaf.Set("/wiki/a", """{"title":"one","tag":"red"}""");
            Assert.Equal(StatusCode.Ok, (await leaf.Declare(Wiki with { Fields = [tag] })).Status);
            await leaf.Set("/wiki/b", """{"title":"two","tag":5}""");
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal("""{"title":"one","tag":"red"}""", (await again.Get("/wiki/a")).Value);
        Assert.Equal(["/wiki/b"], (await again.Search("tag:5")).Hits.Select(h => h.Path));
        Assert.Equal(StatusCode.BadDocument, (await again.Set("/wiki/c", """{"tag":"red"}""")).Status);
    }

    [Fact]
    public async Task A_full_disk_makes_the_leaf_read_only_and_reads_go_on()
    {
        var files = new FaultyFiles();
        await using (var leaf = await LeafUnderTest.Open(OnDisk, files: files))
        {
            await leaf.Declare();
            await leaf.Set("/wiki/a", """{"title":"kept"}""");
            await leaf.Set("/e", "entry");
            files.IsFull = true;
            var refused = await leaf.Set("/wiki/b", """{"title":"lost"}""");
            Assert.Equal(StatusCode.ReadOnly, refused.Status);
            Assert.Contains("No space left", refused.Text);
            Assert.Equal(StatusCode.ReadOnly, (await leaf.Set("/wiki/c", """{"title":"lost"}""")).Status);
            Assert.Equal(StatusCode.ReadOnly, (await leaf.Call(
                Opcode.CollectionPut, Encode(o => CollectionCodec.Write(o, Wiki with { Name = "more" })))).Status);
            var bulk = await leaf.Bulk(Document("/wiki/d", 1, "{}"));
            Assert.Equal((0, StatusCode.ReadOnly), (bulk.Accepted, bulk.Failures.Single().Status));
            Assert.Equal("""{"title":"kept"}""", (await leaf.Get("/wiki/a")).Value);
            Assert.Equal("entry", (await leaf.Get("/e")).Value);
            Assert.Equal(StatusCode.Ok, (await leaf.Set("/e", "entries are written on")).Status);
            Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_read_only_shards"]);
            await leaf.Service.DrainAsync(default);
        }

        files.IsFull = false;
        await using var again = await LeafUnderTest.Open(OnDisk, files: files);
        Assert.Equal("""{"title":"kept"}""", (await again.Get("/wiki/a")).Value);
        Assert.Equal(StatusCode.Ok, (await again.Set("/wiki/b", """{"title":"again"}""", version: 99)).Status);
    }

    [Fact]
    public async Task A_log_that_outgrew_its_bound_is_flushed_and_trimmed()
    {
        var text = new string('a', 50_000);
        await using (var leaf = await LeafUnderTest.Open(OnDisk with { Fsync = FsyncPolicy.Never }))
        {
            await leaf.Declare();
            for (var batch = 0; batch < 40; batch++)
            {
                var version = (ulong)batch + 1;
                await leaf.Bulk([.. Enumerable.Range(0, 60).Select(i =>
                    Document($"/wiki/{i}", version, $$"""{"note":"{{text}}","year":{{batch}}}"""))]);
            }

            await leaf.Service.DrainAsync(default);
        }

        var logBytes = Directory.GetFiles(Path.Combine(_root, "shard-0"), "wal-*.log").Sum(f => new FileInfo(f).Length);
        Assert.InRange(logBytes, 0, 80L << 20);
        await using var again = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(60, again.Service.Stats().Shards[0].Documents);
        Assert.Equal(60, (await again.Search("year:39")).Total);
    }

    [Fact]
    public async Task A_missing_catalogue_is_refused_rather_than_documents_forgotten()
    {
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            await leaf.Declare();
            await leaf.Set("/wiki/a", """{"title":"one"}""");
        }

        File.Delete(Path.Combine(_root, "COLLECTIONS"));
        var error = await Assert.ThrowsAnyAsync<IOException>(() => LeafUnderTest.Open(OnDisk));
        Assert.Contains("COLLECTIONS", error.Message);
    }

    [Fact]
    public async Task A_rotten_log_takes_the_documents_of_its_shard_out_of_service_and_says_where()
    {
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            await leaf.Declare();
            for (var i = 0; i < 5; i++) await leaf.Set($"/wiki/{i}", """{"title":"one"}""");
        }

        var path = Directory.GetFiles(Path.Combine(_root, "shard-0"), "wal-*.log").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[80] ^= 1;
        File.WriteAllBytes(path, bytes);
        await using var again = await LeafUnderTest.Open(OnDisk);
        foreach (var name in new[] { "wiki", "later" })
        {
            // Not even a collection declared later: its writes would have no log.
            if (name == "later") await again.Declare(Wiki with { Name = name });
            var refused = await again.Call(Opcode.Search, SearchBody("one", name));
            Assert.Equal(StatusCode.Corrupt, refused.Status);
            Assert.Contains(path, refused.Text);
            Assert.Contains("offset 32", refused.Text);
            Assert.Equal(StatusCode.Ok, (await again.Call(Opcode.Search, SearchBody("one", name), shard: 1)).Status);
            Assert.Equal(StatusCode.Corrupt, (await again.Set($"/{name}/9", "{}")).Status);
        }

        Assert.Equal(2, again.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task A_shard_that_leaves_and_comes_back_has_its_documents()
    {
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        await leaf.Declare();
        await leaf.Set("/wiki/a", """{"title":"one"}""");
        leaf.Service.Reassign(6, [1]);
        leaf.Service.Reassign(7, [0, 1]);
        var got = await leaf.Call(Opcode.Get, Bytes(Command(Opcode.Get, "/wiki/a")), epoch: 7);
        Assert.Equal("""{"title":"one"}""", got.Value);
    }

    /// <summary>The disk, until it is full.</summary>
    private sealed class FaultyFiles : IFileStore
    {
        private readonly DiskFiles _disk = DiskFiles.Instance;

        public volatile bool IsFull;

        public void CreateDirectory(string path) => _disk.CreateDirectory(path);

        public bool Exists(string path) => _disk.Exists(path);

        public IReadOnlyList<string> FileNames(string directory) => _disk.FileNames(directory);

        public byte[] Read(string path) => _disk.Read(path);

        public IReadFile OpenRead(string path) => _disk.OpenRead(path);

        public void Move(string from, string to) => _disk.Move(from, to);

        public IAppendFile Create(string path) => new FaultyFile(this, _disk.Create(path));

        public IAppendFile Resume(string path, long length) => new FaultyFile(this, _disk.Resume(path, length));

        public void Replace(string path, ReadOnlySpan<byte> content)
        {
            ThrowIfFull();
            _disk.Replace(path, content);
        }

        public void Delete(string path) => _disk.Delete(path);

        public void SyncDirectory(string path) => _disk.SyncDirectory(path);

        private void ThrowIfFull()
        {
            if (IsFull) throw new IOException("No space left on device");
        }

        private sealed class FaultyFile(FaultyFiles owner, IAppendFile file) : IAppendFile
        {
            public void Append(ReadOnlySpan<byte> bytes)
            {
                owner.ThrowIfFull();
                file.Append(bytes);
            }

            public void Sync() => file.Sync();

            public void Dispose() => file.Dispose();
        }
    }
}
