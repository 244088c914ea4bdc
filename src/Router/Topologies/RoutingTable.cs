namespace Hedgerow.Router;

/// <summary>A topology worked out for routing: one immutable snapshot, swapped whole.</summary>
internal sealed class RoutingTable
{
    private readonly IPlacement _placement;
    private readonly Dictionary<string, LeafHealth> _leaves = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReplicaGroup> _groups = new(StringComparer.Ordinal);

    /// <param name="topology">Checked.</param>
    /// <param name="services">For leaves and groups that are new.</param>
    /// <param name="before">The table it replaces: what is known of leaves that stay is kept.</param>
    public RoutingTable(Topology topology, CallServices services, RoutingTable? before)
    {
        Topology = topology;
        _placement = PlacementOf(topology);
        foreach (var leaf in topology.Leaves)
        {
            _leaves[leaf.Id] = before?._leaves.GetValueOrDefault(leaf.Id) is { } known && known.Endpoint == leaf
                ? known
                : new LeafHealth(leaf, services.Clock, services.Options, services.Counters);
        }

        Shards = topology.Shards.Select((shard, id) => RouteOf((ushort)id, shard, services, before)).ToArray();
        Owners = Shards.Select(s => s.Only(0)).ToArray();
        Leaves = topology.Leaves.Select(leaf => LeafRoute(_leaves[leaf.Id], services)).ToArray();
    }

    public Topology Topology { get; }

    public uint Epoch => Topology.Epoch;

    /// <summary>By shard id.</summary>
    public ShardRoute[] Shards { get; }

    /// <summary>By shard id: the owner and nobody else.</summary>
    public ShardRoute[] Owners { get; }

    /// <summary>One leaf each, in the topology's order; the shard is the first that it holds.</summary>
    public ShardRoute[] Leaves { get; }

    public static IPlacement PlacementOf(Topology topology) => topology.Placement == PlacementKind.Ring
        ? new RingPlacement(topology.Shards)
        : new JumpPlacement(topology.Shards.Count);

    public int ShardOf(ReadOnlySpan<byte> path) => _placement.ShardOf(path);

    private ShardRoute RouteOf(ushort id, ShardAssignment shard, CallServices services, RoutingTable? before)
    {
        var key = string.Join('\n', shard.Replicas.Order(StringComparer.Ordinal));
        if (!_groups.TryGetValue(key, out var group))
        {
            group = before?._groups.GetValueOrDefault(key)
                ?? new ReplicaGroup(services.Clock, services.Policy, services.Options);
            _groups.Add(key, group);
        }

        return new ShardRoute(id, shard.Replicas.Select(r => _leaves[r]).ToArray(), group);
    }

    private ShardRoute LeafRoute(LeafHealth leaf, CallServices services)
    {
        var first = Array.Find(Shards, s => s.Replicas.Contains(leaf));
        var group = first?.Group ?? new ReplicaGroup(services.Clock, services.Policy, services.Options);
        return new ShardRoute(first?.Shard ?? 0, [leaf], group);
    }
}
