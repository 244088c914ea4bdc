namespace Hedgerow.Server.Tests;

/// <summary>What a piece of work allocates on this thread once it has settled.</summary>
internal static class Allocations
{
    /// <summary>
    /// The least bytes that one of some rounds allocated. The first rounds fill pools and let the compiler settle, and
    /// a metric listener of a test beside this one makes its own arrays at the first figure of a thread; what the code
    /// itself needs for its work is there in every round.
    /// </summary>
    public static long Least(Action round, int rounds = 5)
    {
        var least = long.MaxValue;
        for (var i = 0; i < rounds && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
