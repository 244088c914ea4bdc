using Hedgerow.Router;

namespace Hedgerow.Server.Hosting;

/// <summary>The topology of a cluster in one process: every leaf holds every shard.</summary>
internal static class LocalTopology
{
    // A topology demands addresses; nothing ever dials these. The name says so where a person meets one.
    private const string AddressHost = "in-process";

    /// <summary>Leaves <c>leaf-1</c> … and shards whose preferred leaf goes round: each owns its share.</summary>
    public static Topology Create(int shards, int replicas)
    {
        var leaves = Enumerable.Range(1, replicas)
            .Select(n => new LeafEndpoint($"leaf-{n}", $"{AddressHost}:{n}")).ToArray();
        return new Topology
        {
            Epoch = 1,
            Leaves = leaves,
            Shards = [.. Enumerable.Range(0, shards).Select(shard => Rotated(leaves, shard))],
        };
    }

    private static ShardAssignment Rotated(LeafEndpoint[] leaves, int shard) =>
        new([.. leaves.Select((_, i) => leaves[(shard + i) % leaves.Length].Id)]);
}
