using System.Numerics;

namespace Hedgerow.Leaf.Metrics;

/// <summary>Gives each thread one of a few places to count in, so that threads seldom meet on a cache line.</summary>
internal static class Stripes
{
    /// <summary>Places: a power of two, at least as many as processors, within 4 to 64.</summary>
    public static readonly int Count =
        (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 4, 64));

    private static int _next;

    [ThreadStatic]
    private static int _ofThread;

    /// <summary>The calling thread's place.</summary>
    public static int Current
    {
        get
        {
            var place = _ofThread;
            return place != 0 ? place - 1 : Assign();
        }
    }

    private static int Assign()
    {
        var place = (Interlocked.Increment(ref _next) - 1) & (Count - 1);
        _ofThread = place + 1;
        return place;
    }
}
