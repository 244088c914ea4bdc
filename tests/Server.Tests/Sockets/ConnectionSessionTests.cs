using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Memcached;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hedgerow.Server.Tests.Sockets;

/// <summary>Connections of the text front ends as sessions, before a router whose leaves are behind links.</summary>
public sealed class ConnectionSessionTests : IAsyncLifetime
{
    private readonly SessionLoops _loops = SessionLoops.Start(1, SessionLoopKind.BestOfSystem, TimeProvider.System);
    private RemoteCluster _cluster = null!;
    private Noting _noting = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await RemoteCluster.StartAsync(leaves: 3, replicas: 3, memoryBytes: 32 << 20);
        _noting = new Noting(_cluster.Commands);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _loops.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_memcached_connection_is_a_session_where_that_is_asked_for(bool isAsked)
    {
        using var frontEnd = new MemcachedFrontEnd(
            _noting, new MemcachedOptions { ValueBytesMax = 1 << 20, HasSessions = isAsked },
            _ => ValueTask.FromResult<IReadOnlyList<StatsReply>>([]), TimeProvider.System, NullLogger.Instance);
        await Serve(frontEnd, isAsked, i => (
            $"set k 0 0 2\r\n{i:00}\r\nget k\r\n", $"STORED\r\nVALUE k 0 2\r\n{i:00}\r\nEND\r\n"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_resp_connection_is_a_session_where_that_is_asked_for(bool isAsked)
    {
        var settings = new ServerSettings
        {
            ValueBytesMax = 1 << 20, RespListenerBytesMax = 1 << 20, RespSession = isAsked,
        };
        var server = new RespServer(_noting, settings, null, TimeProvider.System, NullLogger.Instance);
        await Serve(server, isAsked, i => ($"SET k {i:00}\r\nGET k\r\n", $"+OK\r\n$2\r\n{i:00}\r\n"));
    }

    [Fact]
    public void Where_reads_are_of_this_process_there_is_no_session()
    {
        Assert.Same(_noting, SessionExecutor.Of(_noting, isAsked: false, 1));
        var here = new Noting(_cluster.Commands) { IsRemote = false };
        Assert.Same(here, SessionExecutor.Of(here, isAsked: true, 1));
    }

    private async Task Serve(
        ISessionFactory factory, bool isAsked, Func<int, (string Sent, string Expected)> round)
    {
        var options = new SessionListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Name = "text" };
        await using var listener = SessionListener.Bind(options, _loops, TimeProvider.System, NullLogger.Instance);
        listener.Start(factory);
        var sessions = new List<ushort>();
        for (var connection = 0; connection < 2; connection++)
        {
            _noting.Sessions.Clear();
            using var client = new LoopUnderTest.Client(listener.EndPoint);
            for (var i = 0; i < 20; i++)
            {
                var (sent, expected) = round(i);
                client.Send(sent);
                Assert.Equal(expected, client.Receive(expected.Length));
            }

            sessions.Add(Assert.Single(_noting.Sessions.Distinct()));
        }

        if (isAsked) Assert.Distinct(sessions);
        Assert.All(sessions, session => Assert.Equal(isAsked, session != 0));
    }

    /// <summary>Notes the sessions of what is sent.</summary>
    private sealed class Noting(ICommandExecutor inner) : ICommandExecutor
    {
        public ConcurrentQueue<ushort> Sessions { get; } = new();

        public int Shards => inner.Shards;

        public long UtcNowMs => inner.UtcNowMs;

        public bool IsRemote { get; init; } = true;

        public bool TryExecute(
            in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome) =>
            inner.TryExecute(command, pathHash, output, out outcome);

        public bool TryBegin(in RequestHeader header, in CacheCommand command, DirectCall call)
        {
            Sessions.Enqueue(header.Session);
            return inner.TryBegin(header, command, call);
        }

        public ValueTask<Reply> ExecuteAsync(
            RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
        {
            Sessions.Enqueue(header.Session);
            return inner.ExecuteAsync(header, body, cancel);
        }

        public int ShardOf(ReadOnlySpan<byte> path) => inner.ShardOf(path);

        public void Prefetch(ReadOnlySpan<byte> path) => inner.Prefetch(path);

        public void BeginBatch() => inner.BeginBatch();

        public void EndBatch() => inner.EndBatch();
    }
}
