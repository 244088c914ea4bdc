using System.Buffers;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Commands;

/// <summary>
/// The same commands in a session of their own: the router keeps its reads of a shard to one replica. One for a
/// connection of a text front end, whose protocol has no word for it. See docs/tail/sessions.md.
/// </summary>
/// <param name="inner">Executes.</param>
/// <param name="session">Not 0.</param>
internal sealed class SessionExecutor(ICommandExecutor inner, ushort session) : ICommandExecutor
{
    /// <inheritdoc/>
    public int Shards => inner.Shards;

    /// <inheritdoc/>
    public long UtcNowMs => inner.UtcNowMs;

    /// <inheritdoc/>
    public bool IsRemote => inner.IsRemote;

    /// <inheritdoc/>
    public long TransactionsSoFar => inner.TransactionsSoFar;

    /// <summary>
    /// An executor for one connection: a session's where that is asked for and there are replicas to choose from.
    /// </summary>
    /// <param name="shared">All connections'.</param>
    /// <param name="isAsked">Whether each connection is a session.</param>
    /// <param name="connection">Its number; the sessions of all are spread evenly over replicas.</param>
    public static ICommandExecutor Of(ICommandExecutor shared, bool isAsked, long connection) =>
        isAsked && shared.IsRemote
            ? new SessionExecutor(shared, RequestHeader.SessionOf($"connection {connection}"))
            : shared;

    /// <inheritdoc/>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, IBufferWriter<byte> output, out CommandOutcome outcome) =>
        inner.TryExecute(command, pathHash, output, out outcome);

    /// <inheritdoc/>
    public bool TryBegin(in RequestHeader header, in CacheCommand command, DirectCall call) =>
        inner.TryBegin(header with { Session = session }, command, call);

    /// <inheritdoc/>
    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        inner.ExecuteAsync(header with { Session = session }, body, cancel);

    /// <inheritdoc/>
    public int ShardOf(ReadOnlySpan<byte> path) => inner.ShardOf(path);

    /// <inheritdoc/>
    public void Prefetch(ReadOnlySpan<byte> path) => inner.Prefetch(path);

    /// <inheritdoc/>
    public void PrefetchEntry(ReadOnlySpan<byte> path) => inner.PrefetchEntry(path);

    /// <inheritdoc/>
    public void BeginBatch() => inner.BeginBatch();

    /// <inheritdoc/>
    public void EndBatch() => inner.EndBatch();
}
