using System.Numerics;

namespace Hedgerow.Leaf.Metrics;

/// <summary>
/// Counts durations in log-linear buckets, as HdrHistogram does: eight to each power of two, so that a quantile is
/// right within 12.5 %. Recording is two atomic additions on the thread's own stripe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 3;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int PowerMax = 36; // 2^37 ns: 137 s; what lasts longer counts there
    private const int Buckets = (PowerMax - SubBucketBits + 2) * SubBuckets;

    private readonly StripedCounters _counters = new(Buckets + 1);

    /// <summary>Counts a duration, as often as <paramref name="weight"/> says.</summary>
    public void Record(long nanos, int weight = 1)
    {
        _counters.Add(BucketOf(nanos), weight);
        _counters.Add(Buckets, nanos * weight);
    }

    /// <summary>A reading under a name.</summary>
    public LeafLatency Read(string operation, string kind)
    {
        var counts = new long[Buckets];
        for (var i = 0; i < counts.Length; i++) counts[i] = _counters.Read(i);
        return new LeafLatency(operation, kind, counts, _counters.Read(Buckets));
    }

    /// <summary>The bucket a duration falls in.</summary>
    internal static int BucketOf(long nanos)
    {
        var value = (ulong)Math.Max(0, nanos);
        if (value < SubBuckets) return (int)value;
        var power = BitOperations.Log2(value);
        if (power > PowerMax) return Buckets - 1;
        var shift = power - SubBucketBits;
        return ((shift + 1) << SubBucketBits) + (int)((value >> shift) & (SubBuckets - 1));
    }

    /// <summary>The first duration, in nanoseconds, that is above a bucket.</summary>
    internal static long UpperBound(int bucket)
    {
        if (bucket < SubBuckets) return bucket + 1;
        var power = (bucket >> SubBucketBits) + SubBucketBits - 1;
        var sub = (bucket & (SubBuckets - 1)) + SubBuckets + 1L;
        return sub << (power - SubBucketBits);
    }
}
