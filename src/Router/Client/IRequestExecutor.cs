using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Takes a request in the native protocol's form and answers it: the router in this process, or one behind a
/// connection. Front ends and <see cref="HedgerowClient"/> stand on it. Thread-safe.
/// </summary>
public interface IRequestExecutor : IAsyncDisposable
{
    /// <summary>
    /// Executes one request. Of the header, opcode, flags and deadline count (0 takes the router's default for the
    /// operation); shard, epoch and path hash are the router's own business. A path hash that is not 0 in a <see
    /// cref="Opcode.Stats"/>, <see cref="Opcode.Fault"/> or <see cref="Opcode.Snapshot"/> names a leaf by the hash of
    /// its id.
    /// </summary>
    /// <param name="header">What is asked for.</param>
    /// <param name="body">The body; must not change until the returned task is done.</param>
    /// <param name="cancel">Gives up: the work is cancelled on the leaves too.</param>
    /// <returns>
    /// The answer, error statuses included; the caller disposes it. An Ok answer to a write without ReturnEntry ends
    /// with a u16: the replicas that have it. The continuation may run on a thread that reads a socket: it must not
    /// block.
    /// </returns>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancel"/> was cancelled; nothing else is thrown.
    /// </exception>
    ValueTask<Reply> ExecuteAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel);

    /// <summary>The topology it routes by; null where that is not known (yet).</summary>
    Topology? Topology => null;

    /// <summary>Counts since the start; all zero where they are kept elsewhere.</summary>
    RouterCounters Counters => default;
}
