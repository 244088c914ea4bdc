using System.Buffers;

namespace Hedgerow.Protocol;

/// <summary>
/// A whole answer with its body in a pooled buffer. Owned by whoever received it: dispose exactly once, and do not use
/// the body after that. Default is an empty answer.
/// </summary>
public readonly struct Reply : IDisposable
{
    private readonly byte[]? _buffer;
    private readonly int _offset;
    private readonly int _length;
    private readonly bool _pooled;

    /// <summary>Takes over <paramref name="buffer"/>, returned to the shared pool on dispose if it is pooled.</summary>
    public Reply(in ReplyHeader header, byte[]? buffer, int offset, int length, bool pooled)
    {
        Header = header;
        _buffer = buffer;
        _offset = offset;
        _length = length;
        _pooled = pooled;
    }

    /// <summary>The header.</summary>
    public ReplyHeader Header { get; }

    /// <summary>How the request ended.</summary>
    public StatusCode Status => Header.Status;

    /// <summary>The body; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Body => _buffer.AsMemory(_offset, _length);

    /// <summary>Rents a buffer and copies <paramref name="body"/> into it.</summary>
    public static Reply Copy(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return new Reply(header, null, 0, 0, pooled: false);
        var buffer = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(buffer);
        return new Reply(header, buffer, 0, body.Length, pooled: true);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_pooled) ArrayPool<byte>.Shared.Return(_buffer!);
    }
}
