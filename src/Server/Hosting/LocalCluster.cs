using Hedgerow.Leaf;
using Hedgerow.Router;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// A whole cluster in this process, without sockets: leaves that hold every shard each, a router over them and a
/// client. What <c>serve</c> puts listeners before, and what the demo walks through. Thread-safe.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private LocalCluster()
    {
    }

    /// <summary>Shards, and leaves <c>leaf-1</c> … <c>leaf-R</c> with their preference rotated by shard.</summary>
    public Topology Topology => throw new NotImplementedException();

    /// <summary>Ids of the leaves.</summary>
    public IReadOnlyList<string> LeafIds => throw new NotImplementedException();

    /// <summary>The typed face of the cluster; shared, thread-safe, owned by the cluster.</summary>
    public HedgerowClient Client => throw new NotImplementedException();

    /// <summary>Opens or recovers every leaf and is ready when it returns.</summary>
    public static ValueTask<LocalCluster> StartAsync(
        LocalClusterOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <summary>A leaf by its id; null while it is stopped.</summary>
    public LeafService? Leaf(string leafId) => throw new NotImplementedException();

    /// <summary>Stops a leaf abruptly: no drain, requests in flight are answered Unavailable.</summary>
    public ValueTask KillLeafAsync(string leafId) => throw new NotImplementedException();

    /// <summary>Starts a stopped leaf again from its data directory (empty without one).</summary>
    public ValueTask RestartLeafAsync(string leafId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>A second client over the same leaves with its own router, such as one with hedging off.</summary>
    public HedgerowClient OpenClient(HedgerowClientOptions options) => throw new NotImplementedException();

    /// <summary>Finishes what is in flight on every leaf and flushes.</summary>
    public ValueTask DrainAsync(CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
