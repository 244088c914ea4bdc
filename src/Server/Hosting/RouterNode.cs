using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Hosting;

/// <summary><c>hedgerow router</c>: routes to leaves over sockets by a topology file.</summary>
internal sealed class RouterNode : INode
{
    private readonly TopologyFile _topology;
    private readonly SocketLeafTransport _sockets;
    private readonly LoopTransport _transport;
    private readonly RequestRouter _router;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;

    private RouterNode(ServerSettings settings, TopologyFile topology, TimeProvider time, ILoggerFactory logs)
    {
        _topology = topology;
        _time = time;
        _logs = logs;
        var options = NodeOptions.Client(settings);
        var hello = new HelloRequest
        {
            Features = ProtocolFeatures.Router,
            Name = settings.Name,
            Token = settings.AuthToken,
            Epoch = topology.Current.Epoch,
        };
        var limits = NodeOptions.Limits(settings);
        _sockets = new SocketLeafTransport(hello, options.ConnectionsPerLeaf, limits, time, logs)
        {
            ConnectTimeout = options.ConnectTimeout,
        };
        _transport = new LoopTransport(_sockets, hello, limits, time, logs)
        {
            ConnectTimeout = options.ConnectTimeout,
        };
        _router = new RequestRouter(topology, _transport, options, time, logs);
        Commands = new RouterExecutor(_router, time) { IsRemote = true };
        Client = HedgerowClient.Over(_router, options);
        Handler = new NativeFrontEnd(_router, logs.CreateLogger<NativeFrontEnd>(), Commands);
    }

    /// <inheritdoc/>
    public IRequestHandler Handler { get; }

    /// <inheritdoc/>
    public ProtocolFeatures Features => ProtocolFeatures.Router;

    /// <inheritdoc/>
    public uint Epoch => _topology.Current.Epoch;

    /// <inheritdoc/>
    public IRequestExecutor Router => _router;

    /// <inheritdoc/>
    public HedgerowClient Client { get; }

    /// <inheritdoc/>
    public ICommandExecutor Commands { get; }

    /// <inheritdoc/>
    public IReadOnlyList<LeafService> Leaves => [];

    /// <inheritdoc/>
    public string Summary
    {
        get
        {
            var topology = _topology.Current;
            return $"{topology.Shards.Count} shards on {topology.Leaves.Count} leaves, epoch {topology.Epoch}";
        }
    }

    /// <inheritdoc/>
    public IAsyncDisposable? Link(KeyspaceNotifications notifications)
    {
        var hub = notifications.Hub;
        var links = new MessageLinks(_topology, _sockets, hub, _time, _logs.CreateLogger<MessageLinks>());
        hub.Carrier = links;
        return links;
    }

    /// <summary>Reads the topology; leaves are connected to when the first request needs them.</summary>
    /// <exception cref="TopologyException">The file is missing or wrong.</exception>
    public static INode Start(ServerSettings settings, TimeProvider time, ILoggerFactory logs)
    {
        var topology = TopologyFile.Open(settings.Topology, time, logs.CreateLogger<TopologyFile>());
        return new RouterNode(settings, topology, time, logs);
    }

    /// <summary>Holds nothing that must be made durable.</summary>
    public ValueTask DrainAsync(CancellationToken cancel) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _router.DisposeAsync();
        await _transport.DisposeAsync();
        await _sockets.DisposeAsync();
        _topology.Dispose();
    }
}
