using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// The least rank of all by C3 (Suresh, Canini, Schmid, Feldmann, "C3: Cutting Tail Latency in Cloud Data Stores via
/// Adaptive Replica Selection", NSDI 2015): R - S + q^3 S, where R is the smoothed latency, S the smoothed service time
/// and q = 1 + in flight x routers + queue. The cube keeps a fast leaf from collecting a long queue.
/// </summary>
/// <remarks>
/// C3's rate control is not part of it: what bounds requests to one leaf here is its concurrency limit. Where the paper
/// never forgets, news of a leaf fades with age, so that one that was slow is asked again.
/// </remarks>
internal sealed class CubicRank(int routers, SplitMix random) : SelectionPolicy
{
    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now)
    {
        var count = BitOperations.PopCount(candidates);
        // Equals are taken in turn by chance: begin anywhere, and keep the first of the best.
        var from = random.Next(count);
        var best = -1;
        var least = double.PositiveInfinity;
        for (var i = 0; i < count; i++)
        {
            var replica = NthBit(candidates, (from + i) % count);
            var rank = Rank(replicas[replica].Load(kind, now));
            if (best >= 0 && rank >= least) continue;
            (best, least) = (replica, rank);
        }

        return best;
    }

    private double Rank(in LeafLoad load)
    {
        var queue = 1 + ((double)load.InFlight * routers) + load.Queue;
        // Reports of the leaf are whole microseconds and may be above what this clock saw.
        var outside = Math.Max(0, load.LatencyMicros - load.ServiceMicros);
        return (outside + (queue * queue * queue * load.ServiceMicros)) * load.Handicap;
    }
}
