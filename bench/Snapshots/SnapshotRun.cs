using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Bench.Snapshots;

/// <summary>
/// <c>snapshot [DIRECTORY [BYTES OF VALUE...]]</c>: fills a leaf with 1 GB of entries, drains it and starts it again,
/// and says how fast the snapshot was written and taken up beside what the disk gives. Writes
/// bench/results/snapshot.md.
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
            .AppendLine("| value | entries | file MB | drain MB/s | disk writes | start MB/s | entries/s "
                + "| start from disk | disk reads | cached reads | drain CPU s | start CPU s |")
            .AppendLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        int[] sizes = args.Length > 1
            ? [.. args[1..].Select(size => int.Parse(size, CultureInfo.InvariantCulture))]
            : [100, 1_000, 100_000];
        foreach (var valueBytes in sizes)
            report.AppendLine(await MeasureAsync(parent, valueBytes));
        report.AppendLine().AppendLine(
            "Start: the file is still in the page cache; from disk: it was dropped from there. Disk writes, disk reads "
            + "and cached reads are one thread with 1 MB at a time, and an fsync at the end of the writes, as in a "
            + "drain. CPU is user and system time of the whole process meanwhile.");
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
            Taken drain;
            await using (var leaf = await OpenAsync(options))
            {
                Fill(leaf, PayloadBytes / (PathBytes + valueBytes), valueBytes);
                drain = await TimeAsync(() => leaf.DrainAsync(CancellationToken.None));
            }

            var file = Directory.GetFiles(directory, "*.snapshot", SearchOption.AllDirectories).Single();
            var bytes = new FileInfo(file).Length;
            var cached = DiskSpeed.Read(file);
            var (start, loaded) = await StartAsync(options);
            var write = DiskSpeed.Write(Path.Combine(directory, "written"), bytes);
            File.Delete(Path.Combine(directory, "written"));
            var cold = DiskSpeed.TryForget(file) ? DiskSpeed.Read(file) : double.NaN;
            var (startCold, _) = DiskSpeed.TryForget(file) ? await StartAsync(options) : default;
            return string.Create(CultureInfo.InvariantCulture,
                $"| {valueBytes:N0} B | {loaded:N0} | {bytes / 1e6:N0} | {bytes / 1e6 / drain.Seconds:N0} "
                + $"| {write / 1e6:N0} | {bytes / 1e6 / start.Seconds:N0} | {loaded / start.Seconds:N0} "
                + $"| {bytes / 1e6 / startCold.Seconds:N0} | {cold / 1e6:N0} | {cached / 1e6:N0} "
                + $"| {drain.CpuSeconds:F2} | {start.CpuSeconds:F2} |");
        }
        finally
        {
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Starts a leaf warm and drains it again, so that there is a snapshot for the next.</summary>
    private static async Task<(Taken Start, long Entries)> StartAsync(LeafOptions options)
    {
        LeafService? warm = null;
        var start = await TimeAsync(async () => warm = await OpenAsync(options));
        await using (warm)
        {
            var entries = warm!.Stats().Shards.Sum(shard => shard.Entries);
            await warm.DrainAsync(CancellationToken.None);
            return (start, entries);
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

    private static async Task<Taken> TimeAsync(Func<ValueTask> work)
    {
        var started = Stopwatch.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        await work();
        return new Taken(
            Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    private readonly record struct Taken(double Seconds, double CpuSeconds);

    private sealed class Deaf : IReplySink
    {
        public static Deaf Instance { get; } = new();

        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
        {
        }
    }
}
