namespace Hedgerow.Leaf.Cache;

/// <summary>Hits and misses of a store, counted by many threads without writing to one another's cache lines.</summary>
internal sealed class ReadCounts
{
    /// <summary>Numbers of a stripe: two cache lines, since processors fetch them in pairs.</summary>
    private const int StripeNumbers = 16;
    private const int StripesMax = 64;
    private readonly long[] _numbers;
    private readonly int _mask;

    public ReadCounts()
    {
        var stripes = Math.Min(StripesMax, (int)System.Numerics.BitOperations.RoundUpToPowerOf2(
            (uint)Environment.ProcessorCount * 2));
        _mask = stripes - 1;
        _numbers = new long[(stripes + 2) * StripeNumbers];
    }

    public long Hits => Sum(0);

    public long Misses => Sum(1);

    public void CountHit() => Interlocked.Increment(ref _numbers[Stripe]);

    public void CountMiss() => Interlocked.Increment(ref _numbers[Stripe + 1]);

    private int Stripe => ((Environment.CurrentManagedThreadId & _mask) + 1) * StripeNumbers;

    private long Sum(int which)
    {
        long sum = 0;
        for (var i = StripeNumbers + which; i < _numbers.Length; i += StripeNumbers) sum += Volatile.Read(ref _numbers[i]);
        return sum;
    }
}
