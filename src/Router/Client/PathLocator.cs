using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Placement as a client sees it: worked out anew when the executor's topology is another.</summary>
internal sealed class PathLocator
{
    private readonly IRequestExecutor _executor;
    private volatile Known? _known;

    public PathLocator(IRequestExecutor executor)
    {
        _executor = executor;
    }

    /// <summary>The shard of a path; 0 while no topology is known.</summary>
    public int ShardOf(ReadOnlySpan<byte> path) => Current() is { } known ? known.Placement.ShardOf(path) : 0;

    public PathPlacement Locate(in EntryPath path)
    {
        var bytes = ClientCalls.Checked(path);
        var known = Current() ?? throw new HedgerowException(
            StatusCode.Unavailable, "The topology is not known yet: no request has been answered.");
        var shard = known.Placement.ShardOf(bytes);
        var leaves = known.Topology.Leaves.ToDictionary(l => l.Id, StringComparer.Ordinal);
        return new PathPlacement(shard, [.. known.Topology.Shards[shard].Replicas.Select(id => leaves[id])]);
    }

    private Known? Current()
    {
        var topology = _executor.Topology;
        if (topology is null) return null;
        var known = _known;
        if (known is not null && ReferenceEquals(known.Topology, topology)) return known;
        return _known = new Known(topology, RoutingTable.PlacementOf(topology));
    }

    private sealed record Known(Topology Topology, IPlacement Placement);
}
