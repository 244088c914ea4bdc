using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>A router behind a connection, which is opened again when it breaks. Thread-safe.</summary>
public sealed class RemoteRouter : IRequestExecutor
{
    private RemoteRouter()
    {
    }

    /// <summary>Connects to <paramref name="options"/>' cluster, which must be <c>HOST:PORT</c>.</summary>
    /// <exception cref="HedgerowException">Nothing answers there, or what answers is no router.</exception>
    public static ValueTask<RemoteRouter> ConnectAsync(
        HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
