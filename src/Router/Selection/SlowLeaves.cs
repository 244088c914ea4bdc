namespace Hedgerow.Router;

/// <summary>
/// Finds, among the replicas of a shard, one that answers far slower than the others, and has it avoided. Thread-safe:
/// who is first when a look is due takes it.
/// </summary>
/// <remarks>
/// Latency-induced probation (Dean and Barroso, "The Tail at Scale", CACM 2013). Choice by load sends a slow leaf less,
/// and hedges hide what it still gets; both leave a share of reads that wait for it, which is a percent and so the p99.
/// What is compared is the median of the last quarter to half of a second, against the best of the peers that are as
/// near, for a far zone is not slow:
/// <code>
///   median > max(least, factor x peer's median)      far above, and not by a hair
///   median > peer's 90th percentile                  no two kinds of requests that fell unevenly
/// </code>
/// A read that another replica was asked for later and answered sooner counts as slower than any. When all are slow,
/// none is slower than its peers by much, so none is avoided; nor are more than the share that may be.
/// </remarks>
internal sealed class SlowLeaves
{
    /// <summary>Latencies are of one to two of these back.</summary>
    public static readonly TimeSpan WindowLength = TimeSpan.FromMilliseconds(250);

    private const int SamplesMin = 10;
    private const double PeerQuantile = 0.9;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private readonly RouterOptions _options;
    private readonly long _betweenTicks;
    private readonly long _leastMicros;
    private readonly long[] _nextAt = new long[HedgePolicy.HedgedClasses];

    public SlowLeaves(RouterOptions options, RouterClock clock)
    {
        _options = options;
        _betweenTicks = clock.Ticks(Between);
        _leastMicros = (long)options.SlowMin.TotalMicroseconds;
    }

    /// <summary>A read is about to be sent: looks, if it is time to.</summary>
    public void Look(LeafHealth[] replicas, OperationClass kind, long now)
    {
        if ((int)kind >= HedgePolicy.HedgedClasses || replicas.Length < 2) return;
        ref var next = ref _nextAt[(int)kind];
        var at = Volatile.Read(ref next);
        if (now < at || _options.SlowFactor == 0 || !_options.EjectEnabled) return;
        if (Interlocked.CompareExchange(ref next, now + _betweenTicks, at) == at) Judge(replicas, kind, now);
    }

    private void Judge(LeafHealth[] replicas, OperationClass kind, long now)
    {
        Judge(replicas, isFar: false, kind, now);
        Judge(replicas, isFar: true, kind, now);
    }

    private void Judge(LeafHealth[] replicas, bool isFar, OperationClass kind, long now)
    {
        LeafHealth? best = null, worst = null;
        long least = long.MaxValue, most = -1;
        var isOut = 0;
        foreach (var leaf in replicas)
        {
            if (!leaf.IsUp) isOut++;
            else if (leaf.IsFar == isFar && leaf.Recent(kind)?.Quantile(now, 0.5, SamplesMin) is { } median)
            {
                if (median < least) (best, least) = (leaf, median);
                if (median > most) (worst, most) = (leaf, median);
            }
        }

        if (best is null || worst is null || best == worst) return;
        if (isOut + 1 > (int)(replicas.Length * _options.EjectShareMax)) return;
        var bound = Math.Max(_leastMicros, (long)(least * _options.SlowFactor));
        if (most <= bound) return;
        // Another thread may have begun a new window since: then there is too little to judge by.
        if (best.Recent(kind)!.Quantile(now, PeerQuantile, SamplesMin) is not { } high || most <= high) return;
        worst.OnSlow(kind, now, bound);
    }
}
