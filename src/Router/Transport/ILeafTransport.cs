using System.Buffers;
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

    /// <summary>
    /// Told the id of a tie when a leaf begins to work on its request: see <see cref="FrameFlags.Tied"/>. Any thread.
    /// Set before the first request; a transport that keeps it null tells of none.
    /// </summary>
    Action<ulong>? Begun
    {
        get => null;
        set { }
    }

    /// <summary>The calling thread's own link to this leaf; null when it has none that is open.</summary>
    IDirectLink? LinkTo(LeafEndpoint leaf) => null;

    /// <summary>Whether <see cref="TryExecute"/> would execute on this leaf now.</summary>
    bool CanExecute(LeafEndpoint leaf) => false;

    /// <summary>
    /// Executes a cache operation before it returns, on a leaf of this process. False, and nothing was done, when the
    /// leaf is another process's, or the operation has to wait: then <see cref="SendAsync"/> takes it.
    /// </summary>
    /// <param name="leaf">The replica.</param>
    /// <param name="header">Epoch, shard and path hash.</param>
    /// <param name="command">With its version, if it is a write.</param>
    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="output">Gets what the operation gives back.</param>
    /// <param name="outcome">Set when the return value is true.</param>
    bool TryExecute(
        LeafEndpoint leaf, in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome)
    {
        outcome = default;
        return false;
    }
}
