using System.Runtime.CompilerServices;

namespace Hedgerow.Leaf.Cache;

/// <summary>
/// Hits and misses of a store, counted by many threads without writing to one another's cache lines. The first threads
/// of the process have a stripe each and count by a plain store; whoever comes later shares one, interlocked.
/// </summary>
internal sealed class ReadCounts
{
    /// <summary>Numbers of a stripe: two cache lines, since processors fetch them in pairs.</summary>
    private const int StripeNumbers = 16;
    private const int OwnStripes = 62;
    private const int SharedStripe = OwnStripes + 1;
    private static int _threads;

    /// <summary>This thread's stripe from 1; 0 before its first read.</summary>
    [ThreadStatic]
    private static int _stripe;

    private readonly long[] _numbers = new long[(SharedStripe + 2) * StripeNumbers];

    public long Hits => Sum(0);

    public long Misses => Sum(1);

    public void CountHit() => Count(0);

    public void CountMiss() => Count(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(int which)
    {
        var stripe = _stripe;
        if (stripe == 0) stripe = TakeStripe();
        ref var number = ref _numbers[(stripe * StripeNumbers) + which];
        if (stripe == SharedStripe) Interlocked.Increment(ref number);
        else Volatile.Write(ref number, number + 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int TakeStripe()
    {
        // Looked at first, so that it never wraps around.
        var isLate = Volatile.Read(ref _threads) >= OwnStripes;
        return _stripe = isLate ? SharedStripe : Math.Min(Interlocked.Increment(ref _threads), SharedStripe);
    }

    private long Sum(int which)
    {
        long sum = 0;
        for (var i = which; i < _numbers.Length; i += StripeNumbers) sum += Volatile.Read(ref _numbers[i]);
        return sum;
    }
}
