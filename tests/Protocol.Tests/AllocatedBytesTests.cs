using Hedgerow.Tests;

namespace Hedgerow.Protocol.Tests;

public sealed class AllocatedBytesTests
{
    private const int Collections = 60;

    [Fact]
    public void Work_that_allocates_nothing_counts_nothing_whatever_other_threads_have_collected()
    {
        using var stop = new CancellationTokenSource();
        var others = Enumerable.Range(0, 3).Select(_ => new Thread(() => Allocate(stop.Token))).ToArray();
        foreach (var other in others) other.Start();
        for (var round = 0; round < 5; round++)
        {
            var before = AllocatedBytes.Start();
            Wait(GC.CollectionCount(0) + Collections);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        stop.Cancel();
        foreach (var other in others) other.Join();
        var start = AllocatedBytes.Start();
        GC.KeepAlive(new byte[1_000]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - start, 1_000, 1_100);
    }

    private static void Wait(int collections)
    {
        while (GC.CollectionCount(0) < collections) Thread.Yield();
    }

    /// <summary>So much stays that some collections run in the background.</summary>
    private static void Allocate(CancellationToken stop)
    {
        var kept = new byte[2_000][];
        var random = new Random(3);
        for (var i = 0; !stop.IsCancellationRequested; i++) kept[i % kept.Length] = new byte[random.Next(100, 20_000)];
    }
}
