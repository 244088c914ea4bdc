using System.Net;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Hosting;

/// <summary>Leaves behind native listeners, and what a router has before them: the loops' links, and sockets.</summary>
internal sealed class RemoteCluster : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts;
    private readonly SessionLoops _loops;

    private RemoteCluster(List<IAsyncDisposable> parts, SessionLoops loops, RequestRouter router)
    {
        _parts = parts;
        _loops = loops;
        Router = router;
        Commands = new RouterExecutor(router, TimeProvider.System) { IsRemote = true };
    }

    public RequestRouter Router { get; }

    public ICommandExecutor Commands { get; }

    public static async Task<RemoteCluster> StartAsync(int leaves, int replicas, long memoryBytes)
    {
        var (time, logs) = (TimeProvider.System, NullLoggerFactory.Instance);
        var loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, time);
        var parts = new List<IAsyncDisposable>();
        var endPoints = new List<LeafEndpoint>();
        ushort[] shards = [.. Enumerable.Range(0, leaves).Select(shard => (ushort)shard)];
        for (var i = 0; i < leaves; i++)
        {
            var leafOptions = new LeafOptions { Name = $"leaf-{i}", MemoryBytes = memoryBytes };
            var leaf = await LeafService.OpenAsync(leafOptions, 1, shards, time, logs, default);
            var any = new IPEndPoint(IPAddress.Loopback, 0);
            var listener = NativeListener.Bind(
                new NativeListenerOptions(any, 100, ProtocolLimits.Default), loops, time, NullLogger.Instance);
            listener.Start(leaf, new TokenHelloPolicy(new HelloReply(), new SharedToken(""), () => 1));
            parts.AddRange([listener, leaf]);
            endPoints.Add(new LeafEndpoint(leafOptions.Name, listener.EndPoint.ToString()));
        }

        var topology = new Topology
        {
            Epoch = 1,
            Leaves = [.. endPoints],
            Shards = [.. shards.Select(shard => new ShardAssignment(
                [.. Enumerable.Range(shard, replicas).Select(i => endPoints[i % leaves].Id)]))],
        };
        var sockets = new SocketLeafTransport(new HelloRequest(), 1, ProtocolLimits.Default, time, logs);
        var transport = new LoopTransport(sockets, new HelloRequest(), ProtocolLimits.Default, time, logs);
        // A client reads what it wrote on any replica, and no test is about time: on a busy machine a second is short.
        var options = new RouterOptions { EntryAcksMin = replicas, Timeout = TimeSpan.FromSeconds(30) };
        var router = new RequestRouter(new StaticTopology(topology), transport, options, time, logs);
        parts.InsertRange(0, [router, transport, sockets]);
        return new RemoteCluster(parts, loops, router);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts) await part.DisposeAsync();
        _loops.Dispose();
    }
}
