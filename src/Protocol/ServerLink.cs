using System.Buffers;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>
/// The accepting end of one connection for a thread that moves the bytes itself, such as an event loop: requests are
/// handled where it reads, and answers given on its thread are written straight to where it sends. See
/// <see cref="ServerConnection"/> for one with a pump of its own, which this agrees with frame by frame.
/// </summary>
/// <remarks>
/// Everything runs on the owner's thread but <see cref="Reply"/>, which is for any: an answer from elsewhere is copied,
/// under a lock, and taken over by <see cref="TakeReplies"/>, which the owner is asked for. A message too large for one
/// frame waits in line, and <see cref="WriteChunk"/> writes it part by part as the peer takes them, the messages taking
/// turns, so that a small answer waits for one part at most. No allocation for a request in steady state.
/// </remarks>
public sealed class ServerLink : IServerPeer
{
    private readonly ILinkOwner _owner;
    private readonly IBufferWriter<byte> _output;
    private readonly ServerRequests _requests;
    private readonly Queue<OutboundMessage> _large = new();
    private readonly Lock _gate = new();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private ProtocolLimits _limits;
    private ArrayBufferWriter<byte>? _elsewhere;
    private Queue<OutboundMessage>? _largeElsewhere;
    private long _begun;
    private long _answeredHere;
    private long _answeredElsewhere;
    private bool _isHandling;
    private bool _isTakeAsked;
    private bool _isClosed;

    /// <param name="owner">Whose thread this is made on, and who sends.</param>
    /// <param name="handler">Gets every request; identifies this connection by this object.</param>
    /// <param name="helloPolicy">Lets the peer in.</param>
    /// <param name="limits">This side's.</param>
    /// <param name="time">For the deadlines of chunked requests.</param>
    public ServerLink(
        ILinkOwner owner, IRequestHandler handler, IHelloPolicy helloPolicy, ProtocolLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(limits);
        limits.ThrowIfTooSmall();
        _owner = owner;
        _output = owner.Output;
        _limits = limits;
        _requests = new ServerRequests(this, handler, helloPolicy, limits, time);
    }

    /// <summary>Requests handed to the handler and not answered yet. Any thread, approximately.</summary>
    public int InFlight =>
        (int)(Volatile.Read(ref _begun) - Volatile.Read(ref _answeredHere) - Volatile.Read(ref _answeredElsewhere));

    /// <summary>What the peer said of itself; null before its hello.</summary>
    public HelloRequest? Peer => _requests.Peer;

    /// <summary>How it ended by what the peer sent; null while it goes on.</summary>
    public ConnectionEnd? Ended { get; private set; }

    /// <summary>Whether <see cref="WriteChunk"/> has something to write.</summary>
    public bool HasChunks => _large.Count > 0;

    /// <summary>Bytes from the front of the input that the next frame needs at least; 0 when not known.</summary>
    public int BytesWanted { get; private set; }

    /// <summary>
    /// Whether the last <see cref="Consume"/> left a whole frame because of the limits; call again when answers have
    /// left.
    /// </summary>
    public bool IsBlocked { get; private set; }

    bool IServerPeer.IsFull => _owner.IsFull || _large.Count > 0;

    /// <summary>Takes whole frames from the front and hands requests to the handler.</summary>
    /// <param name="input">Every byte that came and is not consumed.</param>
    /// <returns>How many bytes are done with.</returns>
    public int Consume(ReadOnlySpan<byte> input)
    {
        if (Ended is not null) return input.Length;
        _isHandling = true;
        var verdict = _requests.HandleAll(input, out var consumed, out var wanted);
        _isHandling = false;
        BytesWanted = wanted;
        IsBlocked = verdict == FrameVerdict.Blocked;
        return Ended is null ? consumed : input.Length;
    }

    /// <inheritdoc/>
    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (Environment.CurrentManagedThreadId != _threadId)
        {
            ReplyFromElsewhere(header, body);
            return;
        }

