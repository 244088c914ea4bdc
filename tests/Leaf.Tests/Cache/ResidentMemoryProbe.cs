using System.Globalization;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>
/// Fills a store in a process of its own and prints what it accounts for and what the process has grown by: beside
/// other tests the process's memory says nothing about one store.
/// </summary>
internal static class ResidentMemoryProbe
{
    public const string Verb = "resident-memory-probe";
    private const long MiB = 1 << 20;

    /// <summary>The argument behind the verb is the binary logarithm of the largest value's bytes.</summary>
    public static int Run(string[] args)
    {
        var largestLog2 = int.Parse(args[1], CultureInfo.InvariantCulture);

        // The first round brings the process's own heap and code to their size, so that the second shows the store's.
        using (var warmUp = new StoreUnderTest(8 * MiB, partitions: 2)) Fill(warmUp, largestLog2);
        var before = ResidentBytes();
        using var store = new StoreUnderTest(128 * MiB, partitions: 2);
        Fill(store, largestLog2);
        var grown = ResidentBytes() - before;
        Console.WriteLine($"{store.Stats.AllocatedBytes} {grown}");
        return 0;
    }

    private static void Fill(StoreUnderTest store, int largestLog2)
    {
        var value = new byte[MiB];
        value.AsSpan().Fill(1);
        var random = new Random(1);
        for (var i = 0; i < 60_000; i++)
            store.Set($"/{i % 50_000}", value[..random.Next(1 << random.Next(largestLog2 + 1))]);
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon", StringComparison.Ordinal));
        var kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }
}
