using Hedgerow.Router;
using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation;

/// <summary>
/// Which leaf holds what: replicas of a shard stand in different zones where there are enough of them, and a leaf holds
/// its even share of the shards.
/// </summary>
internal sealed class ClusterLayout
{
    private readonly ClusterShape _shape;

    public ClusterLayout(ClusterShape shape)
    {
        _shape = shape;
        Leaves = LeavesOf(shape);
        Topology = new Topology
        {
            Epoch = 1,
            Leaves =
            [
                .. Enumerable.Range(0, Leaves).Select(i =>
                    new LeafEndpoint($"leaf-{i}", "127.0.0.1:1") { Zone = $"zone-{ZoneOf(i)}" }),
            ],
            Shards =
            [
                .. Enumerable.Range(0, shape.Shards).Select(shard => new ShardAssignment(
                    [.. Enumerable.Range(0, shape.Replicas).Select(replica => $"leaf-{LeafOf(shard, replica)}")])),
            ],
        };
    }

    public int Leaves { get; }

    public Topology Topology { get; }

    /// <summary>Leaves of a shape: what it says, or one for each replica of each shard.</summary>
    public static int LeavesOf(ClusterShape shape) =>
        shape.Leaves > 0 ? shape.Leaves : shape.Shards * shape.Replicas;

    /// <summary>The leaf of a shard's replica: replicas stand a whole block of leaves apart.</summary>
    public int LeafOf(int shard, int replica) => (shard + (replica * BlockLength)) % Leaves;

    /// <summary>The leaves that go together.</summary>
    public IReadOnlyList<int[]> Groups(StallScope scope) => scope switch
    {
        StallScope.Leaf => [.. Enumerable.Range(0, Leaves).Select(leaf => new[] { leaf })],
        StallScope.Shard => [.. Enumerable.Range(0, _shape.Shards).Select(ReplicasOf)],
        StallScope.Zone => [.. Enumerable.Range(0, _shape.Zones).Select(ZoneLeaves)],
        _ => [[.. Enumerable.Range(0, Leaves)]],
    };

    /// <summary>The leaves that a fault is about.</summary>
    public int[] LeavesOf(ScheduledFault fault)
    {
        if (fault.Leaves.Count > 0) return [.. fault.Leaves];
        if (fault.Zone is { } zone) return ZoneLeaves(zone);
        if (fault.Replica is { } replica)
            return [.. Enumerable.Range(0, _shape.Shards).Select(shard => LeafOf(shard, replica)).Distinct()];
        return [.. Enumerable.Range(0, (int)Math.Ceiling((fault.Share ?? 1) * Leaves))];
    }

    private int BlockLength => Math.Max(1, Leaves / _shape.Replicas);

    private int[] ReplicasOf(int shard) =>
        [.. Enumerable.Range(0, _shape.Replicas).Select(replica => LeafOf(shard, replica))];

    private int ZoneOf(int leaf) => (int)((long)leaf * _shape.Zones / Leaves);

    private int[] ZoneLeaves(int zone) => [.. Enumerable.Range(0, Leaves).Where(leaf => ZoneOf(leaf) == zone)];
}
