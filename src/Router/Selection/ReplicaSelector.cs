using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// Chooses the replica for one try of a read: says which may be asked, of which a <see cref="SelectionPolicy"/> takes
/// one.
/// </summary>
internal sealed class ReplicaSelector
{
    private readonly SelectionPolicy _policy;

    public ReplicaSelector(SelectionPolicy policy)
    {
        _policy = policy;
    }

    /// <summary>
    /// For the first try, or one after an error. A leaf whose probe is due comes first; avoided ones come only when no
    /// other is left (fail open: trying is better than refusing).
    /// </summary>
    /// <param name="replicas">At most <see cref="Topology.ReplicasMax"/>.</param>
    /// <param name="tried">One bit per replica that was asked already.</param>
    /// <param name="kind">Whose latencies count.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <returns>The replica's index, or -1 when all were tried.</returns>
    public int Choose(LeafHealth[] replicas, uint tried, OperationClass kind, long now)
    {
        var up = 0u;
        for (var i = 0; i < replicas.Length; i++)
        {
            if ((tried >> i & 1) != 0) continue;
            if (replicas[i].IsUp) up |= 1u << i;
            else if (replicas[i].TryTakeProbe(now)) return i;
        }

        var left = ~tried & (uint)((1UL << replicas.Length) - 1);
        return ChooseAmong(replicas, up != 0 ? up : left, kind, now);
    }

    /// <summary>For a hedge: only a leaf that is up is worth a second copy.</summary>
    public int ChooseHedge(LeafHealth[] replicas, uint tried, OperationClass kind, long now)
    {
        var up = 0u;
        for (var i = 0; i < replicas.Length; i++)
            if ((tried >> i & 1) == 0 && replicas[i].IsUp) up |= 1u << i;
        return ChooseAmong(replicas, up, kind, now);
    }

    private int ChooseAmong(LeafHealth[] replicas, uint candidates, OperationClass kind, long now)
    {
        if (candidates == 0) return -1;
        return BitOperations.IsPow2(candidates)
            ? BitOperations.TrailingZeroCount(candidates)
            : _policy.Choose(replicas, candidates, kind, now);
    }
}
