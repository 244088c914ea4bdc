using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// Commands before one bare leaf: entries are served on the calling thread; what has to wait goes through a router over
/// this leaf alone, so that requests for several shards are split and merged as ever.
/// </summary>
/// <remarks>
/// Without a topology, a leaf of one shard puts every path into it, whatever its id, and a leaf of several spreads
/// paths over the shards 0 to its highest. With a topology its placement decides.
/// </remarks>
internal sealed class LeafExecutor : ICommandExecutor, IAsyncDisposable
{
    private readonly LeafService _leaf;
    private readonly InProcessTransport _transport = new();
    private readonly RequestRouter _router;
    private readonly BatchClock _clock;
    private readonly bool _checksEpoch;
    private readonly ushort _onlyShard;
    private readonly bool _hasOnlyShard;

    private LeafExecutor(
        LeafService leaf, LeafTopology topology, ushort? onlyShard, bool checksEpoch, RouterOptions options,
        TimeProvider time, ILoggerFactory logs)
    {
        _leaf = leaf;
        _checksEpoch = checksEpoch;
        _hasOnlyShard = onlyShard is not null;
        _onlyShard = onlyShard ?? 0;
        _clock = new BatchClock(time);
        var name = topology.Current.Leaves[0].Id;
        _transport.Attach(name, checksEpoch ? leaf : new StandaloneLeaf(leaf, onlyShard));
        _router = new RequestRouter(topology, _transport, options, time, logs);
    }

    /// <inheritdoc/>
    public int Shards => _hasOnlyShard ? 1 : _router.Shards;

    /// <inheritdoc/>
    public long UtcNowMs => _clock.UtcNowMs;

    /// <summary>A leaf of a cluster.</summary>
    /// <param name="leaf">Not disposed with the executor.</param>
    /// <param name="leafId">Its name in the topology.</param>
    /// <param name="cluster">Followed as it changes.</param>
    /// <param name="options">Time-outs of what has to wait.</param>
    /// <param name="time">For expiry and time-outs.</param>
    /// <param name="logs">Of the router inside.</param>
    public static LeafExecutor InCluster(
        LeafService leaf, string leafId, ITopologySource cluster, RouterOptions options, TimeProvider time,
        ILoggerFactory logs) =>
        new(leaf, LeafTopology.Within(cluster, leafId), null, checksEpoch: true, options, time, logs);

    /// <summary>A leaf without a topology that holds these shards.</summary>
    public static LeafExecutor Alone(
        LeafService leaf, IReadOnlyCollection<ushort> shards, RouterOptions options, TimeProvider time,
        ILoggerFactory logs)
    {
        ushort? only = shards.Count == 1 ? shards.First() : null;
        var topology = LeafTopology.Alone("leaf", only is null ? shards.Max() + 1 : 1);
        return new LeafExecutor(leaf, topology, only, checksEpoch: false, options, time, logs);
    }

    /// <inheritdoc/>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        var shard = _hasOnlyShard ? _onlyShard : (ushort)_router.ShardOf(command.Path);
        var epoch = _checksEpoch ? _router.Topology.Epoch : 0;
        return _leaf.TryExecute(command, pathHash, shard, epoch, UtcNowMs, output, out outcome);
    }

    /// <inheritdoc/>
    public long TransactionsSoFar => _leaf.TransactionsSoFar;

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        _router.ExecuteAsync(header, body, cancel);

    /// <inheritdoc/>
    public int ShardOf(ReadOnlySpan<byte> path) => _hasOnlyShard ? 0 : _router.ShardOf(path);

    /// <inheritdoc/>
    public void Prefetch(ReadOnlySpan<byte> path)
    {
        var shard = _hasOnlyShard ? _onlyShard : (ushort)_router.ShardOf(path);
        _leaf.Prefetch(shard, path);
    }

    /// <inheritdoc/>
    public void PrefetchEntry(ReadOnlySpan<byte> path)
    {
        var shard = _hasOnlyShard ? _onlyShard : (ushort)_router.ShardOf(path);
        _leaf.PrefetchEntry(shard, path);
    }

    /// <inheritdoc/>
    public void BeginBatch() => BatchClock.Begin();

    /// <inheritdoc/>
    public void EndBatch() => BatchClock.End();

    /// <summary>Stops the router inside; the leaf stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _router.DisposeAsync();
        await _transport.DisposeAsync();
    }

    /// <summary>A leaf without a topology behind a router that made one up: no epoch, its own shard id.</summary>
    private sealed class StandaloneLeaf(LeafService leaf, ushort? onlyShard) : IRequestHandler
    {
        public void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies) =>
            leaf.OnRequest(header with { Epoch = 0, Shard = onlyShard ?? header.Shard }, body, replies);

        public void OnCancel(uint requestId, IReplySink replies) => leaf.OnCancel(requestId, replies);

        public void OnClosed(IReplySink replies) => leaf.OnClosed(replies);
    }
}
