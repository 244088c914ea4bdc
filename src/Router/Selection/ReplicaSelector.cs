using System.Numerics;

namespace Hedgerow.Router;

/// <summary>
/// Chooses the replica for one try of a read: says which may be asked, of which a <see cref="SelectionPolicy"/> takes
/// one. Thread-safe; allocates nothing.
/// </summary>
/// <remarks>
/// <code>
///   not tried -> probe due: that one at once
///             -> up, or softly out beyond the share that may be (fail open); none: all that are left
///             -> of a session: its own of those with room; no further
///             -> with room for one more request; none: Full
///             -> in slow start: by chance, unless nobody else is left
///             -> the policy's choice
/// </code>
/// </remarks>
internal sealed class ReplicaSelector
{
    /// <summary>No replica: every one was tried.</summary>
    public const int None = -1;

    /// <summary>No replica: those that may be asked have as much in flight as they bear.</summary>
    public const int Full = -2;

    private readonly SelectionPolicy _policy;
    private readonly SplitMix _random;
    private readonly CounterSet _counters;
    private readonly double _ejectShareMax;
    private readonly bool _keepsSessions;

    public ReplicaSelector(SelectionPolicy policy, RouterOptions options, SplitMix random, CounterSet counters)
    {
        _policy = policy;
        _random = random;
        _counters = counters;
        _ejectShareMax = options.EjectShareMax;
        _keepsSessions = options.KeepSessions;
    }

    /// <summary>
    /// For the first try, or one after an error. A leaf whose probe is due comes first; avoided ones come only when no
    /// other is left (fail open: trying is better than refusing).
    /// </summary>
    /// <param name="replicas">At most <see cref="Topology.ReplicasMax"/>.</param>
    /// <param name="tried">One bit per replica that was asked already.</param>
    /// <param name="kind">Whose latencies count.</param>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="session">Of the client, whose reads keep to one replica; 0 for none.</param>
    /// <returns>The replica's index, <see cref="None"/> or <see cref="Full"/>.</returns>
    public int Choose(LeafHealth[] replicas, uint tried, OperationClass kind, long now, ushort session = 0)
    {
        uint up = 0, soft = 0;
        var isKept = session != 0 && _keepsSessions;
        for (var i = 0; i < replicas.Length; i++)
        {
            if ((tried >> i & 1) != 0) continue;
            // Whom a session keeps to for what it has seen there, it keeps to though that is slow.
            if (isKept ? replicas[i].IsUpOrSlow : replicas[i].IsUp) up |= 1u << i;
            else if (replicas[i].TryTakeProbe(kind, now)) return i;
            else if (replicas[i].IsSoftlyOut) soft |= 1u << i;
        }

        if (soft != 0 && IsTooManyOut(replicas)) up |= soft;
        var left = ~tried & (uint)((1UL << replicas.Length) - 1);
        return isKept
            ? ChooseFor(session, replicas, up != 0 ? up : left, kind)
            : ChooseAmong(replicas, up != 0 ? up : left, kind, now);
    }

    /// <summary>For a hedge: only a leaf that is up is worth a second copy.</summary>
    public int ChooseHedge(LeafHealth[] replicas, uint tried, OperationClass kind, long now)
    {
        var up = 0u;
        for (var i = 0; i < replicas.Length; i++)
            if ((tried >> i & 1) == 0 && replicas[i].IsUp) up |= 1u << i;
        return ChooseAmong(replicas, up, kind, now);
    }

    /// <summary>
    /// The highest of the hashes of session and leaf (Thaler, Ravishankar, "Using Name-Based Mappings to Increase Hit
    /// Rates", 1998): when a leaf is out, its sessions alone move, each to a leaf of its own, and back when it is well.
    /// </summary>
    private int ChooseFor(ushort session, LeafHealth[] replicas, uint candidates, OperationClass kind)
    {
        var (best, home) = (Full, None);
        var (most, mostAtHome) = (0ul, 0ul);
        for (var i = 0; i < replicas.Length; i++)
        {
            var hash = SplitMix.Mix(replicas[i].IdHash ^ ((ulong)session * SplitMix.Golden));
            if (home < 0 || hash > mostAtHome) (home, mostAtHome) = (i, hash);
            if ((candidates >> i & 1) == 0 || !replicas[i].HasRoom(kind)) continue;
            if (best < 0 || hash > most) (best, most) = (i, hash);
        }

        if (candidates == 0) return None;
        _counters.Count(RouterCounter.SessionReads);
        if (best != home) _counters.Count(RouterCounter.SessionsMoved);
        return best;
    }

    private bool IsTooManyOut(LeafHealth[] replicas)
    {
        var isOut = 0;
        foreach (var leaf in replicas)
            if (leaf.IsSoftlyOut) isOut++;
        if (isOut <= (int)(replicas.Length * _ejectShareMax)) return false;
        _counters.Count(RouterCounter.EjectionsSpared);
        return true;
    }

    private int ChooseAmong(LeafHealth[] replicas, uint candidates, OperationClass kind, long now)
    {
        if (candidates == 0) return None;
        uint roomy = 0, starting = 0;
        for (var bits = candidates; bits != 0; bits &= bits - 1)
        {
            var i = BitOperations.TrailingZeroCount(bits);
            if (!replicas[i].HasRoom(kind)) continue;
            roomy |= 1u << i;
            if (_policy.Spreads && replicas[i].ShareAt(now) is < 1 and var share && !_random.Chance(share))
                starting |= 1u << i;
        }

        if (roomy == 0) return Full;
        var among = roomy & ~starting;
        if (among == 0) among = roomy;
        return BitOperations.IsPow2(among)
            ? BitOperations.TrailingZeroCount(among)
            : _policy.Choose(replicas, among, kind, now);
    }
}
