using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>Commands before a cluster: whatever leaf they go to, with every policy of the router.</summary>
/// <param name="router">Sends them; not disposed with this.</param>
/// <param name="time">For expiry.</param>
/// <param name="transactionsSoFar">
/// Of all leaves, where they are in this process: see <see cref="ICommandExecutor.TransactionsSoFar"/>.
/// </param>
internal sealed class RouterExecutor(RequestRouter router, TimeProvider time, Func<long>? transactionsSoFar = null)
    : ICommandExecutor
{
    private readonly BatchClock _clock = new(time);
    private readonly OfLoops<DirectCalls> _direct = new(router.DirectCallsOf);

    /// <inheritdoc/>
    public bool IsRemote { get; init; }

    /// <inheritdoc/>
    public int Shards => router.Shards;

    /// <inheritdoc/>
    public long UtcNowMs => _clock.UtcNowMs;

    /// <inheritdoc/>
    public long TransactionsSoFar => transactionsSoFar == null ? -1 : transactionsSoFar();

    /// <inheritdoc/>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome)
    {
        outcome = default;
        return !IsRemote && router.TryExecute(command, pathHash, UtcNowMs, output, out outcome);
    }

    /// <inheritdoc/>
    public bool TryBegin(in RequestHeader header, in CacheCommand command, DirectCall call) =>
        _direct.Current is { } direct && direct.TryBegin(call, header, command);

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        router.ExecuteAsync(header, body, cancel);

    /// <inheritdoc/>
    public int ShardOf(ReadOnlySpan<byte> path) => router.ShardOf(path);

    /// <inheritdoc/>
    public void Prefetch(ReadOnlySpan<byte> path)
    {
        // The store is another process's, or behind a choice of replica that is not made yet.
    }

    /// <inheritdoc/>
    public void BeginBatch()
    {
        BatchClock.Begin();
        FlushScope.Enter();
    }

    /// <inheritdoc/>
    public void EndBatch()
    {
        FlushScope.Exit();
        BatchClock.End();
    }
}
