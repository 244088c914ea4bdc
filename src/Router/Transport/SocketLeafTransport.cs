using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>Carries requests over TCP: a small pool of connections per leaf, opened on first use and again when they break.</summary>
public sealed class SocketLeafTransport : ILeafTransport
{
    /// <summary>Makes one; nothing is connected yet.</summary>
    /// <param name="hello">What each connection says first.</param>
    /// <param name="connectionsPerLeaf">1 to 64.</param>
    /// <param name="limits">This end's limits.</param>
    /// <param name="time">For the pause between attempts to connect.</param>
    /// <param name="logs">For connections that open and break.</param>
    public SocketLeafTransport(
        HelloRequest hello, int connectionsPerLeaf, ProtocolLimits limits, TimeProvider time, ILoggerFactory logs) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
