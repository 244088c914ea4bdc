using System.Buffers;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>Rows that become one block of a snapshot. Whoever takes it disposes of it, once.</summary>
/// <param name="buffer">Rented. Room for the block's header, then rows.</param>
/// <param name="used">Bytes of it, the header's included.</param>
/// <param name="rows">How many rows.</param>
/// <param name="rest">The pages that end the last row's value, if it is a large one.</param>
internal sealed class SnapshotPart(byte[] buffer, int used, int rows, PinnedPages? rest) : IDisposable
{
    public int Rows => rows;

    /// <summary>The header's place, and the rows but for <see cref="Rest"/>.</summary>
    public Span<byte> Bytes => buffer.AsSpan(0, used);

    public ReadOnlySpan<byte> Rest => rest is null ? default : rest.Bytes;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        rest?.Dispose();
    }
}
