using System.Text;
using Hedgerow.Leaf.Durability;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;
using static Hedgerow.Leaf.Tests.Service.LeafUnderTest;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>
/// Index files with changed bytes: the collection they belong to answers Corrupt in that shard, by name, and everything
/// else goes on.
/// </summary>
public sealed class DamageTests : IDisposable
{
    private const int Seed = 11;

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-damage-").FullName;

    private LeafOptions OnDisk => SmallOptions with { DataDirectory = _root };

    private string Folder => Path.Combine(_root, "shard-0", "wiki");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_damaged_file_of_any_kind_takes_its_collection_out_of_service_in_its_shard_only()
    {
        await Fill();
        var random = new Random(Seed);
        var files = Directory.GetFiles(Folder);
        Assert.Equal(
            ["deletes", "manifest", "segment"],
            files.Select(KindOf).Distinct().Order(StringComparer.Ordinal));
        foreach (var file in files)
        {
            var whole = File.ReadAllBytes(file);
            foreach (var damaged in Damages(whole, random))
            {
                if (damaged is null) File.Delete(file);
                else File.WriteAllBytes(file, damaged);
                await AssertOutOfService(Path.GetFileName(file));
            }

            File.WriteAllBytes(file, whole);
        }

        await using var mended = await LeafUnderTest.Open(OnDisk);
        Assert.Equal(29, (await mended.Search("word")).Total);
        Assert.Equal(0, mended.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
    }

    [Fact]
    public async Task A_stored_document_damaged_under_way_is_noticed_by_the_read_and_stays_out_of_service()
    {
        await Fill();
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        var file = Directory.GetFiles(Folder).MaxBy(name => new FileInfo(name).Length)!;
        Overwrite(file, 40);
        var refused = await leaf.Get("/wiki/7");
        Assert.Equal(StatusCode.Corrupt, refused.Status);
        Assert.Contains("needs repair", refused.Text);
        Assert.Equal(StatusCode.Corrupt, (await leaf.Call(Opcode.Search, SearchBody("word"))).Status);
        Assert.Contains(leaf.Log.Lines, line => line.Contains(Path.GetFileName(file), StringComparison.Ordinal));
        Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
    }

    [Fact]
    public async Task A_file_damaged_under_way_is_noticed_by_the_merge_and_gets_no_new_checksum()
    {
        var limits = new DurabilityLimits { SegmentsBeforeMerge = 1_000 };
        for (var i = 0; i < 12; i++)
        {
            await using var leaf = await LeafUnderTest.Open(OnDisk, limits: limits);
            await leaf.Declare();
            await leaf.Set($"/wiki/{i}", $$"""{"title":"word {{i}}"}""", (ulong)i + 1);
            await leaf.Service.DrainAsync(default);
        }

        var before = Directory.GetFiles(Folder).Order(StringComparer.Ordinal).ToArray();
        Assert.True(before.Length > 9, $"{before.Length} files are too few for a merge");
        await using var again = await LeafUnderTest.Open(OnDisk, limits: limits with { SegmentsBeforeMerge = 1 });
        Overwrite(before.First(file => KindOf(file) == "segment"), -80);
        await again.Set("/wiki/new", """{"title":"word"}""", 99);
        _ = await again.Refresh();
        Assert.True(SpinWait.SpinUntil(
            () => again.Service.Stats().Counters["hedgerow_leaf_damaged_collections"] == 1, TimeSpan.FromSeconds(30)));
        Assert.Equal(StatusCode.Corrupt, (await again.Call(Opcode.Search, SearchBody("word"))).Status);
        Assert.All(before.Where(file => KindOf(file) == "segment"), file => Assert.True(File.Exists(file), file));
    }

    /// <summary>
    /// A byte of every section of every segment: postings, columns of all types, vectors and their graphs, completions,
    /// points; of the deletes, the manifest, the catalogue. Each is noticed when the leaf opens, by the file's name.
    /// </summary>
    [Fact]
    public async Task A_changed_byte_in_any_part_of_any_file_is_noticed_and_named()
    {
        await FillEveryKind();
        var kinds = new HashSet<SectionKind>();
        foreach (var file in Directory.GetFiles(Folder))
        {
            var whole = File.ReadAllBytes(file);
            var places = KindOf(file) == "segment" ? PlacesOf(file, kinds) : [0, 9, whole.Length / 2, whole.Length - 3];
            foreach (var at in places)
            {
                await AssertNoticed(file, whole, at, async leaf =>
                {
                    var refused = await leaf.Call(Opcode.Search, SearchBody("word"));
                    Assert.True(refused.Status == StatusCode.Corrupt, $"{file} at {at}: {refused.Status}");
                    Assert.Contains(Path.GetFileName(file), refused.Text);
                });
            }
        }

        foreach (var kind in new[]
        {
            SectionKind.Fields, SectionKind.Versions, SectionKind.Stored, SectionKind.StoredTable, SectionKind.Paths,
            SectionKind.TombstonePaths, SectionKind.TombstoneVersions, SectionKind.Postings, SectionKind.Terms,
            SectionKind.Norms, SectionKind.Column, SectionKind.Vectors, SectionKind.VectorGraph, SectionKind.Points,
        })
        {
            Assert.Contains(kind, kinds);
        }

        foreach (var name in new[] { "COLLECTIONS", "VERSION" })
        {
            var file = Path.Combine(_root, name);
            var whole = File.ReadAllBytes(file);
            foreach (var at in new[] { 0, whole.Length / 2, whole.Length - 2 })
            {
                File.WriteAllBytes(file, Changed(whole, at));
                var refused = await Assert.ThrowsAnyAsync<IOException>(() => LeafUnderTest.Open(OnDisk));
                Assert.Contains(name == "VERSION" ? "says it is" : name, refused.Message);
            }

            File.WriteAllBytes(file, whole);
        }

        await using var mended = await LeafUnderTest.Open(OnDisk, limits: SmallGraphs);
        Assert.Equal(39, (await mended.Search("word")).Total);
    }

    private static DurabilityLimits SmallGraphs => new() { GraphVectorsMin = 8 };

    private static byte[] Changed(byte[] whole, long at)
    {
        byte[] damaged = [.. whole];
        damaged[at] ^= 1;
        return damaged;
    }

    /// <summary>The middle of every section that has a byte.</summary>
    private static long[] PlacesOf(string file, HashSet<SectionKind> kinds)
    {
        var region = IndexRegion.Map(Path.GetFileName(file), file);
        var segment = Segment.Open(1, isFlushed: true, region, verify: true);
        var sections = segment.Sections.Where(section => section.Length > 0).ToArray();
        foreach (var section in sections) kinds.Add(section.Kind);
        long[] places = [.. sections.Select(section => section.Offset + (section.Length / 2))];
        segment.Release();
        return places;
    }

    private async Task AssertNoticed(string file, byte[] whole, long at, Func<LeafUnderTest, Task> check)
    {
        File.WriteAllBytes(file, Changed(whole, at));
        await using (var leaf = await LeafUnderTest.Open(OnDisk, limits: SmallGraphs))
        {
            await check(leaf);
            Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
        }

        File.WriteAllBytes(file, whole);
    }

    private async Task FillEveryKind()
    {
        var schema = Wiki with
        {
            Fields =
            [
                .. Wiki.Fields,
                new FieldSchema { Name = "kind", Type = FieldType.Keyword },
                new FieldSchema { Name = "count", Type = FieldType.Integer },
                new FieldSchema { Name = "made", Type = FieldType.Date },
                new FieldSchema { Name = "sold", Type = FieldType.Boolean },
                new FieldSchema { Name = "place", Type = FieldType.GeoPoint },
                new FieldSchema { Name = "complete", Type = FieldType.Completion },
                new FieldSchema
                {
                    Name = "v", Type = FieldType.DenseVector,
                    Vector = new VectorOptions
                    {
                        Dims = 3, Indexed = true, Similarity = VectorSimilarity.L2Norm,
                        Quantization = VectorQuantization.Int8,
                    },
                },
            ],
        };
        await using (var leaf = await LeafUnderTest.Open(OnDisk, limits: SmallGraphs))
        {
            Assert.Equal(StatusCode.Ok, (await leaf.Declare(schema)).Status);
            for (var i = 0; i < 40; i++)
            {
                var written = await leaf.Set($"/wiki/{i}", $$"""
                    {"title":"word {{i}}","year":{{i}},"kind":"k{{i % 3}}","count":{{i}},
                     "made":"2024-01-0{{1 + (i % 9)}}","sold":{{(i % 2 == 0 ? "true" : "false")}},
                     "place":{"lat":{{i}},"lon":{{i}}},
                     "complete":"word {{i}}","v":[{{i}},1,2]}
                    """, 1);
                Assert.True(written.Status == StatusCode.Ok, written.Text);
            }

            await leaf.Delete("/wiki/never", 1UL << 60);
            await leaf.Service.DrainAsync(default);
        }

        await using var again = await LeafUnderTest.Open(OnDisk, limits: SmallGraphs);
        await again.Delete("/wiki/3", 1UL << 60);
        await again.Service.DrainAsync(default);
    }

    private async Task Fill()
    {
        await using (var leaf = await LeafUnderTest.Open(OnDisk))
        {
            await leaf.Declare();
            await leaf.Declare(Wiki with { Name = "other" });
            for (var i = 0; i < 30; i++)
            {
                await leaf.Set($"/wiki/{i}", $$"""{"title":"word {{i}}","year":{{i}}}""", 1);
                var there = Command(Opcode.Set, $"/wiki/there-{i}") with { Version = 1 };
                there = there with { Value = """{"title":"word"}""" };
                await leaf.Call(Opcode.Set, Bytes(there), shard: 1);
            }

            await leaf.Set("/other/1", """{"title":"word"}""", 1);
            await leaf.Service.DrainAsync(default);
        }

        await using var again = await LeafUnderTest.Open(OnDisk);
        await again.Delete("/wiki/3", 1UL << 60);
        await again.Service.DrainAsync(default);
    }

    /// <summary>Bytes changed at both ends and at random, files cut off, and null for a file that is gone.</summary>
    private static IEnumerable<byte[]?> Damages(byte[] whole, Random random)
    {
        int[] places = [0, 13, whole.Length / 2, whole.Length - 30, whole.Length - 1, random.Next(whole.Length)];
        foreach (var at in places)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << random.Next(8));
            yield return damaged;
        }

