using System.Text;
using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// One request to a leaf of this process, and the sink of its one reply; used again for later requests.
/// </summary>
/// <remarks>
/// Three may end it: the leaf's reply, cancellation, and the leaf's removal. <c>_turn</c> decides: it holds the request
/// id while the call is open and 0 after; whoever exchanges the id for 0 sets the result. A late reply carries an id
/// that is no longer there and is dropped. The awaiter continues on the thread pool, never on the leaf's own threads.
/// </remarks>
internal sealed class InProcessCall : IReplySink, IValueTaskSource<Reply>
{
    private readonly InProcessTransport _transport;
    private ManualResetValueTaskSourceCore<Reply> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancel;
    private IRequestHandler? _leaf;
    private Opcode _opcode;
    private uint _requestId;
    private long _turn;

    public InProcessCall(InProcessTransport transport)
    {
        _transport = transport;
    }

    /// <summary>Whether an answer is there.</summary>
    public bool IsDone => _core.GetStatus(_core.Version) != ValueTaskSourceStatus.Pending;

    /// <summary>The answer to come; await it once.</summary>
    public ValueTask<Reply> Task => new(this, _core.Version);

    /// <summary>Opens the call for one request; ids are above 0 but for a wrap of 32 bits.</summary>
    public void Begin(IRequestHandler leaf, uint requestId, Opcode opcode)
    {
        _leaf = leaf;
        _requestId = requestId;
        _opcode = opcode;
        Volatile.Write(ref _turn, OpenTurn(requestId));
    }

    /// <summary>Takes the answer of a call that is done.</summary>
    public Reply Take() => GetResult(_core.Version);

    /// <summary>Lets a token end the call, and stop the leaf's work.</summary>
    public void CancelWith(CancellationToken cancel)
    {
        if (!cancel.CanBeCanceled) return;
        _cancel = cancel;
        _registration = cancel.UnsafeRegister(static call => ((InProcessCall)call!).OnCancelled(), this);
    }

    /// <summary>Answers Unavailable in the leaf's place.</summary>
    public void Abort(uint requestId, string message)
    {
        var header = new ReplyHeader { Opcode = _opcode, RequestId = requestId, Status = StatusCode.Unavailable };
        if (!Close(requestId)) return;
        _core.SetResult(Protocol.Reply.Copy(header, Encoding.UTF8.GetBytes(message)));
    }

    /// <inheritdoc/>
    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if ((header.Flags & FrameFlags.Tied) != 0)
        {
            _transport.Begun?.Invoke(header.Version);
            return;
        }

        if (!Close(header.RequestId)) return;
        var full = header with { Flags = header.Flags | FrameFlags.Reply, BodyLength = body.Length };
        _core.SetResult(Protocol.Reply.Copy(full, body));
    }

    /// <inheritdoc/>
    public Reply GetResult(short token)
    {
        // Waits for a cancellation that is under way, so that it can't reach the next request of this object.
        _registration.Dispose();
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            _registration = default;
            _cancel = default;
            _leaf = null;
            _transport.Finish(this);
        }
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnCancelled()
    {
        var requestId = _requestId;
        if (!Close(requestId)) return;
        _leaf!.OnCancel(requestId, this);
        _core.SetException(new OperationCanceledException(_cancel));
    }

    private bool Close(uint requestId)
    {
        var open = OpenTurn(requestId);
        return Interlocked.CompareExchange(ref _turn, 0, open) == open;
    }

    // One above the id, so that no id is the closed turn.
    private static long OpenTurn(uint requestId) => requestId + 1L;
}
