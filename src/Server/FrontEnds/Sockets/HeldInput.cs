namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// The front of a command whose rest has not come. Grows with what was received, not with what was announced: a peer
/// that announces 512 MiB and sends nothing holds little. One thread's.
/// </summary>
internal sealed class HeldInput
{
    // Room that is given on the mere word of a peer.
    private const int TrustedBytes = 64 * 1024;
    private const int ReceiveBytesMin = 4 * 1024;

    private readonly SessionBuffers _buffers;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <param name="buffers">Where its buffer comes from.</param>
    public HeldInput(SessionBuffers buffers)
    {
        _buffers = buffers;
    }

    /// <summary>Bytes held.</summary>
    public int Length => _end - _start;

    /// <summary>Bytes of its buffer.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>What is held.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Room to receive into, for a command of so many bytes in all.</summary>
    public Span<byte> Room(int wanted)
    {
        var length = Length;
        // Room for the whole command is kept; while it is not there, the buffer doubles.
        var least = Math.Max(length + ReceiveBytesMin, Math.Min(wanted, Math.Max(TrustedBytes, 2 * (long)length)));
        if (_buffer.Length - _start < least) Move((int)Math.Min(least, Array.MaxLength));
        return _buffer.AsSpan(_end);
    }

    /// <summary>So many bytes were received into <see cref="Room"/>.</summary>
    public void Added(int count) => _end += count;

    /// <summary>Keeps a copy of bytes that were received elsewhere.</summary>
    public void Append(ReadOnlySpan<byte> bytes, int wanted)
    {
        var least = Math.Max(bytes.Length, Math.Min(wanted, TrustedBytes));
        if (_buffer.Length - _end < least) Move(Length + least);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Forgets bytes from the front; the buffer goes back when none are left.</summary>
    public void Consumed(int count)
    {
        _start += count;
        if (_start == _end) Clear();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _start = _end = 0;
        if (_buffer.Length == 0) return;
        _buffers.Return(_buffer);
        _buffer = [];
    }

    // To the front of this buffer, or of one that is large enough.
    private void Move(int bytes)
    {
        var length = Length;
        if (bytes <= _buffer.Length)
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }
        else
        {
            var grown = _buffers.Rent(bytes);
            Bytes.CopyTo(grown);
            if (_buffer.Length > 0) _buffers.Return(_buffer);
            _buffer = grown;
        }

        _start = 0;
        _end = length;
    }
}
