using System.Buffers;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>
/// The reading half of a client's connection: judges frames, puts messages together, completes requests.
/// </summary>
/// <remarks>Used by the connection's pump alone, one call at a time.</remarks>
internal sealed class ClientReplies
{
    private const FrameFlags ChunkFlags = FrameFlags.More | FrameFlags.Continuation;

    /// <summary>Characters of a server's last words that go into the connection's end.</summary>
    private const int LastWordsMax = 512;

    private readonly ClientConnection _connection;
    private readonly PendingRequests _requests;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly InboundMessages _open;

    public ClientReplies(
        ClientConnection connection, PendingRequests requests, ProtocolLimits limits, TimeProvider time)
    {
        _connection = connection;
        _requests = requests;
        _limits = limits;
        _time = time;
        _open = new InboundMessages(limits);
    }

    public FrameVerdict HandleAll(ref ReadOnlySequence<byte> buffer) => FrameLoop.Run(ref buffer, new Receiver(this));

    /// <summary>Tells a clean close from a stream cut off in the middle of a message.</summary>
    public void EndOfStream(long bytesLeft)
    {
        if (bytesLeft == 0 && _open.Count == 0)
            End(ConnectionEndReason.Closed, "The server closed the connection.");
        else
            End(ConnectionEndReason.Truncated, $"The stream ended within an answer, {bytesLeft} bytes into a frame.");
    }

    public void Close() => _open.Clear();

    private FrameVerdict Check(ReadOnlySpan<byte> bytes)
    {
        var header = ReplyHeader.Read(bytes);
        if (header.ProtocolVersion != ProtocolLimits.Version)
            return Distrust($"The server answers in protocol version {header.ProtocolVersion}.");
        if ((header.Flags & FrameFlags.Reply) == 0) return Distrust("The server sent a frame that is not an answer.");
        if ((uint)header.BodyLength <= (uint)_limits.ChunkBytesMax) return FrameVerdict.Continue;
        return Distrust(
            $"The server's frame has {(uint)header.BodyLength} bytes; {_limits.ChunkBytesMax} are allowed at most.");
    }

    private FrameVerdict Receive(ReadOnlySpan<byte> headerBytes, ReadOnlySpan<byte> body)
    {
        var header = ReplyHeader.Read(headerBytes);
        if ((header.Flags & ChunkFlags) != 0) return ReceiveChunk(header, body);
        if ((header.Flags & FrameFlags.Tied) != 0) return ReceiveTie(header, body);
        if (!_requests.TryAnswer(header.RequestId, out var request)) return ReceiveUnasked(header, body);
        request?.Complete(Reply.Copy(header, body));
        _connection.SendWaiting();
        return FrameVerdict.Continue;
    }

    private FrameVerdict ReceiveTie(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (!_requests.Knows(header.RequestId)) return ReceiveUnasked(header, body);
        _connection.Begun?.Invoke(header.Version);
        return FrameVerdict.Continue;
    }

    private FrameVerdict ReceiveChunk(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (!_requests.Knows(header.RequestId)) return ReceiveUnasked(header, body);
        var message = _open.Add(header.RequestId, header.Flags, body, _time.GetTimestamp(), out var error);
        if (error is not null) return Distrust(error);
        if (message is null) return FrameVerdict.Continue;
        _requests.TryAnswer(header.RequestId, out var request);
        var whole = header with { Flags = header.Flags & ~ChunkFlags, BodyLength = message.Length };
        if (request is null) message.ReturnBuffer();
        else request.Complete(new Reply(whole, message.Buffer, 0, message.Length, pooled: true));
        _connection.SendWaiting();
        return FrameVerdict.Continue;
    }

    /// <summary>
    /// The server's last words, when they are about a frame whose id it could not read, or its mistake.
    /// </summary>
    private FrameVerdict ReceiveUnasked(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Status == StatusCode.Ok)
            return Distrust($"The server answered request {header.RequestId}, which is not in flight.");
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, LastWordsMax)]);
        return Distrust($"The server refuses to go on: {header.Status}: {text}");
    }

    private FrameVerdict Distrust(string message) => End(ConnectionEndReason.ProtocolError, message);

    private FrameVerdict End(ConnectionEndReason reason, string message)
    {
        _connection.End(reason, message);
        return FrameVerdict.Close;
    }

    private readonly struct Receiver(ClientReplies replies) : IFrameReceiver
    {
        public FrameVerdict Check(ReadOnlySpan<byte> header) => replies.Check(header);

        public FrameVerdict Receive(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
            replies.Receive(header, body);
    }
}
