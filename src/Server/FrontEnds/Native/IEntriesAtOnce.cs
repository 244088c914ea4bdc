using System.Buffers;
using Hedgerow.Leaf;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// What serves entries of native frames at once: a leaf, or a router over leaves of its process. A ref struct for a
/// batch on a leaf, so that nothing is called through an interface there.
/// </summary>
internal interface IEntriesAtOnce
{
    /// <summary>Requests that wait, for the answers' report.</summary>
    int Waiting { get; }

    /// <summary>Asks for a path's place in memory; gives what <see cref="PrefetchEntry"/> takes.</summary>
    ulong Prefetch(ushort shard, ReadOnlySpan<byte> path);

    /// <summary>Asks for the entry itself.</summary>
    void PrefetchEntry(ushort shard, ulong place);

    /// <summary>Executes; false, and nothing was done, when it has to wait or is none of its kind.</summary>
    bool TryExecute(
        in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome);
}

/// <summary>A batch on a leaf.</summary>
internal readonly ref struct LeafEntries(LeafService leaf) : IEntriesAtOnce, IDisposable
{
    private readonly LeafBatch _batch = leaf.BeginBatch();

    /// <inheritdoc/>
    public int Waiting => leaf.Waiting;

    /// <inheritdoc/>
    public ulong Prefetch(ushort shard, ReadOnlySpan<byte> path) => _batch.Prefetch(shard, path);

    /// <inheritdoc/>
    public void PrefetchEntry(ushort shard, ulong place) => _batch.PrefetchEntry(shard, place);

    /// <inheritdoc/>
    public bool TryExecute(
        in RequestHeader header, in CacheCommand command, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome) =>
        _batch.TryExecute(command, header.PathHash, header.Shard, header.Epoch, nowMs, output, out outcome);

    /// <inheritdoc/>
    public void Dispose() => _batch.Dispose();
}
