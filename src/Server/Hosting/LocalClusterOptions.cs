using Hedgerow.Leaf;
using Hedgerow.Router;

namespace Hedgerow.Server.Hosting;

/// <summary>The shape of a <see cref="LocalCluster"/>.</summary>
internal sealed record LocalClusterOptions
{
    /// <summary>Shards, 1 to <see cref="Topology.ShardsMax"/>.</summary>
    public int Shards { get; init; } = 4;

    /// <summary>Leaves, each with a replica of every shard; 1 to 16.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>
    /// What each leaf is opened with, but for its name. The memory is that of all leaves together, and each leaf's data
    /// lies in a directory of its name in this one's.
    /// </summary>
    public LeafOptions Leaf { get; init; } = new();

    /// <summary>What the router and <see cref="LocalCluster.Client"/> work by.</summary>
    public HedgerowClientOptions Client { get; init; } = new();
}
