using System.Buffers;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A thread's own buffer for the body of one reply: filled, handed to a sink, which copies it, and not looked at again. A sink
/// may run the peer's next request before it returns, which begins the buffer anew; so nothing reads it after the reply.
/// </summary>
internal sealed class ReplyScratch : IBufferWriter<byte>
{
    /// <summary>Memory a thread keeps; what a large value needed beyond it is given back.</summary>
    private const int BytesKept = 256 << 10;

    private const int BytesAtFirst = 16 << 10;

    [ThreadStatic]
    private static ReplyScratch? _ofThread;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(BytesAtFirst);
    private int _length;

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    public Span<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>The calling thread's buffer, with <paramref name="reserved"/> bytes taken for the caller to fill later.</summary>
    public static ReplyScratch Begin(int reserved = 0)
    {
        var scratch = _ofThread ??= new ReplyScratch();
        if (scratch._buffer.Length > BytesKept)
            scratch._buffer = GC.AllocateUninitializedArray<byte>(BytesAtFirst);
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
        var larger = GC.AllocateUninitializedArray<byte>((int)size);
        Written.CopyTo(larger);
        _buffer = larger;
    }
}
