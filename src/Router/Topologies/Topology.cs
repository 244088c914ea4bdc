namespace Hedgerow.Router;

/// <summary>
/// Who holds what: the shards, their replicas in preference order, and an epoch that grows with every change.
/// Immutable; a router swaps whole snapshots. The file's JSON has the same members in camel case.
/// </summary>
public sealed record Topology
{
    /// <summary>Most shards: 4,096. A shard id is its place in <see cref="Shards"/>, and never changes.</summary>
    public const int ShardsMax = 4_096;

    /// <summary>Most replicas of one shard: 16.</summary>
    public const int ReplicasMax = 16;

    /// <summary>Most leaves: 16,384.</summary>
    public const int LeavesMax = 16_384;

    /// <summary>Grows with every change; above 0.</summary>
    public required uint Epoch { get; init; }

    /// <summary>How a path is mapped to a shard.</summary>
    public PlacementKind Placement { get; init; } = PlacementKind.Jump;

    /// <summary>The servers.</summary>
    public required IReadOnlyList<LeafEndpoint> Leaves { get; init; }

    /// <summary>The shards, by id.</summary>
    public required IReadOnlyList<ShardAssignment> Shards { get; init; }
}

/// <summary>How a path is mapped to a shard.</summary>
public enum PlacementKind
{
    /// <summary>Jump consistent hash (Lamping and Veach 2014) over shard ids. Even, no memory, no weights.</summary>
    Jump,

    /// <summary>Ketama ring with weights, point for point as libmemcached has it.</summary>
    Ring,
}

/// <summary>One server that holds shards.</summary>
/// <param name="Id">Its name, unique in the topology.</param>
/// <param name="Address">Host and port of its native listener.</param>
public sealed record LeafEndpoint(string Id, string Address)
{
    /// <summary>The failure zone it stands in, empty for none.</summary>
    public string Zone { get; init; } = "";
}

/// <summary>The replicas of one shard.</summary>
/// <param name="Replicas">Ids of leaves, most preferred first; the first is the owner.</param>
public sealed record ShardAssignment(IReadOnlyList<string> Replicas)
{
    /// <summary>Share of paths relative to the other shards (ring only); 1 to 1,000.</summary>
    public int Weight { get; init; } = 1;
}
