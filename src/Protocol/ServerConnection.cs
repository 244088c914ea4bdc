using System.IO.Pipelines;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>
/// The accepting end of one connection: hello, whole requests to a handler, replies back, one flush a batch.
/// </summary>
/// <remarks>
/// One pump reads. It hands every whole request to the handler on its own thread; a handler that answers before it
/// returns costs no queue and no switch, and the answers to all that was read leave in one flush. Replies may come from
/// any thread. The pump stops reading while the peer has more requests in flight, or leaves more reply bytes untaken,
/// than the limits allow; pings and cancels are still read in the first case, so that a peer at its limit can cancel.
/// <para>
/// What a peer sends ends in a status, and at worst in the end of its own connection; see <see cref="ConnectionEnd"/>.
/// In steady state a small request costs no allocation here.
/// </para>
/// </remarks>
public sealed class ServerConnection : IServerPeer, IAsyncDisposable
{
    private readonly IDuplexPipe _pipe;
    private readonly ServerRequests _requests;
    private readonly OutboundQueue _outbound;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly WakeSignal _room = new(wakeInline: false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _helloTimer;
    private int _inFlight;
    private int _started;
    private volatile ConnectionEnd? _end;
    private volatile bool _isDiscarding;
    private volatile bool _isLingerOver;

    /// <summary>
    /// Takes the pipe over; both its directions are completed when <see cref="RunAsync"/> returns. What lies under the
    /// pipe, such as a socket, is its owner's to dispose of after that.
    /// </summary>
    public ServerConnection(
        IDuplexPipe pipe, IRequestHandler handler, IHelloPolicy helloPolicy, ProtocolLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        ArgumentNullException.ThrowIfNull(limits);
        limits.ThrowIfTooSmall();
        _pipe = pipe;
        _limits = limits;
        _time = time;
        _outbound = new OutboundQueue(pipe.Output, limits, OnProgress);
        _requests = new ServerRequests(this, handler, helloPolicy, limits, time);
    }

    /// <summary>Requests handed to the handler and not answered yet.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Reply bytes that the peer has not taken yet.</summary>
    public long QueuedBytes => _outbound.QueuedBytes;

    /// <summary>What the peer said of itself; null before its hello.</summary>
    public HelloRequest? Peer => _requests.Peer;

    bool IServerPeer.IsFull => _outbound.QueuedBytes > _limits.BytesInFlightMax;

    /// <summary>
    /// Reads until the peer closes, breaks the protocol, or <paramref name="stop"/> asks to finish: then no new
    /// requests are read, those in flight are answered, and the connection is closed. Call once.
    /// </summary>
    /// <returns>How it ended. Never fails because of what the peer sends, nor because the transport breaks.</returns>
    public async Task<ConnectionEnd> RunAsync(CancellationToken stop)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("RunAsync was called before.");
        var flusher = _outbound.RunAsync();
        using var registration = stop.UnsafeRegister(static state => ((ServerConnection)state!).Finish(), this);
        _helloTimer = _time.CreateTimer(
            static state => ((ServerConnection)state!).OnHelloTimeout(),
            this,
            _limits.HelloTimeout,
            Timeout.InfiniteTimeSpan);
        await PumpAsync().ConfigureAwait(false);
        await _helloTimer.DisposeAsync().ConfigureAwait(false);
        while (_end!.Reason == ConnectionEndReason.Stopped && InFlight > 0 && !_outbound.IsClosed)
            await _room.WaitAsync().ConfigureAwait(false);
        _isDiscarding = true;
        _requests.Close();
        await CloseAsync(flusher).ConfigureAwait(false);
        _ended.SetResult();
        return _end!;
    }

    /// <inheritdoc/>
    public void Reply(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (!_isDiscarding) Send(header, body);
        // News of a tie is no answer.
        if ((header.Flags & FrameFlags.Tied) == 0)
        {
            Interlocked.Decrement(ref _inFlight);
            _room.Set();
        }

        _outbound.Flush();
    }

