using System.Buffers;
using System.Runtime.CompilerServices;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// What a session has written and the peer has not taken: one run of bytes, so that a batch leaves in one write.
/// Holds a buffer only while it has bytes. One thread's, but for <see cref="Length"/>.
/// </summary>
internal sealed class SessionOutput : IBufferWriter<byte>
{
    private readonly SessionBuffers _buffers;
    private readonly int _softLimit;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <param name="buffers">Where its buffer comes from.</param>
    /// <param name="softLimit">Bytes from which it is full.</param>
    public SessionOutput(SessionBuffers buffers, int softLimit)
    {
        _buffers = buffers;
        _softLimit = softLimit;
    }

    /// <summary>Bytes in it. Any thread, approximately.</summary>
    public int Length => _end - _start;

    /// <summary>Bytes of its buffer. Any thread, approximately.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Whether a session should stop consuming, so that what is here is sent first.</summary>
    public bool IsFull => _end - _start >= _softLimit;

    /// <summary>Where the next byte goes; good until the call of the session returns.</summary>
    public int Position => _end - _start;

    /// <summary>What is in it, for the one who sends it or a test.</summary>
    public ReadOnlySpan<byte> Unsent => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Drops what was written from a position on.</summary>
    public void Rewind(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position, (uint)Length);
        _end = _start + position;
    }

    /// <summary>What was written from a position on, to be put right.</summary>
    public Span<byte> WrittenFrom(int position) => _buffer.AsSpan(_start + position, _end - _start - position);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_buffer.Length - _end <= sizeHint) Grow(sizeHint);
        return _buffer.AsSpan(_end);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_buffer.Length - _end <= sizeHint) Grow(sizeHint);
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int count)
    {
        if ((uint)count > (uint)(_buffer.Length - _end)) throw new ArgumentOutOfRangeException(nameof(count));
        _end += count;
    }

    /// <summary>Appends bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Forgets what was sent; the buffer goes back when nothing is left.</summary>
    public void Sent(int count)
    {
        _start += count;
        if (_start == _end) Clear();
    }

    /// <summary>Forgets everything and gives the buffer back.</summary>
    public void Clear()
    {
        _start = _end = 0;
        if (_buffer.Length == 0) return;
        _buffers.Return(_buffer);
        _buffer = [];
    }

    private void Grow(int sizeHint)
    {
        var length = _end - _start;
        // One byte more than asked for: a span that is never empty.
        var needed = (long)length + Math.Max(sizeHint, 256) + 1;
        if (needed > Array.MaxLength)
            throw new InvalidOperationException($"An answer of {needed} bytes is more than a buffer can hold.");
        var grown = _buffers.Rent((int)Math.Max(needed, Math.Min(2L * length, Array.MaxLength)));
        _buffer.AsSpan(_start, length).CopyTo(grown);
        if (_buffer.Length > 0) _buffers.Return(_buffer);
        _buffer = grown;
        _start = 0;
        _end = length;
    }
}
