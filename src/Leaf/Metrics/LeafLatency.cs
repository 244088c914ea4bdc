using Hedgerow.Leaf.Metrics;

namespace Hedgerow.Leaf;

/// <summary>
/// How long one class of operations took on a leaf since it started: a reading, which does not change.
/// </summary>
public sealed class LeafLatency
{
    private const int PowerMin = 10;
    private const int PowerMaxExclusive = 37;

    private readonly long[] _counts;
    private readonly long _sumNanos;

    internal LeafLatency(string operation, string kind, long[] counts, long sumNanos)
    {
        Operation = operation;
        Kind = kind;
        _counts = counts;
        _sumNanos = sumNanos;
        foreach (var count in counts) Count += count;
    }

    /// <summary>The class: <c>get</c>, <c>write</c>, <c>get_many</c>, <c>bulk</c>, <c>search</c>,
    /// <c>term_statistics</c>, <c>scan</c> or <c>other</c>.</summary>
    public string Operation { get; }

    /// <summary><c>service</c>: time the work took; <c>queue</c>: time it waited before.</summary>
    public string Kind { get; }

    /// <summary>Operations counted.</summary>
    public long Count { get; }

    /// <summary>Seconds of all of them together.</summary>
    public double SumSeconds => _sumNanos / 1e9;

    /// <summary>
    /// Cumulative counts for a Prometheus histogram: an upper bound in seconds (powers of two of a nanosecond, from 1
    /// µs to 69 s) and the operations that took less. The bucket of infinity is <see cref="Count"/>.
    /// </summary>
    public IEnumerable<(double UpperSeconds, long Count)> Cumulative()
    {
        var bucket = 0;
        long sum = 0;
        for (var power = PowerMin; power < PowerMaxExclusive; power++)
        {
            var bound = 1L << power;
            while (bucket < _counts.Length && LatencyHistogram.UpperBound(bucket) <= bound) sum += _counts[bucket++];
            yield return (bound / 1e9, sum);
        }
    }

    /// <summary>
    /// Seconds that a share (0 to 1) of the operations stayed below, within 12.5 %; 0 when there were none.
    /// </summary>
    public double Quantile(double share)
    {
        var rank = (long)Math.Ceiling(Math.Clamp(share, 0, 1) * Count);
        long sum = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            sum += _counts[bucket];
            if (sum >= rank && sum > 0) return LatencyHistogram.UpperBound(bucket) / 1e9;
        }

        return 0;
    }
}
