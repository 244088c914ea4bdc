using System.IO.Pipelines;

namespace Hedgerow.Protocol;

/// <summary>The accepting end of one connection: hello, whole requests to a handler, replies back, one flush a batch.</summary>
public sealed class ServerConnection : IReplySink, IAsyncDisposable
{
    /// <summary>Takes the pipe over; it is completed when <see cref="RunAsync"/> returns.</summary>
    public ServerConnection(
        IDuplexPipe pipe, IRequestHandler handler, IHelloPolicy helloPolicy, ProtocolLimits limits, TimeProvider time)
    {
        throw new NotImplementedException();
    }

    /// <summary>Reads until the peer closes, breaks the protocol, or <paramref name="stop"/> asks to finish:
    /// then requests in flight are answered and the connection is closed.</summary>
    public Task RunAsync(CancellationToken stop) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>Decides on a hello: who may come in, and what is announced to them.</summary>
public interface IHelloPolicy
{
    /// <summary>Ok and the announcement, or an error status and its message.</summary>
    StatusCode Accept(HelloRequest request, out HelloReply reply, out string? error);
}
