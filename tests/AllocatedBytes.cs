namespace Hedgerow.Tests;

/// <summary>What a piece of work allocates on its own thread, to the byte.</summary>
internal static class AllocatedBytes
{
    /// <summary>
    /// The reading before the work; <see cref="GC.GetAllocatedBytesForCurrentThread"/> after it has the rest.
    /// </summary>
    /// <remarks>
    /// A thread allocates from a block of 8 KiB of its own, and what it has not used yet is taken off its count. When a
    /// collection comes while another one runs in the background, begun by whatever test is beside this one, the block
    /// is taken away, and the rest of it stays in the count: up to 8,168 bytes that nobody has allocated. So the block
    /// is given back here, and a thread that allocates nothing has none that could be taken away.
    /// </remarks>
    public static long Start()
    {
        GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        return GC.GetAllocatedBytesForCurrentThread();
    }
    /// <summary>
    /// The least that one of some rounds of work allocated, for work that rents from pools: the first rounds fill them,
    /// a collection of everything may empty them where memory is scarce, and a metric listener of a test beside this
    /// one makes its own arrays at the first figure of a thread. What the work itself allocates is in every round.
    /// </summary>
    public static long Least(Action round, int rounds = 5)
    {
        var least = long.MaxValue;
        for (var i = 0; i < rounds && least > 0; i++)
        {
            var before = Start();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
