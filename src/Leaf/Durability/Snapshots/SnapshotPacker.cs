using System.Buffers;
using Hedgerow.Leaf.Cache;

namespace Hedgerow.Leaf.Durability.Snapshots;

/// <summary>Puts rows together to blocks that are worth a write. Not thread-safe.</summary>
/// <param name="full">Gets each block; it is its own from then on.</param>
internal sealed class SnapshotPacker(Action<SnapshotPart> full) : IDisposable
{
    private byte[]? _buffer;
    private int _used;
    private int _rows;

    /// <summary>Adds whole rows.</summary>
    public void Add(ReadOnlySpan<byte> rows, int count)
    {
        if (count == 0) return;
        if (_buffer is not null && rows.Length > _buffer.Length - _used) Flush();
        _buffer ??= Rent(Math.Max(rows.Length, SnapshotFormat.BlockBytesTarget));
        rows.CopyTo(_buffer.AsSpan(_used));
        _used += rows.Length;
        _rows += count;
    }

    /// <summary>
    /// Adds one row in two pieces, as a block of its own: a large value is not copied, and its pages are disposed of
    /// with the block.
    /// </summary>
    public void AddLarge(ReadOnlySpan<byte> head, PinnedPages rest)
    {
        try
        {
            Flush();
        }
        catch
        {
            rest.Dispose();
            throw;
        }

        _buffer = Rent(head.Length);
        head.CopyTo(_buffer.AsSpan(_used));
        Hand(_used + head.Length, 1, rest);
    }

    /// <summary>Hands over what is left.</summary>
    public void Flush()
    {
        if (_rows != 0) Hand(_used, _rows, null);
    }

    public void Dispose()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    private byte[] Rent(int bytes)
    {
        _used = SnapshotFormat.BlockHeaderBytes;
        _rows = 0;
        return ArrayPool<byte>.Shared.Rent(SnapshotFormat.BlockHeaderBytes + bytes);
    }

    private void Hand(int used, int rows, PinnedPages? rest)
    {
        var part = new SnapshotPart(_buffer!, used, rows, rest);
        _buffer = null;
        _rows = 0;
        full(part);
    }
}
