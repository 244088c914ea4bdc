using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Leaf.Tests.Service;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Tests.Durability;

/// <summary>
/// A process that writes documents is killed (SIGKILL) over and over, each time at another moment, and opened again.
/// The child, <see cref="CrashWriter"/>, notes each acknowledged write in a file of its own before it goes on. It never
/// stops indexing, flushing, merging and deleting, so every one of them is what a kill falls into.
/// HEDGEROW_CRASH_SECONDS says how long to go on with each seed; 5 when it is not set.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int RoundsMin = 3;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(double.Parse(
        Environment.GetEnvironmentVariable("HEDGEROW_CRASH_SECONDS") ?? "5", CultureInfo.InvariantCulture));

    private readonly string _root = Directory.CreateTempSubdirectory("hedgerow-crash-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(1, CrashWriter.Plain)]
    [InlineData(2, CrashWriter.Plain)]
    [InlineData(3, CrashWriter.Reindexing)]
    [InlineData(4, CrashWriter.Vectors)]
    [InlineData(5, CrashWriter.Points)]
    public async Task Kill_minus_9_at_any_moment_loses_no_acknowledged_document(int seed, string mode)
    {
        var random = new Random(seed);
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < RoundsMin || Stopwatch.GetElapsedTime(started) < Budget; round++)
        {
            // One in four is killed while it recovers or begins, the others somewhere in their work.
            var wanted = AcknowledgedLines() + (random.Next(4) == 0 ? random.Next(3) : random.Next(20, 1_500));
            using (var child = StartChild((seed * 100) + round, mode))
            {
                var isFar = SpinWait.SpinUntil(
                    () => child.HasExited || AcknowledgedLines() >= wanted, TimeSpan.FromSeconds(60));
                var hasExited = child.HasExited;
                child.Kill();
                await child.WaitForExitAsync();
                Assert.True(isFar && !hasExited, $"seed {seed} round {round}: {AcknowledgedLines()} of {wanted}");
            }

            var when = $"seed {seed}, round {round}";
            await CheckEverythingAcknowledged(when);
            if (mode == CrashWriter.Vectors) await CheckNearest(when, new Random((seed * 100) + round));
            if (mode == CrashWriter.Points) await CheckPointsAreGone(when);
            if (mode == CrashWriter.Reindexing) await CheckOneIndexServes(when);
            else await CheckNoFileIsLeftOver(when);
        }
    }

    private async Task CheckEverythingAcknowledged(string when)
    {
        await using var leaf = await CrashWriter.OpenLeaf(_root);
        Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_damaged_collections"]);
        if (Acknowledged().Count == 0) return;
        var live = 0;
        foreach (var (path, (version, isDelete)) in Acknowledged())
        {
            var got = await leaf.Get(path);
            if (got.Status == StatusCode.Ok) live++;
            if (isDelete && got.Status == StatusCode.NotFound) continue;
            if (!isDelete && got.Status == StatusCode.NotFound)
            {
                // Only a delete that was on its way when the process died may have taken it.
                var again = await leaf.Set(path, CrashWriter.Json(version, 0), version);
                Assert.True(again.Status == StatusCode.VersionTooOld && again.Header.Version > version,
                    $"{when}: {path} was acknowledged at {version} and is gone");
                continue;
            }

            Assert.True(
                isDelete ? got.Header.Version > version : got.Header.Version >= version,
                $"{when}: {path} is at {got.Header.Version}; acknowledged was {version}");
            Assert.Contains($"\"common v{got.Header.Version}\"", got.Value);
        }

        var logs = Directory.GetFiles(_root, "wal-*.log", SearchOption.AllDirectories);
        Assert.True(logs.Length < 50, $"{when}: the log is trimmed; it has {logs.Length} files");
        var found = await leaf.Search("common");
        Assert.True(found.Total >= live, $"{when}: {found.Total} are found, {live} are there");
        Assert.Equal(found.Total, leaf.Service.Stats().Shards.Sum(s => s.Documents));
        await leaf.Service.DrainAsync(default);
    }

    /// <summary>Of the reindexes that were under way or done, no file is left but of the index that serves.</summary>
    private async Task CheckOneIndexServes(string when)
    {
        await using var leaf = await CrashWriter.OpenLeaf(_root);
        var change = new CollectionChange { Kind = CollectionChangeKind.CancelReindex, Name = "wiki" };
        var body = LeafUnderTest.Encode(output => CollectionCodec.Write(output, change));
        var given = await leaf.Call(Opcode.CollectionChange, body);
        Assert.True(given.Status is StatusCode.Ok or StatusCode.NoSuchCollection, $"{when}: {given.Text}");
        foreach (var shard in Directory.GetDirectories(Path.Combine(_root, "data")))
        {
            var indexes = Directory.GetDirectories(shard);
            Assert.True(indexes.Length <= 1, $"{when}: {string.Join(' ', indexes)}");
        }
    }

    /// <summary>Flushed and closed, every segment is one file, with at most one file of deletes, beside one manifest.
    /// </summary>
    private async Task CheckNoFileIsLeftOver(string when)
    {
        var closed = IndexFiles();
        var limits = CrashWriter.Limits with { SegmentsBeforeMerge = 9_999 };
        await using var leaf = await CrashWriter.OpenLeaf(_root, limits);
        Assert.Equal(closed, IndexFiles());
        var segments = leaf.Service.Stats().Counters["hedgerow_leaf_index_segments"];
        var files = closed.Where(name => Path.GetFileName(name) != "manifest")
            .GroupBy(name => Path.ChangeExtension(name, null)).ToList();
        Assert.True(files.Count == segments, $"{when}: {segments} segments, files {string.Join(' ', closed)}");
        Assert.All(files, group => Assert.InRange(group.Count(), 1, 2));
    }

    private List<string> IndexFiles() =>
    [
        .. Directory.GetFiles(Path.Combine(_root, "data"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == "wiki")
            .Select(file => Path.GetRelativePath(_root, file))
            .Order(StringComparer.Ordinal),
    ];

    private Dictionary<string, (ulong Version, bool IsDelete)> Acknowledged()
    {
        var last = new Dictionary<string, (ulong, bool)>(StringComparer.Ordinal);
        var file = Path.Combine(_root, "acknowledged");
        if (!File.Exists(file)) return last;
        foreach (var line in File.ReadAllLines(file))
        {
            var parts = line.Split(' ');
            last[parts[0]] = (ulong.Parse(parts[1], CultureInfo.InvariantCulture), parts[2] == "delete");
        }

        return last;
    }

    private int AcknowledgedLines()
    {
        var file = Path.Combine(_root, "acknowledged");
        if (!File.Exists(file)) return 0;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var lines = 0;
        for (int value; (value = stream.ReadByte()) >= 0;) lines += value == '\n' ? 1 : 0;
        return lines;
    }

    /// <summary>The nearest by graphs and by comparing all: few are missed, and none has another content.</summary>
    private async Task CheckNearest(string when, Random random)
    {
        await using var leaf = await CrashWriter.OpenLeaf(_root);
        if (Acknowledged().Count == 0) return;
        int found = 0, wanted = 0;
        for (var i = 0; i < 20; i++)
        {
            var near = new KnnQuery("v", CrashWriter.VectorOf((ulong)random.NextInt64()), 10);
            var byGraph = await NearestAsync(leaf, near);
            var byAll = await NearestAsync(leaf, near with { Exact = true });
            wanted += byAll.Count;
            found += byAll.Keys.Count(byGraph.ContainsKey);
            foreach (var (path, hit) in byGraph.Concat(byAll))
            {
                var vector = CrashWriter.VectorText(await VersionAsync(leaf, path));
                Assert.True(hit.Contains(vector, StringComparison.Ordinal), $"{when}: {path} {hit}, not {vector}");
            }
        }

        Assert.True(found >= wanted * 0.95, $"{when}: {found} of {wanted} are found by the graphs");
    }

    private static async Task<ulong> VersionAsync(LeafUnderTest leaf, string path)
    {
        var got = await leaf.Get(path);
        Assert.Equal(StatusCode.Ok, got.Status);
        return got.Header.Version;
    }

    private static async Task<Dictionary<string, string>> NearestAsync(LeafUnderTest leaf, KnnQuery query)
    {
        var answer = await leaf.Call(Opcode.Search, LeafUnderTest.Encode(output => SearchCodec.Write(
            output, new SearchRequest { Collection = "wiki", Query = query, Size = 10 })));
        Assert.True(SearchCodec.TryRead(answer.Body, out SearchReply? reply, out _), answer.Text);
        return reply.Hits.ToDictionary(hit => hit.Path, hit => Encoding.UTF8.GetString(hit.Source.Span));
    }

    /// <summary>What the killed process held is told to be gone, and nothing is held in its place.</summary>
    private async Task CheckPointsAreGone(string when)
    {
        await using var leaf = await CrashWriter.OpenLeaf(_root);
        var file = Path.Combine(_root, "points");
        if (!File.Exists(file)) return;
        foreach (var id in File.ReadAllLines(file).TakeLast(10))
        {
            var answer = await leaf.Call(Opcode.Search, LeafUnderTest.Encode(output => SearchCodec.Write(
                output,
                new SearchRequest { Collection = "wiki", Query = new MatchAllQuery(), PointInTime = id })));
            // A line that was cut off is no id, and the collection may not be there yet.
            Assert.True(
                answer.Status is StatusCode.PointInTimeGone or StatusCode.NoSuchCollection,
                $"{when}: {answer.Status} {answer.Text}");
            if (answer.Status == StatusCode.PointInTimeGone) Assert.Contains("Open another", answer.Text);
        }

        Assert.Equal(0, leaf.Service.Stats().Counters["hedgerow_leaf_snapshots_held"]);
    }

    private Process StartChild(int seed, string mode)
    {
        var child = ChildProcess.Start(
            CrashWriter.Verb, _root, seed.ToString(CultureInfo.InvariantCulture), mode);
        child.OutputDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        return child;
    }
}