        if (!_isClosed) Send(header, body);
        if (IsAnswer(header)) _answeredHere++;
        // On this thread, which alone takes the mark back, one that is there stays.
        if (!_isHandling && !Volatile.Read(ref _isTakeAsked)) AskForTake();
    }

    /// <summary>
    /// Sends the answer to a request that the owner found in the input and served itself; in parts where it is too
    /// large for one frame. On the owner's thread.
    /// </summary>
    /// <param name="header">Its length and stamp are filled in.</param>
    /// <param name="body">Copied.</param>
    public void Answer(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (!_isClosed) Send(header, body);
    }

    /// <summary>Takes over what other threads answered. On the owner's thread, after it was asked.</summary>
    public void TakeReplies()
    {
        lock (_gate)
        {
            _isTakeAsked = false;
            while (_largeElsewhere is not null && _largeElsewhere.TryDequeue(out var message)) _large.Enqueue(message);
            if (_elsewhere is null || _elsewhere.WrittenCount == 0) return;
            _output.Write(_elsewhere.WrittenSpan);
            // A burst's buffer is not kept.
            if (_elsewhere.Capacity > _limits.ChunkBytesMax) _elsewhere = null;
            else _elsewhere.ResetWrittenCount();
        }
    }

    /// <summary>Writes one part of a message that is too large for a frame, if there is one.</summary>
    public void WriteChunk()
    {
        if (!_large.TryDequeue(out var message)) return;
        message.TakeChunk(_limits.ChunkBytesMax).WriteTo(_output);
        if (message.IsWhollyTaken) message.ReturnBuffer();
        else _large.Enqueue(message);
    }

    /// <summary>The connection is gone: the handler is told, and answers to come are dropped.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            while (_largeElsewhere is not null && _largeElsewhere.TryDequeue(out var message)) message.ReturnBuffer();
            _elsewhere = null;
        }

        while (_large.TryDequeue(out var message)) message.ReturnBuffer();
        _requests.Close();
    }

    void IServerPeer.BeginRequest() => _begun++;

    void IServerPeer.Welcome(ProtocolLimits narrowed)
    {
        _limits = narrowed;
        _requests.ReplyBytesMax = narrowed.MessageBytesMax;
    }

    void IServerPeer.Flush()
    {
    }

    void IServerPeer.End(ConnectionEndReason reason, string message, Exception? exception) =>
        Ended ??= new ConnectionEnd(reason, message, exception);

    void IServerPeer.Send(in ReplyHeader header, ReadOnlySpan<byte> body) => Send(header, body);

    void IServerPeer.SendText(in RequestHeader request, StatusCode status, string text)
    {
        var header = new ReplyHeader { Opcode = request.Opcode, RequestId = request.RequestId, Status = status };
        Send(header, Encoding.UTF8.GetBytes(text));
    }

    // News of a tie is none.
    private static bool IsAnswer(in ReplyHeader header) => (header.Flags & FrameFlags.Tied) == 0;

    private void Send(in ReplyHeader header, ReadOnlySpan<byte> body) => Write(header, body, _output, _large);

    private void ReplyFromElsewhere(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            if (!_isClosed) Write(header, body, _elsewhere ??= new(), _largeElsewhere ??= new());
        }

        if (IsAnswer(header)) Interlocked.Increment(ref _answeredElsewhere);
        AskForTake();
    }

    // One request to the owner for many answers; it takes its mark back before it takes them.
    private void AskForTake()
    {
        lock (_gate)
        {
            if (_isTakeAsked || _isClosed) return;
            _isTakeAsked = true;
        }

        _owner.Wake();
    }

    private void Write(
        in ReplyHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output, Queue<OutboundMessage> large)
    {
        if (body.Length > _requests.ReplyBytesMax)
        {
            var text = $"The answer has {body.Length} bytes; at most {_requests.ReplyBytesMax} are allowed.";
            Write(header with { Status = StatusCode.TooLarge }, Encoding.UTF8.GetBytes(text), output, large);
            return;
        }

        var stamped = header with
        {
            ProtocolVersion = ProtocolLimits.Version, Flags = header.Stamp, BodyLength = body.Length,
        };
        if (body.Length > _limits.ChunkBytesMax)
        {
            Span<byte> bytes = stackalloc byte[RequestHeader.Size];
            stamped.WriteTo(bytes);
            var copy = ArrayPool<byte>.Shared.Rent(body.Length);
            body.CopyTo(copy);
            large.Enqueue(new OutboundMessage(bytes, copy, body.Length));
            return;
        }

        var frame = output.GetSpan(RequestHeader.Size + body.Length);
        stamped.WriteTo(frame);
        body.CopyTo(frame[RequestHeader.Size..]);
        output.Advance(RequestHeader.Size + body.Length);
    }
}

/// <summary>Who moves the bytes of a <see cref="ServerLink"/>.</summary>
public interface ILinkOwner
{
    /// <summary>Where frames are written; sent by the owner after each call.</summary>
    IBufferWriter<byte> Output { get; }

    /// <summary>Whether the peer leaves so much untaken that no new request is to be taken up.</summary>
    bool IsFull { get; }

    /// <summary>Asks for <see cref="ServerLink.TakeReplies"/> on the owner's thread. Any thread.</summary>
    void Wake();
}
