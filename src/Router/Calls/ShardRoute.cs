namespace Hedgerow.Router;

/// <summary>
/// Where requests for one shard may go, in one topology. Immutable; the leaves' health in it lives on.
/// </summary>
internal sealed class ShardRoute
{
    public ShardRoute(ushort shard, LeafHealth[] replicas, ReplicaGroup group)
    {
        Shard = shard;
        Replicas = replicas;
        Group = group;
    }

    public ushort Shard { get; }

    /// <summary>Most preferred first; the first is the owner.</summary>
    public LeafHealth[] Replicas { get; }

    public ReplicaGroup Group { get; }

    public LeafHealth Owner => Replicas[0];

    /// <summary>
    /// Whether no replica is avoided. One that is may be due for a probe, which is not to be wasted by a way that can't
    /// make it.
    /// </summary>
    public bool AreUp
    {
        get
        {
            foreach (var leaf in Replicas)
                if (!leaf.IsUp) return false;
            return true;
        }
    }

    public int Majority => (Replicas.Length / 2) + 1;

    /// <summary>A route to one replica and to no other.</summary>
    public ShardRoute Only(int replica) => new(Shard, [Replicas[replica]], Group);

    public string ReplicaNames => string.Join(", ", Replicas.Select(r => r.Endpoint.Id));
}
