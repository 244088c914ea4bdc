using System.Buffers;
using System.Buffers.Binary;

namespace Hedgerow.Protocol;

/// <summary>
/// The messages of one connection that have begun and not ended: chunks by request id, put together in pooled buffers.
/// Used by the pump alone. Bounded by <see cref="ProtocolLimits"/> in bytes of one message, of all, and in their count.
/// </summary>
/// <remarks>
/// A first chunk only claims a length. Buffers grow with what has arrived, to at most twice that, so that a few bytes
/// from a peer never make megabytes here; the claim counts against the bounds from the start.
/// </remarks>
internal sealed class InboundMessages
{
    /// <summary>Bytes of the total length that a first chunk's body begins with.</summary>
    public const int TotalLengthBytes = sizeof(uint);

    private const int FirstBufferBytes = 16 * 1024;

    private readonly Dictionary<uint, Message> _open = [];
    private readonly ProtocolLimits _limits;
    private long _claimedBytes;

    public InboundMessages(ProtocolLimits limits) => _limits = limits;

    public int Count => _open.Count;

    /// <summary>
    /// Adds a chunk. Returns the message when it is complete; the caller then returns its buffer. With an error, which
    /// says what was wrong, the stream can't be trusted further.
    /// </summary>
    public Message? Add(uint requestId, FrameFlags flags, ReadOnlySpan<byte> body, long now, out string? error)
    {
        error = (flags & FrameFlags.Continuation) != 0
            ? Continue(requestId, flags, body, out var message)
            : Begin(requestId, ref body, now, out message);
        if (error is not null) return null;
        message!.Append(body);
        if ((flags & FrameFlags.More) != 0) return null;
        Forget(requestId, message);
        return message;
    }

    /// <summary>Drops a message whose rest will not come; false if there is none of that id.</summary>
    public bool Drop(uint requestId)
    {
        if (!_open.TryGetValue(requestId, out var message)) return false;
        Forget(requestId, message);
        message.ReturnBuffer();
        return true;
    }

    /// <summary>Drops them all.</summary>
    public void Clear()
    {
        foreach (var message in _open.Values) message.ReturnBuffer();
        _open.Clear();
        _claimedBytes = 0;
    }

    private string? Begin(uint requestId, ref ReadOnlySpan<byte> body, long now, out Message? message)
    {
        message = null;
        if (body.Length <= TotalLengthBytes) return $"The first chunk of message {requestId} has no bytes of it.";
        var total = BinaryPrimitives.ReadUInt32LittleEndian(body);
        body = body[TotalLengthBytes..];
        if (total > _limits.MessageBytesMax)
            return $"The message has {total} bytes; at most {_limits.MessageBytesMax} are allowed.";
        if (total <= body.Length)
            return $"The first chunk of a message of {total} bytes has {body.Length}, and more are to follow.";
        if (_open.Count >= _limits.RequestsInFlightMax)
            return $"{_open.Count} messages are open; at most {_limits.RequestsInFlightMax} are allowed.";
        if (_open.Count > 0 && _claimedBytes + total > _limits.BytesInFlightMax)
            return $"Open messages of {_claimedBytes + total} bytes; at most {_limits.BytesInFlightMax} are allowed.";
        message = new Message((int)total, now);
        if (!_open.TryAdd(requestId, message)) return $"Message {requestId} begins while it is already open.";
        _claimedBytes += total;
        return null;
    }

    private string? Continue(uint requestId, FrameFlags flags, ReadOnlySpan<byte> body, out Message? message)
    {
        if (!_open.TryGetValue(requestId, out message))
            return $"A chunk continues message {requestId}, which is not open.";
        if (body.IsEmpty) return $"A chunk of message {requestId} is empty.";
        var isLast = (flags & FrameFlags.More) == 0;
        var missing = message.TotalLength - message.Length;
        if (isLast ? body.Length == missing : body.Length < missing) return null;
        return $"A {(isLast ? "last" : "middle")} chunk of {body.Length} bytes, where {missing} are missing.";
    }

    private void Forget(uint requestId, Message message)
    {
        _open.Remove(requestId);
        _claimedBytes -= message.TotalLength;
    }

    /// <summary>One message in the making.</summary>
    internal sealed class Message
    {
        public Message(int totalLength, long beganAt)
        {
            TotalLength = totalLength;
            BeganAt = beganAt;
            Buffer = ArrayPool<byte>.Shared.Rent(Math.Min(totalLength, FirstBufferBytes));
        }

        public int TotalLength { get; }

        /// <summary>Timestamp at which the first chunk came: the deadline counts from there.</summary>
        public long BeganAt { get; }

        /// <summary>Pooled. Holds <see cref="Length"/> bytes.</summary>
        public byte[] Buffer { get; private set; }

        public int Length { get; private set; }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (Length + bytes.Length > Buffer.Length) Grow(Length + bytes.Length);
            bytes.CopyTo(Buffer.AsSpan(Length));
            Length += bytes.Length;
        }

        public void ReturnBuffer() => ArrayPool<byte>.Shared.Return(Buffer);

        private void Grow(int needed)
        {
            var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(TotalLength, 2L * needed));
            Buffer.AsSpan(0, Length).CopyTo(grown);
            ReturnBuffer();
            Buffer = grown;
        }
    }
}
