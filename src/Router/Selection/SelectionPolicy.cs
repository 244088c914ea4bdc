using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// Which of several replicas that may be asked gets a try of a read. One for a router, chosen by
/// <see cref="RouterOptions.ReplicaOrder"/>; what it knows of leaves it reads from <see cref="LeafHealth"/>. Who may be
/// asked at all is <see cref="ReplicaSelector"/>'s affair. Thread-safe; allocates nothing.
/// </summary>
internal abstract class SelectionPolicy
{
    /// <summary>Whether load is to be spread: a leaf that comes back then gets its share little by little.</summary>
    public virtual bool Spreads => true;

    /// <summary>The policy of this name.</summary>
    public static SelectionPolicy Of(RouterOptions options, RouterClock clock, SplitMix random) =>
        options.ReplicaOrder switch
        {
            ReplicaOrder.Preferred => new PreferredOrder(),
            ReplicaOrder.Random => new RandomChoice(random),
            ReplicaOrder.RoundRobin => new RoundRobin(),
            ReplicaOrder.C3 => new CubicRank(options.RoutersPerLeaf, random),
            ReplicaOrder.Prequal => new HotCold(clock, random),
            _ => new TwoChoices(random),
        };

    /// <summary>The index of the replica to ask.</summary>
    /// <param name="replicas">Of the shard, most preferred first.</param>
    /// <param name="candidates">One bit for each that may be asked; two at least.</param>
    /// <param name="kind">Whose latencies count.</param>
    /// <param name="now">The clock's ticks.</param>
    public abstract int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now);

    /// <summary>The place of the n-th set bit, from 0.</summary>
    protected static int NthBit(uint bits, int n)
    {
        while (n-- > 0) bits &= bits - 1;
        return BitOperations.TrailingZeroCount(bits);
    }
}

/// <summary>The topology's order: the first that may be asked.</summary>
internal sealed class PreferredOrder : SelectionPolicy
{
    public override bool Spreads => false;

    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now) =>
        BitOperations.TrailingZeroCount(candidates);
}

/// <summary>Any, whatever their load: what the others are measured against.</summary>
internal sealed class RandomChoice(SplitMix random) : SelectionPolicy
{
    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now) =>
        NthBit(candidates, random.Next(BitOperations.PopCount(candidates)));
}

/// <summary>One after the other, whatever their load: as proxies do that know nothing of it.</summary>
internal sealed class RoundRobin : SelectionPolicy
{
    private uint _turn;

    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now) =>
        NthBit(candidates, (int)(Interlocked.Increment(ref _turn) % (uint)BitOperations.PopCount(candidates)));
}

/// <summary>
/// The better of two random ones (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001) by
/// requests in flight x smoothed latency x the leaf's own queue. Looking at two only keeps many routers with the same
/// old news from all running to the same leaf.
/// </summary>
internal sealed class TwoChoices(SplitMix random) : SelectionPolicy
{
    public override int Choose(LeafHealth[] replicas, uint candidates, OperationClass kind, long now)
    {
        var count = BitOperations.PopCount(candidates);
        var a = random.Next(count);
        var b = random.Next(count - 1);
        if (b >= a) b++;
        var first = NthBit(candidates, a);
        var second = NthBit(candidates, b);
        return Cost(replicas[first].Load(kind, now)) <= Cost(replicas[second].Load(kind, now)) ? first : second;
    }

    private static double Cost(in LeafLoad load) =>
        (1.0 + load.InFlight) * (1.0 + load.Queue) * load.LatencyMicros * load.Handicap;
}
