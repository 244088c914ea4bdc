using System.Buffers;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>Bytes that grow in one pooled array. Not thread-safe. Its memory moves when it grows.</summary>
internal sealed class RespBuffer : IBufferWriter<byte>
{
    private const int BytesAtFirst = 256;
    private const int BytesKept = 4 * 1024;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>What was written, to be changed; until the next write.</summary>
    public Memory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    /// <summary>Takes back what was written behind a length.</summary>
    public void Rewind(int length) => _length = length;

    /// <summary>Empties it; an array that one large value made goes back to the pool.</summary>
    public void Clear()
    {
        _length = 0;
        if (_bytes.Length <= BytesKept) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    /// <summary>Empties it and gives its array back.</summary>
    public void Release()
    {
        _length = 0;
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length >= count) return;
        var needed = checked(_length + count);
        var doubled = (int)Math.Min(2L * _bytes.Length, Array.MaxLength);
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, doubled), BytesAtFirst));
        _bytes.AsSpan(0, _length).CopyTo(grown);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
