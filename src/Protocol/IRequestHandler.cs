namespace Hedgerow.Protocol;

/// <summary>
/// Serves whole requests, whatever carried them: a socket's <see cref="ServerConnection"/>, an in-process transport,
/// the simulator. Implementations are thread-safe: connections call them from their own reading threads.
/// </summary>
public interface IRequestHandler
{
    /// <summary>Serves one request, which is complete: chunks were put together, limits were checked.</summary>
    /// <remarks>
    /// Must not block and must not throw. A short operation replies before it returns; a long one copies what it needs
    /// of
    /// <paramref name="body"/>, which is valid only during the call, and replies later from any thread. Exactly one
    /// reply per request.
    /// </remarks>
    void OnRequest(in RequestHeader header, ReadOnlySpan<byte> body, IReplySink replies);

    /// <summary>
    /// The peer no longer wants the answer to a request: stop the work; it still replies (Cancelled or done).
    /// </summary>
    void OnCancel(uint requestId, IReplySink replies);

    /// <summary>The peer is gone: every request of this sink is cancelled, and replies to it are discarded.</summary>
    void OnClosed(IReplySink replies);
}