    /// <summary>Ends the connection without waiting for requests in flight, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        _isLingerOver = true;
        End(ConnectionEndReason.Disposed, "This side disposed of the connection.");
        _outbound.Abort();
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            await _ended.Task.ConfigureAwait(false);
            return;
        }

        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
    }

    void IServerPeer.Flush() => _outbound.Flush();

    void IServerPeer.BeginRequest() => Interlocked.Increment(ref _inFlight);

    /// <inheritdoc/>
    void IServerPeer.End(ConnectionEndReason reason, string message, Exception? exception) =>
        End(reason, message, exception);

    /// <inheritdoc/>
    void IServerPeer.SendText(in RequestHeader request, StatusCode status, string text) =>
        SendText(request, status, text);

    /// <inheritdoc/>
    void IServerPeer.Send(in ReplyHeader header, ReadOnlySpan<byte> body) => Send(header, body);

    /// <summary>Sets the end unless one is set, and wakes the pump to see it.</summary>
    private void End(ConnectionEndReason reason, string message, Exception? exception = null)
    {
        Interlocked.CompareExchange(ref _end, new ConnectionEnd(reason, message, exception), null);
        _pipe.Input.CancelPendingRead();
        _room.Set();
    }

    /// <inheritdoc/>
    void IServerPeer.Welcome(ProtocolLimits narrowed)
    {
        _helloTimer?.Dispose();
        _outbound.Limit(narrowed);
        _requests.ReplyBytesMax = narrowed.MessageBytesMax;
    }

    private void SendText(in RequestHeader request, StatusCode status, string text)
    {
        var header = new ReplyHeader { Opcode = request.Opcode, RequestId = request.RequestId, Status = status };
        Send(header, Encoding.UTF8.GetBytes(text));
    }

    private void Send(in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (body.Length > _requests.ReplyBytesMax)
        {
            var refusal = header with { Status = StatusCode.TooLarge };
            var text = $"The answer has {body.Length} bytes; at most {_requests.ReplyBytesMax} are allowed.";
            Send(refusal, Encoding.UTF8.GetBytes(text));
            return;
        }

        Span<byte> bytes = stackalloc byte[RequestHeader.Size];
        var stamped = header with { ProtocolVersion = ProtocolLimits.Version, Flags = header.Stamp };
        stamped.WriteTo(bytes);
        _outbound.Append(bytes, body);
    }

    private async Task PumpAsync()
    {
        while (_end is null)
        {
            ReadResult result;
            try
            {
                result = await _pipe.Input.ReadAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // The transport's failure is the connection's end and is reported as such, whatever its type.
                End(ConnectionEndReason.TransportFailed, exception.Message, exception);
                return;
            }

            var verdict = HandleBatch(result);
            if (_end is null && verdict == FrameVerdict.Blocked)
            {
                _outbound.FlushNow();
                while (_end is null && _requests.IsBlocked) await _room.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    private FrameVerdict HandleBatch(in ReadResult result)
    {
        var buffer = result.Buffer;
        FlushScope.Enter();
        try
        {
            var verdict = _end is null ? _requests.HandleAll(ref buffer) : FrameVerdict.Close;
            if (verdict == FrameVerdict.Continue && result.IsCompleted) _requests.EndOfStream(buffer.Length);

            // A frame left for later must not count as looked at: the next read is to return at once.
            _pipe.Input.AdvanceTo(buffer.Start, verdict == FrameVerdict.Blocked ? buffer.Start : result.Buffer.End);
            return verdict;
        }
        finally
        {
            FlushScope.Exit();
        }
    }

    private async Task CloseAsync(Task<Exception?> flusher)
    {
        _outbound.Complete();
        using (_time.CreateTimer(
            static state => ((OutboundQueue)state!).Abort(), _outbound, _limits.CloseTimeout, Timeout.InfiniteTimeSpan))
        {
            await flusher.ConfigureAwait(false);
        }

        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        if (_end!.Reason is not (ConnectionEndReason.HelloTimeout or ConnectionEndReason.TransportFailed))
            await DiscardInputAsync().ConfigureAwait(false);
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Reads on until the peer has seen the end of our side and closed its own. TCP answers bytes that nobody reads
    /// with a reset, which can take the last replies away from a peer that has not read them (RFC 1122, 4.2.2.13).
    /// </summary>
    private async Task DiscardInputAsync()
    {
        using var timer = _time.CreateTimer(
            static state => ((ServerConnection)state!).EndLinger(),
            this,
            _limits.LingerTimeout,
            Timeout.InfiniteTimeSpan);
        try
        {
            while (!_isLingerOver)
            {
                var result = await _pipe.Input.ReadAsync().ConfigureAwait(false);
                _pipe.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return;
            }
        }
        catch (Exception exception)
        {
            // The transport's failure, whatever its type: the peer is gone, and the end that was set stays.
            End(ConnectionEndReason.TransportFailed, exception.Message, exception);
        }
    }

    private void EndLinger()
    {
        _isLingerOver = true;
        _pipe.Input.CancelPendingRead();
    }

    private void Finish() => End(ConnectionEndReason.Stopped, "This side was asked to finish.");

    private void OnHelloTimeout() => End(
        ConnectionEndReason.HelloTimeout,
        $"No hello within {_limits.HelloTimeout.TotalSeconds} seconds.");

    private void OnProgress()
    {
        _room.Set();
        if (_outbound.IsClosed) End(ConnectionEndReason.TransportFailed, "The peer no longer takes what is sent.");
    }
}
