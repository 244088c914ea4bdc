using System.Buffers;

namespace Hedgerow.Protocol;

/// <summary>
/// The reading half of a server's connection: judges frames, puts messages together, calls the handler.
/// </summary>
/// <remarks>Used by the connection's pump or loop alone, one call at a time.</remarks>
internal sealed class ServerRequests
{
    private const FrameFlags KnownFlags = FrameFlags.More | FrameFlags.Continuation | FrameFlags.ReturnEntry
        | FrameFlags.Hedge | FrameFlags.Replicated | FrameFlags.FromOwner | FrameFlags.Wait
        | FrameFlags.Tied;

    private const FrameFlags ChunkFlags = FrameFlags.More | FrameFlags.Continuation;

    private readonly IServerPeer _connection;
    private readonly IRequestHandler _handler;
    private readonly IHelloPolicy _helloPolicy;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly InboundMessages _open;
    private bool _isWelcome;

    public ServerRequests(
        IServerPeer connection,
        IRequestHandler handler,
        IHelloPolicy helloPolicy,
        ProtocolLimits limits,
        TimeProvider time)
    {
        _connection = connection;
        _handler = handler;
        _helloPolicy = helloPolicy;
        _limits = limits;
        _time = time;
        _open = new InboundMessages(limits);
        ReplyBytesMax = limits.MessageBytesMax;
    }

    /// <summary>Bytes of the largest answer that both ends take.</summary>
    public int ReplyBytesMax { get; set; }

    public HelloRequest? Peer { get; private set; }

    /// <summary>Whether the next new request has to wait.</summary>
    public bool IsBlocked => _connection.IsFull || _connection.InFlight >= _limits.RequestsInFlightMax;

    /// <summary>Handles every whole frame of <paramref name="buffer"/>, which is left at what remains.</summary>
    public FrameVerdict HandleAll(ref ReadOnlySequence<byte> buffer) => FrameLoop.Run(ref buffer, new Receiver(this));

    /// <summary>Handles every whole frame of <paramref name="input"/>.</summary>
    /// <param name="input">What came and was not consumed.</param>
    /// <param name="consumed">Bytes done with.</param>
    /// <param name="wanted">Bytes of the frame that is cut off, as far as known; 0 when none is.</param>
    public FrameVerdict HandleAll(ReadOnlySpan<byte> input, out int consumed, out int wanted) =>
        FrameLoop.Run(input, new Receiver(this), out consumed, out wanted);

    /// <summary>Tells a clean close from a stream cut off in the middle of a message.</summary>
    public void EndOfStream(long bytesLeft)
    {
        if (bytesLeft > 0)
        {
            _connection.End(
                ConnectionEndReason.Truncated,
                $"The stream ended in the middle of a frame, {bytesLeft} bytes into it.");
        }
        else if (_open.Count > 0)
        {
            _connection.End(
                ConnectionEndReason.Truncated, $"The stream ended in the middle of {_open.Count} chunked messages.");
        }
        else
        {
            _connection.End(ConnectionEndReason.Closed, "The peer closed.");
        }
    }

    /// <summary>Gives buffers back and tells the handler that the peer is gone.</summary>
    public void Close()
    {
        _open.Clear();
        if (_isWelcome) _handler.OnClosed(_connection);
    }

    private FrameVerdict Check(ReadOnlySpan<byte> bytes)
    {
        var header = RequestHeader.Read(bytes);
        if (header.ProtocolVersion != ProtocolLimits.Version)
        {
            return Refuse(
                header,
                StatusCode.UnsupportedVersion,
                $"Protocol version {header.ProtocolVersion}; {ProtocolLimits.Version} is spoken here.");
        }

        if (header.Opcode == Opcode.None) return Refuse(header, StatusCode.BadRequest, "Opcode 0 is never sent.");
        if ((header.Flags & ~KnownFlags) != 0)
        {
            return Refuse(
                header,
                StatusCode.BadRequest,
                $"Flags 0x{(ushort)header.Flags:x4}; a request may have 0x{(ushort)KnownFlags:x4} only.");
        }

        var bytesMax = _isWelcome ? _limits.ChunkBytesMax : ProtocolLimits.HelloBytesMax;
        if ((uint)header.BodyLength > (uint)bytesMax)
        {
            return Refuse(
                header,
                StatusCode.TooLarge,
                $"A frame of {(uint)header.BodyLength} bytes; at most {bytesMax} are allowed, more travels in chunks.");
        }

        if (!_isWelcome && header.Opcode != Opcode.Hello)
            return Refuse(header, StatusCode.BadRequest, $"{header.Opcode} before hello; the first frame is a hello.");
        if (OpcodeTable.KindOf(header.Opcode) == OpcodeKind.Control)
            return CheckControl(header);
        var isNew = (header.Flags & FrameFlags.Continuation) == 0;
        return isNew && IsBlocked ? FrameVerdict.Blocked : FrameVerdict.Continue;
    }

    private FrameVerdict CheckControl(in RequestHeader header)
    {
        if ((header.Flags & ChunkFlags) != 0)
            return Refuse(header, StatusCode.BadRequest, $"{header.Opcode} in chunks; it travels in one frame.");
        return _connection.IsFull ? FrameVerdict.Blocked : FrameVerdict.Continue;
    }