        yield return whole[..random.Next(whole.Length)];
        yield return [];
        yield return null;
    }

    private async Task AssertOutOfService(string file)
    {
        await using var leaf = await LeafUnderTest.Open(OnDisk);
        var scan = new ScanRequest { Collection = "wiki", After = "", Limit = 10 };
        var answers = new[]
        {
            await leaf.Call(Opcode.Search, SearchBody("word")),
            await leaf.Call(Opcode.TermStatistics, SearchBody("word")),
            await leaf.Set("/wiki/9", """{"title":"new"}""", 1UL << 61),
            await leaf.Delete("/wiki/9", 1UL << 61),
            await leaf.Call(Opcode.Bulk, BulkBody("wiki", Document("/wiki/9", 1UL << 61, "{}"))),
            await leaf.Refresh(),
            await leaf.Call(Opcode.Scan, Encode(output => ScanCodec.Write(output, scan))),
        };
        Assert.All(answers, answer => Assert.Equal(StatusCode.Corrupt, answer.Status));
        Assert.All(answers, answer => Assert.Contains(file, answer.Text));
        Assert.Equal(StatusCode.Corrupt, (await leaf.Get("/wiki/9")).Status);
        Assert.Contains(leaf.Log.Lines, line => line.Contains($"'{file}' is corrupt", StringComparison.Ordinal));
        Assert.Equal(1, leaf.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);

        Assert.Equal(StatusCode.Ok, (await leaf.Get("/other/1")).Status);
        Assert.Equal(StatusCode.Ok, (await leaf.Set("/entry", "value")).Status);
        var there = await leaf.Call(Opcode.Search, SearchBody("word"), shard: 1);
        Assert.True(SearchCodec.TryRead(there.Body, out SearchReply? reply, out _));
        Assert.Equal(30, reply.Total);
    }

    private static string KindOf(string file) => Path.GetFileName(file) switch
    {
        "manifest" => "manifest",
        var name when name.Contains("deletes", StringComparison.Ordinal) => "deletes",
        _ => "segment",
    };

    /// <summary>Changes some bytes in place, as a rotting disk does: the file is mapped meanwhile.</summary>
    private static void Overwrite(string path, int at)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = at < 0 ? stream.Length + at : at;
        stream.Write(Encoding.ASCII.GetBytes("rot"));
    }
}
