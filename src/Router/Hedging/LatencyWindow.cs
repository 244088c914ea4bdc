using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// A quantile of the latencies of the last seconds, cheap enough to feed from every request: one atomic increment.
/// </summary>
/// <remarks>
/// Two log-linear histograms (8 buckets per power of two, so an answer is at most 12.5 % too high; 1 µs to 67 s in 832
/// bytes each): one that fills, one that was full. Each window of 5 s they change places; a quantile reads both and so
/// looks 5 to 10 s back.
/// <code>
///  µs      0 .. 15   16 .. 31        32 .. 63       …   2^25 .. 2^26
///  bucket  0 .. 15   16 .. 23 (2 µs) 24 .. 31 (4 µs) …  one bucket per eighth of the power
/// </code>
/// Writers: any thread. Rotation: whoever first sees a new window, under a lock nobody waits for. A sample that races
/// with the rotation may be lost or counted in the neighbouring window.
/// </remarks>
internal sealed class LatencyWindow
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private const int LinearBuckets = 16;
    private const int BucketsPerPower = 8;
    private const int PowerMax = 26;
    private const int Buckets = LinearBuckets + ((PowerMax - 4) * BucketsPerPower);

    private readonly Lock _rotating = new();
    private readonly long _windowTicks;
    private int[] _filling = new int[Buckets];
    private int[] _full = new int[Buckets];
    private long _window;

    /// <param name="clock">Whose ticks count.</param>
    /// <param name="length">Of a window; null takes <see cref="Length"/>.</param>
    public LatencyWindow(RouterClock clock, TimeSpan? length = null)
    {
        _windowTicks = clock.Ticks(length ?? Length);
        _window = clock.Now / _windowTicks;
    }

    public void Record(long now, long micros, int weight = 1)
    {
        if (now / _windowTicks != Volatile.Read(ref _window)) Rotate(now / _windowTicks);
        Interlocked.Add(ref Volatile.Read(ref _filling)[BucketOf(micros)], weight);
    }

    /// <summary>
    /// The latency that a share <paramref name="quantile"/> of the recent samples stays within, in µs.
    /// </summary>
    /// <returns>Null when there are fewer than <paramref name="samplesMin"/>.</returns>
    public long? Quantile(long now, double quantile, int samplesMin)
    {
        if (now / _windowTicks != Volatile.Read(ref _window)) Rotate(now / _windowTicks);
        var filling = Volatile.Read(ref _filling);
        var full = Volatile.Read(ref _full);
        long total = 0;
        for (var i = 0; i < Buckets; i++) total += filling[i] + full[i];
        if (total < samplesMin) return null;
        var rank = (long)Math.Ceiling(quantile * total);
        for (var i = 0; i < Buckets; i++)
        {
            rank -= filling[i] + full[i];
            if (rank <= 0) return UpperEdge(i);
        }

        return UpperEdge(Buckets - 1);
    }

    internal static int BucketOf(long micros)
    {
        if (micros < LinearBuckets) return (int)Math.Max(0, micros);
        var power = BitOperations.Log2((ulong)micros);
        if (power >= PowerMax) return Buckets - 1;
        return LinearBuckets + ((power - 4) * BucketsPerPower) + (int)(micros >> (power - 3) & 7);
    }

    internal static long UpperEdge(int bucket)
    {
        if (bucket < LinearBuckets) return bucket;
        var power = 4 + ((bucket - LinearBuckets) / BucketsPerPower);
        var part = (bucket - LinearBuckets) % BucketsPerPower;
        return (1L << power) + ((part + 1L) << (power - 3)) - 1;
    }

    private void Rotate(long window)
    {
        if (!_rotating.TryEnter()) return;
        try
        {
            var passed = window - _window;
            if (passed <= 0) return;
            var next = _full;
            Array.Clear(next);
            if (passed > 1) Array.Clear(_filling);
            Volatile.Write(ref _full, _filling);
            Volatile.Write(ref _filling, next);
            Volatile.Write(ref _window, window);
        }
        finally
        {
            _rotating.Exit();
        }
    }
}
