using System.Globalization;

namespace Hedgerow.Leaf.Tests.Cache;

/// <summary>Reads the whole process's memory, so no other test may run beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneInTheProcess
{
    public const string Name = "alone in the process";
}

[Collection(AloneInTheProcess.Name)]
public sealed class StoreResidentMemoryTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(20)]
    [InlineData(12)]
    public void What_is_accounted_is_what_the_process_holds(int largestLog2)
    {
        const long Budget = 128 * MiB;
        if (!OperatingSystem.IsLinux()) Assert.Skip("reads /proc/self/status");
        var value = new byte[MiB];
        value.AsSpan().Fill(1);
        var before = ResidentBytes();
        using var store = new StoreUnderTest(Budget, partitions: 2);
        var random = new Random(1);
        for (var i = 0; i < 60_000; i++)
            store.Set($"/{i % 50_000}", value[..random.Next(1 << random.Next(largestLog2 + 1))]);
        var grown = ResidentBytes() - before;
        var accounted = store.Stats.AllocatedBytes;

        // The process's own heap moves a little meanwhile.
        Assert.InRange(grown, (accounted * 8 / 10) - (16 * MiB), accounted + (16 * MiB));
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon", StringComparison.Ordinal));
        var kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }
}
