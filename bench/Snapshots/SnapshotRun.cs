using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Bench.Snapshots;

/// <summary>
/// <c>snapshot [DIRECTORY]</c>: fills a leaf with 1 GB of entries, drains it and starts it again, and says how fast the
/// snapshot was written and taken up beside what the disk gives for the same file. Writes bench/results/snapshot.md.
/// </summary>
internal static class SnapshotRun
{
    private const long PayloadBytes = 1_000_000_000;
    private const int PathBytes = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        var parent = args.Length > 0 ? args[0] : Path.GetTempPath();
        var commit = ResultFile.CommitOf(SharedFolder.Root);
        var report = new StringBuilder()
            .AppendLine("# Warm restart (dotnet run -c Release --project bench -- snapshot)")
            .AppendLine()
            .AppendLine(
                $"{ResultFile.Machine}; commit {commit}. One shard, 1 GB of paths and values; MB are 10^6.")
            .AppendLine()
            .AppendLine("| value | entries | file MB | drain MB/s | start MB/s | entries/s at start | read MB/s |")
            .AppendLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var valueBytes in new[] { 100, 1_000, 100_000 })
            report.AppendLine(await MeasureAsync(parent, valueBytes));
        report.AppendLine().AppendLine(
            "The file is in the page cache when it is read back; plain read is one thread reading it so.");
        Console.WriteLine(report);
        await File.WriteAllTextAsync(
            Path.Combine(SharedFolder.Root, "bench", "results", "snapshot.md"), report.ToString());
        return 0;
    }

    private static async Task<string> MeasureAsync(string parent, int valueBytes)
    {
        var directory = Path.Combine(parent, $"hedgerow-snapshot-{Environment.ProcessId}-{valueBytes}");
        var options = new LeafOptions { DataDirectory = directory, MemoryBytes = 2_000_000_000 };
        try
        {
            var entries = PayloadBytes / (PathBytes + valueBytes);
            TimeSpan drain;
            await using (var leaf = await OpenAsync(options))
            {
                Fill(leaf, entries, valueBytes);
                drain = await TimeAsync(() => leaf.DrainAsync(CancellationToken.None));
            }

            var file = Directory.GetFiles(directory, "*.snapshot", SearchOption.AllDirectories).Single();
            var megabytes = new FileInfo(file).Length / 1e6;
            var plain = await TimeAsync(() => ReadAsync(file));
            LeafService? warm = null;
            var start = await TimeAsync(async () => warm = await OpenAsync(options));
            var loaded = warm!.Stats().Shards.Sum(shard => shard.Entries);
            await warm.DisposeAsync();
            return string.Create(CultureInfo.InvariantCulture,
                $"| {valueBytes:N0} B | {loaded:N0} | {megabytes:N0} | {megabytes / drain.TotalSeconds:N0} " +
                $"| {megabytes / start.TotalSeconds:N0} | {loaded / start.TotalSeconds:N0} " +
                $"| {megabytes / plain.TotalSeconds:N0} |");
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    private static ValueTask<LeafService> OpenAsync(LeafOptions options) =>
        LeafService.OpenAsync(options, 1, [0], TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private static void Fill(LeafService leaf, long entries, int valueBytes)
    {
        var value = new byte[valueBytes];
        Random.Shared.NextBytes(value);
        var body = new byte[PathBytes + valueBytes + 64];
        for (long i = 0; i < entries; i++)
        {
            var path = Encoding.ASCII.GetBytes(i.ToString("D16", CultureInfo.InvariantCulture));
            var set = new CacheCommand { Opcode = Opcode.Set, Path = path, Value = value };
            set.WriteTo(body);
            var header = new RequestHeader { Opcode = Opcode.Set, Epoch = 1, BodyLength = set.Length };
            leaf.OnRequest(header, body.AsSpan(0, set.Length), Deaf.Instance);
        }
    }

    private static async ValueTask ReadAsync(string file)
    {
        var buffer = new byte[1 << 20];
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        while (await stream.ReadAsync(buffer) > 0)
        {
        }
    }

    private static async Task<TimeSpan> TimeAsync(Func<ValueTask> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started);
    }

    private sealed class Deaf : IReplySink
    {
        public static Deaf Instance { get; } = new();

        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
        }
    }
}
