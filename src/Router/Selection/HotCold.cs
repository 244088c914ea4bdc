using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// Prequal's rule (Wydrowski, Kleinberg, Rumble, Archer, "Load is not what you should balance: Introducing Prequal",
/// NSDI 2024): a leaf is hot when its requests in flight are above a high quantile of what was seen of all lately; of
/// the cold ones the one with the least latency, and when all are hot the one with the fewest requests.
/// </summary>
/// <remarks>
/// Prequal asks leaves for their load by probes of their own. Here each answer carries the leaf's report and this
/// router's own requests are known, so that no probe is sent; the load of a leaf is both together.
/// </remarks>
internal sealed class HotCold : SelectionPolicy
{
    /// <summary>The paper's: 2 to the power of -1/4.</summary>
    private const double HotQuantile = 0.84;

    private readonly SplitMix _random;
    private readonly LatencyWindow _seen;
    private readonly Reused _hotAbove;

    public HotCold(RouterClock clock, SplitMix random)
    {
        _random = random;
        _seen = new LatencyWindow(clock);
        _hotAbove = new Reused(clock, now => _seen.Quantile(now, HotQuantile, samplesMin: 1) ?? long.MaxValue);
    }

    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now)
    {
        var count = BitOperations.PopCount(candidates);
        var from = _random.Next(count);
        var hotAbove = (double)_hotAbove.At(now);
        var coldest = -1;
        var fastest = -1;
        var fewest = double.PositiveInfinity;
        var least = double.PositiveInfinity;
        for (var i = 0; i < count; i++)
        {
            var replica = NthBit(candidates, (from + i) % count);
            var load = replicas[replica].Load(kind, now);
            var requests = load.InFlight + load.Queue;
            // One of them at random is enough to know how loads are distributed.
            if (i == 0) _seen.Record(now, (long)requests);
            if (requests <= hotAbove && load.LatencyMicros * load.Handicap < least)
                (fastest, least) = (replica, load.LatencyMicros * load.Handicap);
            if ((1 + requests) * load.Handicap < fewest)
                (coldest, fewest) = (replica, (1 + requests) * load.Handicap);
        }

        return fastest >= 0 ? fastest : coldest;
    }
}
