using System.Net;
using Hedgerow.Leaf;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Resp;

/// <summary>
/// A RESP front end on a free port: before a bare leaf of one shard, or before a whole cluster, in this process or
/// behind links.
/// </summary>
internal sealed class RespNode : IAsyncDisposable
{
    public const string BareLeaf = "leaf";
    public const string Cluster = "cluster";

    /// <summary>Before leaves of other processes, as far as the router can tell.</summary>
    public const string Router = "router";

    /// <summary>Bytes of the largest value.</summary>
    public const int ValueBytesMax = 16 << 20;

    private static readonly ServerSettings Settings = new()
    {
        ValueBytesMax = ValueBytesMax, RespListenerBytesMax = 32 << 20, RespOutputBytesMax = 256 << 20,
    };

    /// <summary>What the tests look at is not time: on a busy machine a second is soon over.</summary>
    private static readonly HedgerowClientOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly IAsyncDisposable[] _behind;
    private readonly SessionLoops _loops;
    private readonly SessionListener _listener;

    private RespNode(ICommandExecutor executor, int loops, params IAsyncDisposable[] behind)
    {
        _behind = behind;
        Executor = executor;
        var said = new KeyspaceNotifications(new PubSubHub());
        Server = new RespServer(
            executor, Settings, null, said, TimeProvider.System, NullLogger.Instance);
        _loops = SessionLoops.Start(loops, SessionLoopKind.BestOfSystem, TimeProvider.System);
        var options = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "resp" };
        _listener = SessionListener.Bind(options, _loops, TimeProvider.System, NullLogger.Instance);
        _listener.Start(Server);
    }

    public ICommandExecutor Executor { get; }

    public RespServer Server { get; }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public static Task<RespNode> StartAsync(string kind, int loops = 1) =>
        kind == BareLeaf ? LeafAsync(loops) : kind == Cluster ? ClusterAsync(loops) : RouterAsync(loops);

    /// <summary>Before a bare leaf.</summary>
    /// <param name="loops">Loops of the sessions.</param>
    /// <param name="time">The leaf's clock; null for the system's.</param>
    /// <param name="over">What stands between; null for nothing.</param>
    public static async Task<RespNode> LeafAsync(
        int loops = 1, TimeProvider? time = null, Func<ICommandExecutor, ICommandExecutor>? over = null)
    {
        var options = new LeafOptions { Name = "leaf", MemoryBytes = 64 << 20 };
        var logs = NullLoggerFactory.Instance;
        time ??= TimeProvider.System;
        var leaf = await LeafService.OpenAsync(options, 1, [0], time, logs, default);
        var executor = LeafExecutor.Alone(leaf, [0], Patient, time, logs);
        return new RespNode(over?.Invoke(executor) ?? executor, loops, executor, leaf);
    }

    public static async Task<RespNode> ClusterAsync(int loops = 1, int shards = 4, int replicas = 2)
    {
        var options = new LocalClusterOptions
        {
            Shards = shards, Replicas = replicas, Leaf = new LeafOptions { MemoryBytes = 256 << 20 }, Client = Patient,
        };
        var logs = NullLoggerFactory.Instance;
        var cluster = await LocalCluster.StartAsync(options, TimeProvider.System, logs, default);
        var executor = new RouterExecutor(cluster.Router, TimeProvider.System, () => cluster.TransactionsSoFar);
        return new RespNode(executor, loops, cluster);
    }

    public static async Task<RespNode> RouterAsync(int loops = 1)
    {
        var cluster = await RemoteCluster.StartAsync(leaves: 3, replicas: 2, memoryBytes: 128 << 20);
        return new RespNode(cluster.Commands, loops, cluster);
    }

    public RespTestClient Connect() => new(EndPoint);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _loops.Dispose();
        foreach (var each in _behind) await each.DisposeAsync();
    }
}
