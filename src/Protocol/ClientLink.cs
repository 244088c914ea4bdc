using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>
/// The opening end of one connection for a thread that moves the bytes itself, such as an event loop that forwards
/// requests: frames are written where its owner writes, and answers complete where it reads. No locks, no tasks, and no
/// allocation once its pool is filled.
/// </summary>
/// <remarks>
/// Everything runs on the owner's thread, also the continuations of answers; only a cancellation may come from another,
/// and is queued until <see cref="TakeCancelled"/>. What it can't take (<c>TrySend</c> is false) has to go
/// another way: it neither waits for room nor sends in chunks. See <see cref="ClientConnection"/> for one that does.
/// <code>
///   request id   | generation u16 | slot u16 |     a cancelled request keeps its slot until the server let go of it
/// </code>
/// </remarks>
public sealed class ClientLink
{
    private const int SlotsMax = 65_536;
    private const int GenerationShift = 16;
    private const int PooledMax = 1_024;
    private const FrameFlags ChunkFlags = FrameFlags.More | FrameFlags.Continuation;

    private readonly HelloRequest _hello;
    private readonly ProtocolLimits _own;
    private readonly TimeProvider _time;
    private readonly Action _onCancelled;
    private readonly InboundMessages _open;
    private readonly ConcurrentQueue<(LinkCall Call, uint RequestId)> _cancelled = new();
    private readonly Stack<ushort> _free = new();
    private readonly Stack<LinkCall> _pool = new();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private ProtocolLimits _limits;
    private Slot[] _slots = new Slot[64];
    private int _slotsMade;
    private int _inFlight;
    private long _bytesInFlight;
    private FrameFlags _flags = ~FrameFlags.Tied;
    private bool _isClosed;

