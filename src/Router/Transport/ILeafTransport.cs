using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Carries one request to one leaf and its answer back: sockets, in-process calls, or the simulator. Thread-safe.
/// </summary>
public interface ILeafTransport : IAsyncDisposable
{
    /// <summary>
    /// Sends; the body is copied before the first await. A leaf that can't be reached answers Unavailable; nothing is
    /// thrown but for cancellation, which also tells the leaf to stop the work.
    /// </summary>
    ValueTask<Reply> SendAsync(
        LeafEndpoint leaf, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel);
}
