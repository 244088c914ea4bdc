using System.IO.Pipelines;

namespace Hedgerow.Protocol;

/// <summary>The opening end of one connection: many requests in flight, answered in any order. Thread-safe.</summary>
public sealed class ClientConnection : IAsyncDisposable
{
    private ClientConnection()
    {
    }

    /// <summary>What the server announced.</summary>
    public HelloReply Server => throw new NotImplementedException();

    /// <summary>Requests sent and not answered yet.</summary>
    public int InFlight => throw new NotImplementedException();

    /// <summary>Completes when the connection is closed, by either side or by an error of the stream.</summary>
    public Task Closed => throw new NotImplementedException();

    /// <summary>Takes the pipe over, says hello and starts reading.</summary>
    /// <exception cref="ProtocolException">The server refused, or does not speak this protocol.</exception>
    public static ValueTask<ClientConnection> OpenAsync(
        IDuplexPipe pipe, HelloRequest hello, ProtocolLimits limits, TimeProvider time, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <summary>
    /// Sends a request and waits for its answer. The body is copied before the first await. Waits while the peer's limits
    /// on requests or bytes in flight are reached. Cancelling sends a Cancel frame and completes at once as cancelled.
    /// </summary>
    /// <returns>The answer, whose buffer the caller disposes; Unavailable when the connection breaks.</returns>
    public ValueTask<Reply> SendAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