    /// <param name="hello">Name, credentials, features, epoch; versions and limits are filled in here.</param>
    /// <param name="limits">This side's.</param>
    /// <param name="time">For chunked messages.</param>
    /// <param name="onCancelled">
    /// Called from any thread: <see cref="TakeCancelled"/> is to be called on the owner's soon.
    /// </param>
    public ClientLink(HelloRequest hello, ProtocolLimits limits, TimeProvider time, Action onCancelled)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.ThrowIfTooSmall();
        _hello = hello;
        _own = _limits = limits;
        _time = time;
        _onCancelled = onCancelled;
        _open = new InboundMessages(limits);
    }

    /// <summary>What the server announced; null until its hello came.</summary>
    public HelloReply? Server { get; private set; }

    /// <summary>
    /// Told the id of a tie when the server begins to work on its request: see <see cref="FrameFlags.Tied"/>. On the
    /// owner's thread; must not throw. To be set before the first such request.
    /// </summary>
    public Action<ulong>? Begun { get; set; }

    /// <summary>Whether requests may be sent.</summary>
    public bool IsOpen => Server is not null && !_isClosed;

    /// <summary>Requests sent and not answered.</summary>
    public int InFlight => _inFlight;

    /// <summary>Bytes from the front of the input that the next frame needs at least; 0 when unknown.</summary>
    public int BytesWanted { get; private set; }

    /// <summary>Writes the first frame.</summary>
    public void WriteHello(IBufferWriter<byte> output)
    {
        var body = new ArrayBufferWriter<byte>();
        HelloCodec.Write(body, _hello with { Limits = _own });
        WriteFrame(new RequestHeader { Opcode = Opcode.Hello }, 0, body.WrittenSpan, output);
    }

    /// <summary>
    /// Writes a request, if it fits one frame and the limits of both sides. False, and nothing was done, when it does
    /// not, or the link is not open.
    /// </summary>
    /// <param name="header">Opcode, flags, deadline, path hash, epoch and shard.</param>
    /// <param name="body">Copied before this returns.</param>
    /// <param name="output">Gets the frame.</param>
    /// <param name="reply">
    /// The answer to come, to be awaited once; Unavailable when the link is closed before it.
    /// </param>
    /// <param name="cancel">Gives up, and tells the server.</param>
    public bool TrySend(
        in RequestHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output, out ValueTask<Reply> reply,
        CancellationToken cancel)
    {
        reply = default;
        if (!MaySend(body.Length)) return false;
        ref var slot = ref Begin(body.Length, out var requestId);
        reply = Call(ref slot, requestId, cancel);
        WriteFrame(header, requestId, body, output);
        return true;
    }

    /// <summary>
    /// As the other, with the answer given to <paramref name="taker"/> where it is read: nothing is copied or awaited.
    /// </summary>
    /// <param name="header">Opcode, flags, deadline, path hash, epoch and shard.</param>
    /// <param name="body">Copied before this returns.</param>
    /// <param name="output">Gets the frame.</param>
    /// <param name="taker">Told once, on the owner's thread, after this returned; Unavailable on a close.</param>
    /// <param name="requestId">For <see cref="Await"/> and <see cref="Drop"/>.</param>
    public bool TrySend(
        in RequestHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output, ILinkTaker taker,
        out uint requestId)
    {
        ArgumentNullException.ThrowIfNull(taker);
        requestId = 0;
        if (!MaySend(body.Length)) return false;
        Begin(body.Length, out requestId).Taker = taker;
        WriteFrame(header, requestId, body, output);
        return true;
    }

    /// <summary>
    /// Makes a request that a taker waits for one that is awaited. The taker is not told any more.
    /// </summary>
    /// <param name="requestId">In flight.</param>
    /// <param name="cancel">Gives up, and tells the server.</param>
    public ValueTask<Reply> Await(uint requestId, CancellationToken cancel)
    {
        ref var slot = ref SlotOfTaker(requestId);
        slot.Taker = null;
        return Call(ref slot, requestId, cancel);
    }

    /// <summary>The taker of a request is not told any more; the answer is read and forgotten.</summary>
    public void Drop(uint requestId) => SlotOfTaker(requestId).Taker = null;

    /// <summary>Takes whole frames from the front and completes who waits for them.</summary>
    /// <param name="input">Every byte that came and is not consumed.</param>
    /// <param name="error">What was wrong: the stream can't be trusted further. Else null.</param>
    /// <returns>How many bytes are done with.</returns>
    public int Consume(ReadOnlySpan<byte> input, out string? error)
    {
        var used = 0;
        error = null;
        BytesWanted = 0;
        while (used < input.Length)
        {
            var rest = input[used..];
            BytesWanted = RequestHeader.Size;
            if (rest.Length < RequestHeader.Size) break;
            var header = ReplyHeader.Read(rest);
            error = Problem(header);
            if (error is not null) break;
            BytesWanted = RequestHeader.Size + header.BodyLength;
            if (rest.Length < BytesWanted) break;
            error = Receive(header, rest.Slice(RequestHeader.Size, header.BodyLength));
            if (error is not null) break;
            used += RequestHeader.Size + header.BodyLength;
            BytesWanted = 0;
        }

        return used;
    }

    /// <summary>Ends the requests that were cancelled, and tells the server.</summary>
    public void TakeCancelled(IBufferWriter<byte> output)
    {
        while (_cancelled.TryDequeue(out var cancelled))
        {
            if (!IsInFlight(cancelled.RequestId)) continue;
            ref var slot = ref _slots[(ushort)cancelled.RequestId];
            if (slot.Call != cancelled.Call) continue;
            slot.Call = null;
            WriteFrame(new RequestHeader { Opcode = Opcode.Cancel }, cancelled.RequestId, [], output);
            cancelled.Call.Fail(new OperationCanceledException(new CancellationToken(canceled: true)));
        }
    }

    /// <summary>The connection is gone: everything in flight is answered Unavailable.</summary>
    public void Close(string reason)
    {
        if (_isClosed) return;
        _isClosed = true;
        _open.Clear();
        var header = new ReplyHeader { Flags = FrameFlags.Reply, Status = StatusCode.Unavailable };
        var text = Encoding.UTF8.GetBytes(reason);
        for (var i = 0; i < _slotsMade; i++)
        {
            var (call, taker) = (_slots[i].Call, _slots[i].Taker);
            _slots[i].Call = null;
            _slots[i].Taker = null;
            call?.Complete(Reply.Copy(header with { RequestId = call.RequestId }, text));
            taker?.Take(header, text);
        }
    }

    /// <summary>Its result was taken. A call that was awaited on another thread is left to the collector.</summary>
    internal void Recycle(LinkCall call)
    {
        if (Environment.CurrentManagedThreadId == _threadId && _pool.Count < PooledMax) _pool.Push(call);
    }

    private static void OnCancelled(object? state)
    {
        var call = (LinkCall)state!;
        call.Link._cancelled.Enqueue((call, call.RequestId));
        call.Link._onCancelled();
    }

    private void WriteFrame(
        in RequestHeader header, uint requestId, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        var frame = output.GetSpan(RequestHeader.Size + body.Length);
        var stamped = header with
        {
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = requestId,
            Flags = header.Flags & _flags,
            BodyLength = body.Length,
        };
        stamped.WriteTo(frame);
        body.CopyTo(frame[RequestHeader.Size..]);
        output.Advance(RequestHeader.Size + body.Length);
    }

    private string? Problem(in ReplyHeader header)
    {
        if (header.ProtocolVersion != ProtocolLimits.Version)
            return $"The server answers in protocol version {header.ProtocolVersion}.";
        if ((header.Flags & FrameFlags.Reply) == 0) return "The server sent a frame that is not an answer.";
        var most = Server is null ? ProtocolLimits.HelloBytesMax : _own.ChunkBytesMax;
        return (uint)header.BodyLength <= (uint)most
            ? null
            : $"The server's frame has {(uint)header.BodyLength} bytes; {most} are allowed at most.";
    }

    private string? Receive(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (Server is null) return ReceiveHello(header, body);
        if (!IsInFlight(header.RequestId))
            return $"The server answered request {header.RequestId}, which is not in flight: {header.Status}.";
        if ((header.Flags & ChunkFlags) != 0) return ReceiveChunk(header, body);
        if ((header.Flags & FrameFlags.Tied) != 0)
        {
            Begun?.Invoke(header.Version);
            return null;
        }

        var call = End(header.RequestId, out var taker);
        taker?.Take(header, body);
        call?.Complete(Reply.Copy(header, body));
        return null;
    }

    private string? ReceiveChunk(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        var message = _open.Add(header.RequestId, header.Flags, body, _time.GetTimestamp(), out var error);
        if (message is null) return error;
        var whole = header with { Flags = header.Flags & ~ChunkFlags, BodyLength = message.Length };
        if (End(header.RequestId, out var taker) is { } call)
        {
            call.Complete(new Reply(whole, message.Buffer, 0, message.Length, pooled: true));
            return null;
        }

        taker?.Take(whole, message.Buffer.AsSpan(0, message.Length));
        message.ReturnBuffer();
        return null;
    }

    private string? ReceiveHello(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Opcode != Opcode.Hello) return "What answers is not a Hedgerow server.";
        if (header.Status != StatusCode.Ok) return $"The server refused the hello: {Encoding.UTF8.GetString(body)}";
        if (!HelloCodec.TryRead(body.ToArray(), out HelloReply? reply, out var error))
            return $"The server's hello: {error}";
        if (reply.Version != ProtocolLimits.Version) return $"The server chose version {reply.Version}.";
        _limits = _own.Narrow(reply.Limits);
        if ((reply.Features & ProtocolFeatures.Ties) != 0) _flags = ~FrameFlags.None;
        Server = reply;
        return null;
    }

    private bool MaySend(int bodyBytes) =>
        IsOpen && bodyBytes <= _limits.ChunkBytesMax && _inFlight < _limits.RequestsInFlightMax
        && _bytesInFlight + bodyBytes <= _limits.BytesInFlightMax;

    private ValueTask<Reply> Call(ref Slot slot, uint requestId, CancellationToken cancel)
    {
        if (!_pool.TryPop(out var call)) call = new LinkCall(this);
        call.RequestId = requestId;
        slot.Call = call;
        if (cancel.CanBeCanceled) call.Registration = cancel.UnsafeRegister(OnCancelled, call);
        return call.Task;
    }

    private ref Slot SlotOfTaker(uint requestId)
    {
        if (IsInFlight(requestId) && _slots[(ushort)requestId].Taker is not null) return ref _slots[(ushort)requestId];
        throw new InvalidOperationException($"Nobody waits to be told of the answer to request {requestId}.");
    }

    private ref Slot Begin(int bodyBytes, out uint requestId)
    {
        if (!_free.TryPop(out var index)) index = MakeSlot();
        ref var slot = ref _slots[index];
        slot.Generation++;
        slot.IsTaken = true;
        slot.BodyBytes = bodyBytes;
        requestId = ((uint)slot.Generation << GenerationShift) | index;
        _inFlight++;
        _bytesInFlight += bodyBytes;
        return ref slot;
    }

    private ushort MakeSlot()
    {
        if (_slotsMade == _slots.Length) Array.Resize(ref _slots, Math.Min(SlotsMax, _slots.Length * 2));
        return (ushort)_slotsMade++;
    }

    private bool IsInFlight(uint requestId)
    {
        var index = (ushort)requestId;
        return index < _slotsMade && _slots[index].IsTaken
            && _slots[index].Generation == (ushort)(requestId >> GenerationShift);
    }

    private LinkCall? End(uint requestId, out ILinkTaker? taker)
    {
        ref var slot = ref _slots[(ushort)requestId];
        var call = slot.Call;
        taker = slot.Taker;
        slot.Call = null;
        slot.Taker = null;
        slot.IsTaken = false;
        _free.Push((ushort)requestId);
        _inFlight--;
        _bytesInFlight -= slot.BodyBytes;
        return call;
    }

    private struct Slot
    {
        public LinkCall? Call;
        public ILinkTaker? Taker;
        public int BodyBytes;
        public ushort Generation;
        public bool IsTaken;
    }
}

/// <summary>Gets one answer of a <see cref="ClientLink"/>, in place of a caller that awaits it.</summary>
public interface ILinkTaker
{
    /// <summary>The answer, whole. On the link's thread; must not throw.</summary>
    /// <param name="header">The last frame's.</param>
    /// <param name="body">Valid during the call.</param>
    void Take(in ReplyHeader header, ReadOnlySpan<byte> body);
}
