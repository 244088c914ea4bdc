using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// The router in this process: maps paths to shards and replicas, hedges, scatters and gathers, over any transport.
/// Thread-safe. Does not dispose the transport it was given.
/// </summary>
public sealed class RequestRouter : IRequestExecutor
{
    /// <summary>Routes by whatever <paramref name="topologies"/> says at each moment.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its bounds.</exception>
    public RequestRouter(
        ITopologySource topologies, ILeafTransport transport, RouterOptions options, TimeProvider time,
        ILoggerFactory logs) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Topology Topology => throw new NotImplementedException();

    /// <inheritdoc/>
    public RouterCounters Counters => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
