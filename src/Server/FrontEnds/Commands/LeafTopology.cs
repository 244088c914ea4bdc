using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// The cluster as one leaf sees it that is asked directly: the placement of the whole topology, and itself as the only
/// replica of every shard. Shards it does not hold it refuses itself.
/// </summary>
internal sealed class LeafTopology : ITopologySource
{
    private readonly ITopologySource? _cluster;
    private readonly string _leafId;
    private volatile Seen _seen;

    private LeafTopology(ITopologySource? cluster, string leafId, Topology topology)
    {
        _cluster = cluster;
        _leafId = leafId;
        _seen = new Seen(cluster?.Current, topology);
    }

    /// <inheritdoc/>
    public Topology Current
    {
        get
        {
            var seen = _seen;
            if (_cluster is null || ReferenceEquals(seen.Cluster, _cluster.Current)) return seen.Own;
            var current = _cluster.Current;
            var next = new Seen(current, Of(current, _leafId));
            _seen = next;
            return next.Own;
        }
    }

    /// <summary>Follows a topology of which <paramref name="leafId"/> is a leaf.</summary>
    public static LeafTopology Within(ITopologySource cluster, string leafId) =>
        new(cluster, leafId, Of(cluster.Current, leafId));

    /// <summary>Without a cluster: so many shards, all here.</summary>
    public static LeafTopology Alone(string leafId, int shards) => new(null, leafId, Make(1, leafId, shards));

    /// <inheritdoc/>
    public async ValueTask<Topology> RefreshAsync(uint epoch, CancellationToken cancel)
    {
        if (_cluster is not null) await _cluster.RefreshAsync(epoch, cancel);
        return Current;
    }

    private static Topology Of(Topology cluster, string leafId)
    {
        var replicas = new[] { leafId };
        return Make(cluster.Epoch, leafId, cluster.Shards.Count) with
        {
            Placement = cluster.Placement,
            Shards = [.. cluster.Shards.Select(shard => shard with { Replicas = replicas })],
        };
    }

    private static Topology Make(uint epoch, string leafId, int shards) => new()
    {
        Epoch = epoch,
        Leaves = [new LeafEndpoint(leafId, "127.0.0.1:1")],
        Shards = [.. Enumerable.Repeat(new ShardAssignment([leafId]), shards)],
    };

    private sealed record Seen(Topology? Cluster, Topology Own);
}
