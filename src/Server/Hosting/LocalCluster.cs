using System.Collections.Concurrent;
using Hedgerow.Leaf;
using Hedgerow.Router;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// A whole cluster in this process, without sockets: leaves that hold every shard each, a router over them and a
/// client. What <c>serve</c> puts listeners before, and what the demo walks through. Thread-safe.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly LocalClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly InProcessTransport _transport = new();
    private readonly ConcurrentDictionary<string, LeafService> _leaves = new(StringComparer.Ordinal);
    private readonly LeafService?[] _byNumber;
    private readonly SemaphoreSlim _changing = new(1, 1);

    private LocalCluster(LocalClusterOptions options, TimeProvider time, ILoggerFactory logs)
    {
        _options = options;
        _time = time;
        _logs = logs;
        Topology = LocalTopology.Create(options.Shards, options.Replicas);
        LeafIds = [.. Topology.Leaves.Select(leaf => leaf.Id)];
        _byNumber = new LeafService?[LeafIds.Count];
        Router = new RequestRouter(new StaticTopology(Topology), _transport, options.Client, time, logs);
        Client = HedgerowClient.Over(Router, options.Client);
    }

    /// <summary>Shards, and leaves <c>leaf-1</c> … <c>leaf-R</c> with their preference rotated by shard.</summary>
    public Topology Topology { get; }

    /// <summary>Ids of the leaves.</summary>
    public IReadOnlyList<string> LeafIds { get; }

    /// <summary>The router over the leaves, owned by the cluster.</summary>
    public RequestRouter Router { get; }

    /// <summary>The typed face of the cluster; shared, thread-safe, owned by the cluster.</summary>
    public HedgerowClient Client { get; }

    /// <summary>Opens or recovers every leaf and is ready when it returns.</summary>
    /// <exception cref="StartException">The data directory was made with other shards or replicas.</exception>
    /// <exception cref="IOException">A leaf's directory is of another version, locked, or not writable.</exception>
    public static async ValueTask<LocalCluster> StartAsync(
        LocalClusterOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        if (options.Leaf.DataDirectory is { } directory)
            ClusterShapeFile.CheckOrWrite(directory, options.Shards, options.Replicas);
        var cluster = new LocalCluster(options, time, logs);
        try
        {
            await Task.WhenAll(cluster.LeafIds.Select(id => cluster.OpenLeafAsync(id, cancel)));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A leaf by its id; null while it is stopped.</summary>
    public LeafService? Leaf(string leafId) => _leaves.GetValueOrDefault(leafId);

    /// <summary>Transactions so far on all leaves; -1 while one writes or a leaf is stopped.</summary>
    public long TransactionsSoFar
    {
        get
        {
            long sum = 0;
            foreach (ref var slot in _byNumber.AsSpan())
            {
                if (Volatile.Read(ref slot)?.TransactionsSoFar is not (>= 0 and var count)) return -1;
                sum += count;
            }

            return sum;
        }
    }

    /// <summary>Stops a leaf abruptly: no drain, requests in flight are answered Unavailable.</summary>
    public async ValueTask KillLeafAsync(string leafId)
    {
        Require(leafId);
        await _changing.WaitAsync();
        try
        {
            _transport.Detach(leafId);
            Volatile.Write(ref _byNumber[NumberOf(leafId)], null);
            if (_leaves.TryRemove(leafId, out var leaf)) await leaf.DisposeAsync();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Starts a stopped leaf again from its data directory (empty without one).</summary>
    public async ValueTask RestartLeafAsync(string leafId, CancellationToken cancel)
    {
        Require(leafId);
        await _changing.WaitAsync(cancel);
        try
        {
            if (!_leaves.ContainsKey(leafId)) await OpenLeafAsync(leafId, cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>A second client over the same leaves with its own router, such as one with hedging off.</summary>
    public HedgerowClient OpenClient(HedgerowClientOptions options)
    {
        var router = new RequestRouter(new StaticTopology(Topology), _transport, options, _time, _logs);
        return HedgerowClient.Over(router, options, ownsExecutor: true);
    }

    /// <summary>Finishes what is in flight on every leaf and flushes.</summary>
    public async ValueTask DrainAsync(CancellationToken cancel) =>
        await Task.WhenAll(_leaves.Values.Select(leaf => leaf.DrainAsync(cancel).AsTask()));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Router.DisposeAsync();
        foreach (var id in LeafIds) await KillLeafAsync(id);
        await _transport.DisposeAsync();
        _changing.Dispose();
    }

    private async Task OpenLeafAsync(string leafId, CancellationToken cancel)
    {
        var directory = _options.Leaf.DataDirectory;
        var options = _options.Leaf with
        {
            Name = leafId,
            DataDirectory = directory == null ? null : Path.Combine(directory, leafId),
            MemoryBytes = _options.Leaf.MemoryBytes / _options.Replicas,
            // Every leaf has every entry: one of them tells what becomes of it.
            EntryEvents = leafId == LeafIds[0] ? _options.Leaf.EntryEvents : null,
        };
        var shards = Enumerable.Range(0, _options.Shards).Select(shard => (ushort)shard).ToArray();
        var leaf = await LeafService.OpenAsync(options, Topology.Epoch, shards, _time, _logs, cancel);
        _leaves[leafId] = leaf;
        Volatile.Write(ref _byNumber[NumberOf(leafId)], leaf);
        _transport.Attach(leafId, leaf);
    }

    private int NumberOf(string leafId)
    {
        for (var i = 0; i < LeafIds.Count; i++)
            if (LeafIds[i] == leafId) return i;
        return -1;
    }

    private void Require(string leafId)
    {
        if (LeafIds.Contains(leafId)) return;
        throw new ArgumentException($"'{leafId}' is no leaf; there are {string.Join(", ", LeafIds)}.", nameof(leafId));
    }
}
