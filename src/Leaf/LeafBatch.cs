using System.Buffers;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf;

/// <summary>
/// A few operations of one client on a leaf's entries, one after the other: <see cref="LeafService.BeginBatch"/>. What
/// each of them would ask for alone (that no shard is closed meanwhile, where a path lies) is asked once.
/// </summary>
public readonly ref struct LeafBatch : IDisposable
{
    private readonly LeafService _leaf;
    private readonly ReaderGate.Reader _reader;

    internal LeafBatch(LeafService leaf, ReaderGate.Reader reader)
    {
        _leaf = leaf;
        _reader = reader;
    }

    /// <summary>
    /// A hint that an operation on this path comes soon: asks for its place in memory. Gives what <see
    /// cref="PrefetchEntry"/> is to be called with when that was done for others too.
    /// </summary>
    public ulong Prefetch(ushort shard, ReadOnlySpan<byte> path) => _leaf.CacheInside(shard)?.Prefetch(path) ?? 0;

    /// <summary>The second half of the hint: asks for the entry itself.</summary>
    public void PrefetchEntry(ushort shard, ulong place) => _leaf.CacheInside(shard)?.PrefetchEntry(place);

    /// <inheritdoc cref="LeafService.TryExecute"/>
    /// <remarks>Only what is done or finds nothing is counted: another status sends it the other way.</remarks>
    public bool TryExecute(
        in CacheCommand command, ulong pathHash, ushort shard, uint epoch, long nowMs, IBufferWriter<byte> output,
        out CommandOutcome outcome) =>
        _leaf.TryExecuteInside(command, pathHash, shard, epoch, nowMs, output, out outcome, countsFailures: false);

    /// <summary>Ends it.</summary>
    public void Dispose() => _reader.Dispose();
}
