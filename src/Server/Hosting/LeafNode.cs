using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// <c>hedgerow leaf</c>: one leaf with the shards that its topology file, or leaf.shards, gives it. A new epoch in the
/// file reassigns them.
/// </summary>
internal sealed partial class LeafNode : INode
{
    private static readonly TimeSpan TopologyCheck = TimeSpan.FromSeconds(1);

    private readonly LeafService _leaf;
    private readonly LeafExecutor _commands;
    private readonly TopologyFile? _topology;
    private readonly string _id;
    private readonly ILogger _log;
    private readonly ITimer? _timer;
    private readonly Lock _reassigning = new();
    private LeafAssignment _assignment;

    private LeafNode(
        LeafService leaf, LeafExecutor commands, TopologyFile? topology, string id, LeafAssignment assignment,
        TimeProvider time, ILogger log)
    {
        _commands = commands;
        _leaf = leaf;
        _topology = topology;
        _id = id;
        _assignment = assignment;
        _log = log;
        if (topology != null) _timer = time.CreateTimer(_ => FollowTopology(), null, TopologyCheck, TopologyCheck);
    }

    /// <inheritdoc/>
    public IRequestHandler Handler => _leaf;

    /// <inheritdoc/>
    public ProtocolFeatures Features => ProtocolFeatures.Leaf | ProtocolFeatures.Ties;

    /// <inheritdoc/>
    public uint Epoch => Volatile.Read(ref _assignment).Epoch;

    /// <inheritdoc/>
    public IRequestExecutor? Router => null;

    /// <inheritdoc/>
    public HedgerowClient? Client => null;

    /// <inheritdoc/>
    public ICommandExecutor Commands => _commands;

    /// <inheritdoc/>
    public IReadOnlyList<LeafService> Leaves => [_leaf];

    /// <inheritdoc/>
    public string Summary
    {
        get
        {
            var assignment = Volatile.Read(ref _assignment);
            return $"{_id} with {assignment.Shards.Count} shards, epoch {assignment.Epoch}";
        }
    }

    /// <summary>Finds its place, opens its data and recovers.</summary>
    /// <exception cref="TopologyException">The topology file is missing or wrong.</exception>
    /// <exception cref="StartException">The topology does not know this leaf.</exception>
    /// <exception cref="IOException">The data directory is of another version, locked, or not writable.</exception>
    public static async Task<INode> StartAsync(
        ServerSettings settings, IEntryEvents? events, TimeProvider time, ILoggerFactory logs,
        CancellationToken cancel)
    {
        var topology = settings.Topology.Length == 0
            ? null
            : TopologyFile.Open(settings.Topology, time, logs.CreateLogger<TopologyFile>());
        try
        {
            var id = topology == null ? settings.Name : LeafAssignment.FindId(topology.Current, settings);
            var assignment = topology == null
                ? new LeafAssignment(0, settings.LeafShards)
                : LeafAssignment.Of(topology.Current, id);
            var options = NodeOptions.Leaf(settings, events) with { Name = id };
            var hasPeers = topology != null && HasPeers(topology.Current, assignment);
            if (options.SnapshotLoad == SnapshotLoad.Clean && hasPeers)
            {
                // Its peers took writes while it was down; a miss is better than a stale hit.
                options = options with { SnapshotLoad = SnapshotLoad.Never };
            }

            LeafAssignment.CheckMemory(assignment, options.MemoryBytes);
            var leaf = await LeafService.OpenAsync(options, assignment.Epoch, assignment.Shards, time, logs, cancel);
            var waiting = NodeOptions.Client(settings);
            var commands = topology == null
                ? LeafExecutor.Alone(leaf, assignment.Shards, waiting, time, logs)
                : LeafExecutor.InCluster(leaf, id, topology, waiting, time, logs);
            return new LeafNode(leaf, commands, topology, id, assignment, time, logs.CreateLogger<LeafNode>());
        }
        catch
        {
            topology?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IAsyncDisposable? Link(KeyspaceNotifications notifications)
    {
        notifications.Hub.Carrier = new LeafMessages(_leaf);
        notifications.Owns = Owns;
        _leaf.MessageListener = notifications.Hub;
        return null;
    }

    private bool Owns(ReadOnlySpan<byte> path) =>
        _topology == null || _topology.Current.Shards[_commands.ShardOf(path)].Replicas[0] == _id;

    private static bool HasPeers(Topology topology, LeafAssignment assignment) =>
        assignment.Shards.Any(shard => topology.Shards[shard].Replicas.Count > 1);

    /// <summary>Takes up a newer epoch of the file, if there is one.</summary>
    internal void FollowTopology()
    {
        lock (_reassigning)
        {
            var current = _topology!.Current;
            if (current.Epoch <= _assignment.Epoch) return;
            var assignment = LeafAssignment.Of(current, _id);
            _leaf.Reassign(assignment.Epoch, assignment.Shards);
            Volatile.Write(ref _assignment, assignment);
            LogReassigned(_log, assignment.Epoch, assignment.Shards.Count);
        }
    }

    /// <inheritdoc/>
    public ValueTask DrainAsync(CancellationToken cancel) => _leaf.DrainAsync(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_timer != null) await _timer.DisposeAsync();
        await _commands.DisposeAsync();
        _topology?.Dispose();
        await _leaf.DisposeAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Topology epoch {Epoch}: this leaf holds {Count} shards.")]
    private static partial void LogReassigned(ILogger logger, uint epoch, int count);
}
