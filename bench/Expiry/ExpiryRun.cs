using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedgerow.Bench.Mixes;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Bench.Expiry;

/// <summary>
/// <c>bench -- expiry</c>: millions of entries expire in the same second, or are flushed, while another thread reads
/// and writes; says what was the longest pause and when the memory was free. Writes <c>bench/results/expiry.md</c>.
/// </summary>
internal static class ExpiryRun
{
    public const int ValueBytes = 100;

    /// <summary>Entries that stay, which the other thread works on.</summary>
    public const int OtherEntries = 50_000;
    private const long BytesPerEntry = 160;
    private const long SpareBytes = 64 << 20;
    private const int LifeMs = 60_000;

    /// <summary>What a leaf sweeps at a time, and how long it rests then.</summary>
    private const int SweepRecords = 16_384;
    private const int StepsTimed = 8;
    private const int RestMs = 10;
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(2);

    public static int Run()
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("expiry asks Linux for the times of threads.");
            return 1;
        }

        var page = new StringBuilder();
        page.AppendLine("# Millions of entries that go at once").AppendLine();
        page.AppendLine(CultureInfo.InvariantCulture,
            $"Commit {ResultFile.CommitOf(SharedFolder.Root)}; {ResultFile.Machine}.");
        page.AppendLine("`dotnet run -c Release --project bench -- expiry`").AppendLine();
        page.AppendLine("Entries of 16 + 100 bytes with one expiry second, or flushed; another thread gets and sets");
        page.AppendLine("50,000 others as fast as it can. Longest: in µs, of all, and of those during which its");
        page.AppendLine("thread did not lose its processor to another. Step: the most processor time of one holding");
        page.AppendLine("of a gate by the sweep. Gone: seconds until the entries were dropped; free: until 95 % of");
        page.AppendLine("what they took was back (a store keeps 1/128 of its budget in hand).");
        page.AppendLine().AppendLine("| what | quiet get | set | longest get | set | on processor get | set | step µs "
            + "| gone s | free s | resident MB before | after |");
        page.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var entries in new[] { 1_000_000, 4_000_000 })
        {
            page.AppendLine(Measure(entries, flushes: false));
            page.AppendLine(Measure(entries, flushes: true));
        }

        var file = Path.Combine(SharedFolder.Root, "bench", "results", "expiry.md");
        File.WriteAllText(file, page.ToString());
        Console.Write(page);
        Console.WriteLine("written to " + file);
        return 0;
    }

    private static string Measure(int entries, bool flushes)
    {
        var budget = (entries * BytesPerEntry) + SpareBytes;
        using var store = new CacheStore(new CacheStoreOptions { MemoryBytes = budget });
        var client = new MixClient(store);
        for (var i = 1; i <= OtherEntries; i++) client.Set(-i, ValueBytes);
        var emptyBytes = store.Stats().AllocatedBytes;
        for (var i = 0; i < entries; i++) client.Set(i, ValueBytes, flushes ? 0 : LifeMs);
        var fullBytes = store.Stats().AllocatedBytes;
        var resident = ResidentMemory.Bytes;
        using var watch = new PauseWatch(() => new MixClient(store));
        Thread.Sleep(QuietTime);
        var (quietGets, quietSets) = (watch.Gets, watch.Sets);
        watch.Reset();

        var started = Stopwatch.GetTimestamp();
        var nowMs = client.NowMs + LifeMs;
        if (flushes) store.Scan.Flush((ulong)client.NowMs << 17);
        var enough = emptyBytes + ((fullBytes - emptyBytes) / 20);
        var (gone, free) = Clear(store, nowMs, enough, out var stepMicros);
        var ended = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {entries:N0} {(flushes ? "flushed" : "expire")} | {quietGets.Longest:N0} | {quietSets.Longest:N0} "
            + $"| {watch.Gets.Longest:N0} | {watch.Sets.Longest:N0} | {watch.Gets.LongestOnProcessor:N0} "
            + $"| {watch.Sets.LongestOnProcessor:N0} | {stepMicros:N0} | {gone:F2} | {Math.Min(free, ended):F2} "
            + $"| {resident / 1e6:N0} | {ResidentMemory.Bytes / 1e6:N0} |");
    }

    /// <summary>Sweeps as a leaf does, and times some steps of each partition apart, first.</summary>
    private static (double Gone, double Free) Clear(
        CacheStore store, long nowMs, long enoughBytes, out double longestStepMicros)
    {
        var started = Stopwatch.GetTimestamp();
        var gone = double.NaN;
        longestStepMicros = 0;
        while (true)
        {
            for (var i = 0; i < store.PartitionCount; i++)
                longestStepMicros = Math.Max(longestStepMicros, TimeSteps(store.PartitionAt(i), nowMs));
            store.Sweep(nowMs, SweepRecords);
            var stats = store.Stats();
            var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (double.IsNaN(gone) && stats.Entries <= OtherEntries * 2) gone = elapsed;
            if (!double.IsNaN(gone) && stats.AllocatedBytes <= enoughBytes) return (gone, elapsed);
            if (elapsed > LifeMs / 1_000.0) return (gone, double.PositiveInfinity);
            Thread.Sleep(RestMs);
        }
    }

    private static double TimeSteps(Partition partition, long nowMs)
    {
        double longest = 0;
        for (var i = 0; i < StepsTimed; i++)
        {
            partition.Gate.Enter();
            var before = ThreadClock.CpuNanoseconds;
            partition.Cleaner.Sweep(nowMs, CacheStore.WalkRecordsMax, out var isOver);
            longest = Math.Max(longest, (ThreadClock.CpuNanoseconds - before) / 1e3);
            partition.Gate.Exit();
            if (isOver) break;
        }

        return longest;
    }
}
