using System.Buffers;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A thread's own buffer for the body of one reply: filled, handed to a sink, which copies it, and not looked at again.
/// A sink may run the peer's next request before it returns, which begins the buffer anew; so nothing reads it after
/// the reply.
/// </summary>
internal sealed class ReplyScratch : IBufferWriter<byte>
{
    /// <summary>Memory a thread keeps; what a larger body needs is rented and given back with the next reply.</summary>
    private const int BytesKept = 64 << 10;

    [ThreadStatic]
    private static ReplyScratch? _ofThread;

    private byte[] _buffer = new byte[BytesKept];
    private byte[]? _own;
    private int _length;

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    public Span<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>
    /// The calling thread's buffer, with <paramref name="reserved"/> bytes taken for the caller to fill later.
    /// </summary>
    public static ReplyScratch Begin(int reserved = 0)
    {
        var scratch = _ofThread ??= new ReplyScratch();
        if (scratch._own is not null) scratch.GiveBack();
        scratch._length = reserved;
        return scratch;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _length);
        _length += count;
    }

    /// <summary>Forgets what was written behind <paramref name="length"/>.</summary>
    public void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int sizeHint)
    {
        var needed = (long)_length + Math.Max(1, sizeHint);
        if (needed <= _buffer.Length) return;
        var size = Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length));
        var larger = ArrayPool<byte>.Shared.Rent((int)size);
        Written.CopyTo(larger);
        if (_own is null) _own = _buffer;
        else ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void GiveBack()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = _own!;
        _own = null;
    }
}
