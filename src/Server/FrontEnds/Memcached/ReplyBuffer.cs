using System.Buffers;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>A buffer that grows, is rewound, and is used again. One thread's at a time.</summary>
internal sealed class ReplyBuffer : IBufferWriter<byte>
{
    /// <summary>Bytes past which a buffer goes back to the pool rather than being kept for the next command.</summary>
    private const int KeptBytesMax = 16 * 1024;

    private byte[] _buffer = [];

    /// <summary>Bytes in it.</summary>
    public int Length { get; private set; }

    /// <summary>What is in it, to be changed; good until the next call.</summary>
    public Memory<byte> Written => _buffer.AsMemory(0, Length);

    /// <summary>What is in it, to be changed.</summary>
    public Span<byte> WrittenSpan => _buffer.AsSpan(0, Length);

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Length = 0;
        if (_buffer.Length <= KeptBytesMax) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Drops what is behind a length.</summary>
    public void Rewind(int length) => Length = Math.Min(Length, length);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - Length));
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(Length);
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed <= _buffer.Length) return;
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(2 * _buffer.Length, Array.MaxLength)));
        WrittenSpan.CopyTo(grown);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = grown;
    }
}
