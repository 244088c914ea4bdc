using System.Text;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Collections;

/// <summary>
/// A router over leaves of this process, with a place between them where a test may have something happen before a
/// request goes on to its leaf.
/// </summary>
internal sealed class SteppedCluster : IAsyncDisposable, ILeafTransport
{
    private readonly InProcessTransport _inner = new();
    private readonly Dictionary<string, LeafService> _leaves = [];
    private readonly string? _directory;

    private SteppedCluster(int shards, int replicas, string? directory)
    {
        _directory = directory;
        Topology = LocalTopology.Create(shards, replicas);
        var options = new HedgerowClientOptions
        {
            Timeout = TimeSpan.FromMinutes(2),
            SearchTimeout = TimeSpan.FromMinutes(2),
            BulkTimeout = TimeSpan.FromMinutes(2),
            // Every answer that comes is waited for, however slow the machine.
            WriteGrace = TimeSpan.FromMinutes(1),
            SearchSoftShare = 1,
            Hedge = new HedgeOptions { Enabled = false },
        };
        Router = new RequestRouter(
            new StaticTopology(Topology), this, options, TimeProvider.System, NullLoggerFactory.Instance);
        Client = HedgerowClient.Over(Router, options);
    }

    public Topology Topology { get; }

    public RequestRouter Router { get; }

    public HedgerowClient Client { get; }

    /// <summary>Called before each request goes to its leaf.</summary>
    public Func<string, RequestHeader, ReadOnlyMemory<byte>, ValueTask>? OnSend { get; set; }

    public static async Task<SteppedCluster> StartAsync(int shards, int replicas, string? directory = null)
    {
        var cluster = new SteppedCluster(shards, replicas, directory);
        foreach (var leaf in cluster.Topology.Leaves) await cluster.OpenLeafAsync(leaf.Id);
        return cluster;
    }

    public LeafService Leaf(string id) => _leaves[id];

    public async Task OpenLeafAsync(string id)
    {
        var options = new LeafOptions
        {
            Name = id, MemoryBytes = 32 << 20,
            DataDirectory = _directory is null ? null : Path.Combine(_directory, id),
        };
        var shards = Enumerable.Range(0, Topology.Shards.Count).Select(shard => (ushort)shard).ToArray();
        _leaves[id] = await LeafService.OpenAsync(
            options, Topology.Epoch, shards, TimeProvider.System, NullLoggerFactory.Instance, default);
        _inner.Attach(id, _leaves[id]);
    }

    /// <summary>Makes a leaf that goes on running unreachable.</summary>
    public void CutOff(string id) => _inner.Detach(id);

    /// <summary>Makes it reachable again.</summary>
    public void Connect(string id) => _inner.Attach(id, _leaves[id]);

    public async Task StopLeafAsync(string id)
    {
        _inner.Detach(id);
        await _leaves[id].DrainAsync(default);
        await _leaves[id].DisposeAsync();
    }

    /// <summary>Asks one leaf without the router and without the step before.</summary>
    public async Task<(StatusCode Status, string Text)> AskAsync(
        string leaf, Opcode opcode, ReadOnlyMemory<byte> body, ushort shard = 0)
    {
        using var reply = await SendAsync(leaf, opcode, body, shard);
        return (reply.Status, Encoding.UTF8.GetString(reply.Body.Span));
    }

    /// <summary>Likewise; the caller disposes the answer.</summary>
    public ValueTask<Reply> SendAsync(string leaf, Opcode opcode, ReadOnlyMemory<byte> body, ushort shard = 0)
    {
        var header = new RequestHeader { Opcode = opcode, Epoch = Topology.Epoch, Shard = shard };
        return _inner.SendAsync(EndpointOf(leaf), header, body, default);
    }

    async ValueTask<Reply> ILeafTransport.SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var copy = body.ToArray();
        if (OnSend is { } step) await step(leaf.Id, header, copy);
        return await _inner.SendAsync(leaf, header, copy, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Router.DisposeAsync();
        foreach (var leaf in _leaves.Values) await leaf.DisposeAsync();
    }

    private LeafEndpoint EndpointOf(string leaf) => Topology.Leaves.First(endpoint => endpoint.Id == leaf);
}
