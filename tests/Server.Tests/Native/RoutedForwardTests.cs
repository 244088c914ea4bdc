using System.Net;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Native;

/// <summary>Requests of native clients that went directly, and have become routed calls since.</summary>
public sealed class RoutedForwardTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SessionLoops _leafLoops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
    private readonly SessionLoops _loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly CountingTransport _others = new();
    private HeldLeaf _first = null!;
    private HeldLeaf _second = null!;
    private LoopTransport _transport = null!;
    private RequestRouter _router = null!;
    private NativeListener _listener = null!;
    private HedgerowClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        (_first, _second) = (new HeldLeaf(_leafLoops), new HeldLeaf(_leafLoops));
        var (time, logs) = (TimeProvider.System, NullLoggerFactory.Instance);
        _transport = new LoopTransport(_others, new HelloRequest(), ProtocolLimits.Default, time, logs);
        var topology = new Topology
        {
            Epoch = 1,
            Leaves = [new LeafEndpoint("first", _first.Address), new LeafEndpoint("second", _second.Address)],
            Shards = [new ShardAssignment(["first", "second"])],
        };
        // Nothing here is about time but that a second copy is sent. Leaves are asked until there are links to them.
        var options = new RouterOptions
        {
            EntryAcksMin = 2, Timeout = Patience, FailuresToEject = 1_000, Hedge = new HedgeOptions { Budget = 1 },
        };
        _router = new RequestRouter(new StaticTopology(topology), _transport, options, time, logs);
        _listener = NativeListener.Bind(
            new NativeListenerOptions(new IPEndPoint(IPAddress.Loopback, 0), 100, ProtocolLimits.Default), _loops, time,
            NullLogger.Instance);
        var commands = new RouterExecutor(_router, time) { IsRemote = true };
        var hello = new HelloReply { Features = ProtocolFeatures.Router };
        _listener.Start(
            new NativeFrontEnd(_router, NullLogger.Instance, commands),
            new TokenHelloPolicy(hello, new SharedToken(""), () => 1));
        _client = await HedgerowClient.ConnectAsync(
            new HedgerowClientOptions { Cluster = _listener.EndPoint.ToString(), Timeout = Patience },
            _patience.Token);
        await WriteUntilLinkedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _listener.DisposeAsync();
        await _router.DisposeAsync();
        await _transport.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _loops.Dispose();
        _leafLoops.Dispose();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_cancel_of_a_read_reaches_both_its_copies()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token);
        var read = _client.GetAsync(HeldLeaf.HeldPath, cancel.Token).AsTask();
        // The second copy is one of a routed call.
        await _first.HasHeld.WaitAsync(_patience.Token);
        await _second.HasHeld.WaitAsync(_patience.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await _first.WasCancelled.WaitAsync(_patience.Token);
        await _second.WasCancelled.WaitAsync(_patience.Token);
        Assert.Equal(0, _others.Count);
        using var after = await _client.GetAsync("/after", _patience.Token);
        Assert.False(after.Found);
    }

    // A write goes to both, and succeeds when both have it: then there are links to both. Until then it begins them.
    private async Task WriteUntilLinkedAsync()
    {
        while (true)
        {
            try
            {
                await _client.SetAsync("/warm", "1"u8.ToArray(), cancel: _patience.Token);
                break;
            }
            catch (HedgerowException)
            {
                await Task.Yield();
            }
        }

        _others.Reset();
    }

    /// <summary>The way that is not a link: nobody is there.</summary>
    private sealed class CountingTransport : ILeafTransport
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Reset() => Volatile.Write(ref _count, 0);

        public ValueTask<Reply> SendAsync(
            LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            Interlocked.Increment(ref _count);
            return new ValueTask<Reply>(Reply.Copy(new ReplyHeader { Status = StatusCode.Unavailable }, "no"u8));
        }

        public ValueTask DisposeAsync() => default;
    }
}
