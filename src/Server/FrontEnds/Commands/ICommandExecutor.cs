using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// What the text front ends stand on: cache operations executed at once where that is possible, and any request of the
/// native protocol where it is not. The same over a bare leaf and over a router. Thread-safe but for batches.
/// </summary>
internal interface ICommandExecutor
{
    /// <summary>Shards that paths are spread over; 1 means that every path is in the same one.</summary>
    int Shards { get; }

    /// <summary>Unix milliseconds. Within a batch the time at which it began.</summary>
    long UtcNowMs { get; }

    /// <summary>
    /// Executes a cache operation here and now. False, and nothing was done, when it has to wait for another process, a
    /// disk or a fault: then use <see cref="ExecuteAsync"/>. Allocates nothing.
    /// </summary>
    /// <param name="command">Version 0 of a write has one stamped.</param>
    /// <param name="pathHash">XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="output">
    /// Gets what the store gives: the value of a Get, the length u32 of a Head, the <see cref="FieldValues"/> of a
    /// FieldGet; an increment's number as decimal text; the number of an operation on fields, i64; the value stored
    /// where <see cref="CacheCommand.ReturnEntry"/> asks for it, else the length, i64, of an Append or Prepend.
    /// </param>
    /// <param name="outcome">Set when the return value is true; errors have no text.</param>
    bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome);

    /// <summary>Whether all has to wait: <see cref="TryExecute"/> is never true, and no place is fetched.</summary>
    bool IsRemote => false;

    /// <summary>
    /// Begins a read or a plain write on the calling loop's own links to leaves. False, and nothing was done, where
    /// there are none.
    /// </summary>
    /// <param name="header">Opcode, flags, deadline; XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="command">What the body of <paramref name="call"/> says.</param>
    /// <param name="call">Told of the answer on the loop.</param>
    bool TryBegin(in RequestHeader header, in CacheCommand command, DirectCall call) => false;

    /// <summary>Any request in native form; see <see cref="Hedgerow.Router.IRequestExecutor"/>.</summary>
    ValueTask<Reply> ExecuteAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel);

    /// <summary>The shard of a path: for operations on several paths that must share one.</summary>
    int ShardOf(ReadOnlySpan<byte> path);

    /// <summary>
    /// Transactions so far where <see cref="TryExecute"/> reads. Reads from owners (<see
    /// cref="CacheCommand.FromOwner"/>) between two equal looks have seen each transaction whole or not at all; -1
    /// gives no such promise, but a get-many does.
    /// </summary>
    long TransactionsSoFar => -1;

    /// <summary>
    /// A hint that an operation on this path comes soon: asks for its place in memory and returns at once. Worth it
    /// for all commands of a batch but the first, before the first is executed.
    /// </summary>
    void Prefetch(ReadOnlySpan<byte> path);

    /// <summary>
    /// The second half, for after all paths of a batch had the first: asks for the entry itself, which the place names.
    /// </summary>
    void PrefetchEntry(ReadOnlySpan<byte> path)
    {
    }

    /// <summary>
    /// The calling thread begins a client's batch: until <see cref="EndBatch"/> on the same thread, requests to one
    /// leaf are held, to travel in one write. Nothing may be awaited in between.
    /// </summary>
    void BeginBatch();

    /// <summary>Sends what the batch held.</summary>
    void EndBatch();
}