    private FrameVerdict Receive(ReadOnlySpan<byte> headerBytes, ReadOnlySpan<byte> body)
    {
        var header = RequestHeader.Read(headerBytes);
        if ((header.Flags & ChunkFlags) != 0) return ReceiveChunk(header, body);
        switch (header.Opcode)
        {
            case Opcode.Hello:
                return ReceiveHello(header, body);
            case Opcode.Ping:
                _connection.Send(new ReplyHeader { Opcode = Opcode.Ping, RequestId = header.RequestId }, []);
                _connection.Flush();
                return FrameVerdict.Continue;
            case Opcode.Cancel:
                return ReceiveCancel(header);
            default:
                return Dispatch(header, body);
        }
    }

    private FrameVerdict Dispatch(in RequestHeader header, ReadOnlySpan<byte> body)
    {
        if (!OpcodeTable.IsKnown(header.Opcode))
        {
            _connection.SendText(header, StatusCode.UnknownOpcode, $"Opcode 0x{(byte)header.Opcode:x2} is not known.");
            _connection.Flush();
            return FrameVerdict.Continue;
        }

        _connection.BeginRequest();
        try
        {
            _handler.OnRequest(header, body, _connection);
            return FrameVerdict.Continue;
        }
        catch (Exception exception)
        {
            // A handler must not throw. One that does takes down this connection and no other; its owner gets the
            // reason.
            _connection.SendText(header, StatusCode.Internal, "The server failed on this request; its log says how.");
            return End(ConnectionEndReason.HandlerFailed, exception.Message, exception);
        }
    }

    private FrameVerdict ReceiveChunk(in RequestHeader header, ReadOnlySpan<byte> body)
    {
        var now = _time.GetTimestamp();
        var message = _open.Add(header.RequestId, header.Flags, body, now, out var error);
        if (error is not null) return Refuse(header, StatusCode.BadRequest, error);
        if (message is null) return FrameVerdict.Continue;
        var whole = header with
        {
            Flags = header.Flags & ~ChunkFlags,
            BodyLength = message.Length,
            DeadlineMicros = Left(header.DeadlineMicros, _time.GetElapsedTime(message.BeganAt, now)),
        };
        var verdict = Dispatch(whole, message.Buffer.AsSpan(0, message.Length));
        message.ReturnBuffer();
        return verdict;
    }

    /// <summary>The part of a deadline that is left; at least 1 µs, because 0 means none.</summary>
    private static uint Left(uint deadlineMicros, TimeSpan elapsed) =>
        deadlineMicros == 0 ? 0 : (uint)Math.Max(1, deadlineMicros - elapsed.TotalMicroseconds);

    private FrameVerdict ReceiveCancel(in RequestHeader header)
    {
        if (!_open.Drop(header.RequestId))
        {
            _handler.OnCancel(header.RequestId, _connection);
            return FrameVerdict.Continue;
        }

        // The request was never whole, so nobody else answers it.
        _connection.SendText(header, StatusCode.Cancelled, "Cancelled before it was sent whole.");
        _connection.Flush();
        return FrameVerdict.Continue;
    }

    private FrameVerdict ReceiveHello(in RequestHeader header, ReadOnlySpan<byte> body)
    {
        if (_isWelcome) return Refuse(header, StatusCode.BadRequest, "A second hello; one opens a connection.");
        if (!HelloCodec.TryRead(body.ToArray(), out HelloRequest? hello, out var error))
            return Refuse(header, StatusCode.BadRequest, error!);
        if (hello.VersionMin > ProtocolLimits.Version || hello.VersionMax < ProtocolLimits.Version)
        {
            return RefuseHello(
                header,
                StatusCode.UnsupportedVersion,
                $"Versions {hello.VersionMin} to {hello.VersionMax}; {ProtocolLimits.Version} is spoken here.");
        }

        var status = _helloPolicy.Accept(hello, out var reply, out error);
        if (status != StatusCode.Ok) return RefuseHello(header, status, error ?? $"Refused: {status}.");
        Peer = hello;
        _isWelcome = true;
        _connection.Welcome(_limits.Narrow(hello.Limits));
        var output = new ArrayBufferWriter<byte>();
        HelloCodec.Write(output, reply with { Version = ProtocolLimits.Version, Limits = _limits });
        _connection.Send(new ReplyHeader { Opcode = Opcode.Hello, RequestId = header.RequestId }, output.WrittenSpan);
        _connection.Flush();
        return FrameVerdict.Continue;
    }

    private FrameVerdict RefuseHello(in RequestHeader header, StatusCode status, string message)
    {
        _connection.SendText(header, status, message);
        return End(ConnectionEndReason.HelloRefused, message);
    }

    private FrameVerdict Refuse(in RequestHeader header, StatusCode status, string message)
    {
        _connection.SendText(header, status, message);
        return End(ConnectionEndReason.ProtocolError, message);
    }

    private FrameVerdict End(ConnectionEndReason reason, string message, Exception? exception = null)
    {
        _connection.End(reason, message, exception);
        return FrameVerdict.Close;
    }

    private readonly struct Receiver(ServerRequests requests) : IFrameReceiver
    {
        public FrameVerdict Check(ReadOnlySpan<byte> header) => requests.Check(header);

        public FrameVerdict Receive(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) =>
            requests.Receive(header, body);
    }
}
