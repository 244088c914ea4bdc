using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;

namespace Hedgerow.Server.Hosting;

/// <summary><c>hedgerow serve</c>: a <see cref="LocalCluster"/> with its router before the listeners.</summary>
internal sealed class LocalNode : INode
{
    private readonly LocalCluster _cluster;

    private LocalNode(LocalCluster cluster, TimeProvider time, ILoggerFactory logs)
    {
        _cluster = cluster;
        Commands = new RouterExecutor(cluster.Router, time, () => cluster.TransactionsSoFar);
        Handler = new NativeFrontEnd(cluster.Router, logs.CreateLogger<NativeFrontEnd>(), Commands);
        var topology = cluster.Topology;
        Summary = $"{topology.Shards.Count} shards x {topology.Leaves.Count} replicas in one process";
    }

    /// <summary>The cluster itself, for the demo.</summary>
    public LocalCluster Cluster => _cluster;

    /// <inheritdoc/>
    public IRequestHandler Handler { get; }

    /// <inheritdoc/>
    public ProtocolFeatures Features => ProtocolFeatures.Router;

    /// <inheritdoc/>
    public uint Epoch => _cluster.Topology.Epoch;

    /// <inheritdoc/>
    public IRequestExecutor Router => _cluster.Router;

    /// <inheritdoc/>
    public HedgerowClient Client => _cluster.Client;

    /// <inheritdoc/>
    public ICommandExecutor Commands { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LeafService> Leaves => [.. _cluster.LeafIds.Select(_cluster.Leaf).OfType<LeafService>()];

    /// <inheritdoc/>
    public string Summary { get; }

    /// <summary>Recovers every leaf.</summary>
    public static async Task<INode> StartAsync(
        ServerSettings settings, IEntryEvents? events, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel)
    {
        var options = new LocalClusterOptions
        {
            Shards = settings.Shards,
            Replicas = settings.Replicas,
            Leaf = NodeOptions.Leaf(settings, events),
            Client = NodeOptions.Client(settings),
        };
        return new LocalNode(await LocalCluster.StartAsync(options, time, logs, cancel), time, logs);
    }

    /// <inheritdoc/>
    public ValueTask DrainAsync(CancellationToken cancel) => _cluster.DrainAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
