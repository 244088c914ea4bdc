using BitFaster.Caching.Lfu;
using BitFaster.Caching.Scheduler;

namespace Hedgerow.Bench.HitRatios;

/// <summary>
/// Policies that the reference file does not have, over bare entry counts: nothing is paid for headers or ghosts.
/// </summary>
internal static class PeerPolicies
{
    /// <summary>BitFaster.Caching's ConcurrentLfu: W-TinyLFU whose window climbs by hit ratio. In per cent.</summary>
    public static double TinyLfu(IReadOnlyList<long> requests, int capacity)
    {
        var cache = new ConcurrentLfu<long, bool>(
            1, capacity, new ForegroundScheduler(), EqualityComparer<long>.Default);
        long hits = 0;
        for (var i = 0; i < requests.Count; i++)
        {
            if (cache.TryGet(requests[i], out _)) hits++;
            else cache.GetOrAdd(requests[i], static _ => true);
        }

        return 100.0 * hits / requests.Count;
    }

    /// <summary>S3-FIFO as in the paper: a tenth of the entries small, two uses to pass, as many ghosts as main has.
    /// </summary>
    public static double S3Fifo(IReadOnlyList<long> requests, int capacity)
    {
        var policy = new S3Fifo(capacity);
        long hits = 0;
        foreach (var request in requests) hits += policy.Request(request) ? 1 : 0;
        return 100.0 * hits / requests.Count;
    }
}
