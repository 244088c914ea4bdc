using System.Buffers;
using System.Net;
using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Native;

/// <summary>Native clients of a router whose leaves are behind the loops' own links.</summary>
public sealed class DirectForwardTests : IAsyncLifetime
{
    private readonly SessionLoops _loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
    private RemoteCluster _cluster = null!;
    private NativeListener _listener = null!;
    private HedgerowClient _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RemoteCluster.StartAsync(leaves: 3, replicas: 2, memoryBytes: 32 << 20);
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        _listener = NativeListener.Bind(
            new NativeListenerOptions(any, 100, ProtocolLimits.Default), _loops, TimeProvider.System,
            NullLogger.Instance);
        var front = new NativeFrontEnd(_cluster.Router, NullLogger.Instance, _cluster.Commands);
        var hello = new HelloReply { Features = ProtocolFeatures.Router };
        _listener.Start(front, new TokenHelloPolicy(hello, new SharedToken(""), () => 1));
        _client = await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _listener.DisposeAsync();
        await _cluster.DisposeAsync();
        _loops.Dispose();
    }

    [Fact]
    public async Task Reads_beside_each_other_find_what_is_there_and_what_is_not()
    {
        for (var i = 0; i < 50; i++)
            await _client.SetAsync($"/{i}", Encoding.UTF8.GetBytes($"value {i}"), cancel: Cancel);
        var reads = Enumerable.Range(0, 1_000).Select(i => ReadAsync(_client, $"/{i % 100}")).ToArray();
        var found = await Task.WhenAll(reads);
        for (var i = 0; i < found.Length; i++) Assert.Equal(i % 100 < 50 ? $"value {i % 100}" : null, found[i]);
    }

    [Fact]
    public async Task A_client_that_leaves_with_reads_under_way_harms_nobody()
    {
        await _client.SetAsync("/a", "here"u8.ToArray(), cancel: Cancel);
        for (var round = 0; round < 20; round++)
        {
            var leaving = await ConnectAsync();
            var reads = Enumerable.Range(0, 100).Select(_ => ReadAsync(leaving, "/a")).ToArray();
            await leaving.DisposeAsync();
            foreach (var read in reads)
            {
                try
                {
                    Assert.Equal("here", await read);
                }
                catch (Exception e) when (e is HedgerowException or ObjectDisposedException)
                {
                    // It was not answered any more.
                }
            }

            Assert.Equal("here", await ReadAsync(_client, "/a"));
        }
    }

    [Fact]
    public void A_connection_that_leaves_ends_its_own_requests_and_no_others()
    {
        var begun = new List<DirectCall>();
        var forwards = new DirectForwards(new Begun(begun), new ForwardedRequest.Pool(), (_, _, _) => { });
        var (staying, leaving) = (new Silent(), new Silent());
        for (uint id = 1; id <= 100; id++)
        {
            Assert.True(forwards.TryBegin(Get(id), Body, id % 2 == 0 ? staying : leaving, 0));
            Assert.Equal(id == 1 ? 1 : 2, forwards.Connections);
        }

        forwards.Leave(leaving);
        Assert.Equal(1, forwards.Connections);
        for (uint id = 1; id <= 100; id++)
            Assert.Equal(id % 2 == 0, forwards.TryCancel(id, id % 2 == 0 ? staying : leaving, out _));
        forwards.Leave(staying);
        forwards.Leave(staying);
        Assert.Equal(0, forwards.Connections);
    }

    private static ReadOnlySpan<byte> Body
    {
        get
        {
            var command = new CacheCommand { Opcode = Opcode.Get, Path = "/a"u8 };
            var body = new byte[command.Length];
            command.WriteTo(body);
            return body;
        }
    }

    private static RequestHeader Get(uint id) => new() { Opcode = Opcode.Get, RequestId = id };

    private ValueTask<HedgerowClient> ConnectAsync() => HedgerowClient.ConnectAsync(
        new HedgerowClientOptions { Cluster = $"{_listener.EndPoint}", Timeout = TimeSpan.FromMinutes(1) }, Cancel);

    private static async Task<string?> ReadAsync(HedgerowClient client, string path)
    {
        using var entry = await client.GetAsync(path, Cancel);
        return entry.Found ? Encoding.UTF8.GetString(entry.Value.Span) : null;
    }

    /// <summary>Takes every call, and answers none.</summary>
    private sealed class Begun(List<DirectCall> calls) : ICommandExecutor
    {
        public int Shards => 1;

        public long UtcNowMs => 0;

        public bool IsRemote => true;

        public bool TryBegin(in RequestHeader header, in CacheCommand command, DirectCall call)
        {
            calls.Add(call);
            return true;
        }

        public bool TryExecute(
            in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
        {
            outcome = default;
            return false;
        }

        public ValueTask<Reply> ExecuteAsync(
            RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
            throw new NotSupportedException();

        public int ShardOf(ReadOnlySpan<byte> path) => 0;

        public void Prefetch(ReadOnlySpan<byte> path)
        {
        }

        public void BeginBatch()
        {
        }

        public void EndBatch()
        {
        }
    }

    /// <summary>A connection that is never answered.</summary>
    private sealed class Silent : IReplySink
    {
        public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body) => Assert.Fail("nothing is answered");
    }
}
