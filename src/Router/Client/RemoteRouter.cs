using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>A router behind a connection, which is opened again when it breaks. Thread-safe.</summary>
public sealed class RemoteRouter : IRequestExecutor
{
    private readonly ILeafTransport _transport;
    private readonly CallServices _services;
    private readonly ShardRoute _route;
    private volatile Topology? _topology;

    internal RemoteRouter(string address, ILeafTransport transport, RouterOptions options, TimeProvider time)
    {
        RouterOptionsRules.Check(options);
        _transport = transport;
        _services = new CallServices(transport, options, time, new CounterSet());
        var router = new LeafHealth(
            new LeafEndpoint(address, address), _services.Clock, options, _services.Counters);
        _route = new ShardRoute(0, [router], new ReplicaGroup(_services.Clock, _services.Policy, options));
    }

    /// <summary>The router's topology, as of the last time it was asked for.</summary>
    public Topology? Topology => _topology;

    /// <inheritdoc/>
    public RouterCounters Counters => _services.Counters.Reading;

    /// <summary>Connects to <paramref name="options"/>' cluster, which must be <c>HOST:PORT</c>.</summary>
    /// <exception cref="HedgerowException">Nothing answers there, or what answers is no router.</exception>
    public static async ValueTask<RemoteRouter> ConnectAsync(
        HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel)
    {
        var hello = new HelloRequest { Name = options.Name, Token = options.Token };
        var transport = new SocketLeafTransport(hello, options.ConnectionsPerLeaf, ProtocolLimits.Default, time, logs)
        {
            ConnectTimeout = options.ConnectTimeout,
        };
        var router = new RemoteRouter(options.Cluster, transport, options, time);
        try
        {
            var server = await transport.GreetAsync(options.Cluster, cancel).ConfigureAwait(false);
            if ((server.Features & ProtocolFeatures.Router) == 0)
                throw new HedgerowException(
                    StatusCode.BadRequest,
                    $"{options.Cluster} ({server.Name}) is no router; a client needs a router, or a topology file.");
            using var reply = await router.ExecuteAsync(
                new RequestHeader { Opcode = Opcode.Topology }, default, cancel).ConfigureAwait(false);
            if (reply.Status != StatusCode.Ok) throw new HedgerowException(reply.Status, RouterReply.Text(reply));
            return router;
        }
        catch
        {
            await router.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var reply = _services.Reads.Rent().RunAsync(
            _route, OperationClass.Addressed, header, body, versionMin: 0, _services.DeadlineOf(header), cancel);
        return header.Opcode == Opcode.Topology ? LearnAsync(reply) : reply;
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _services.Close();
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<Reply> LearnAsync(ValueTask<Reply> pending)
    {
        var reply = await pending.ConfigureAwait(false);
        if (reply.Status != StatusCode.Ok) return reply;
        try
        {
            _topology = TopologyJson.Parse(reply.Body, _route.Owner.Endpoint.Address);
            return reply;
        }
        catch (TopologyException e)
        {
            reply.Dispose();
            return RouterReply.Error(StatusCode.Internal, e.Message);
        }
    }
}
