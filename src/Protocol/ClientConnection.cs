using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Hedgerow.Protocol;

/// <summary>The opening end of one connection: many requests in flight, answered in any order. Thread-safe.</summary>
/// <remarks>
/// One pump reads; any thread sends. Requests sent while a flush is under way, or from a thread that is handling a
/// batch of another connection's frames, leave together. In steady state a small request costs no allocation here but
/// for what the caller's own async method and cancellation token cost.
/// </remarks>
public sealed class ClientConnection : IAsyncDisposable
{
    private readonly IDuplexPipe _pipe;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly PendingRequests _requests;
    private readonly ClientReplies _replies;
    private readonly OutboundQueue _outbound;
    private readonly TaskCompletionSource<ConnectionEnd> _closed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly FrameFlags _flags;
    private volatile ConnectionEnd? _end;

    private ClientConnection(
        IDuplexPipe pipe, HelloReply server, ProtocolLimits own, TimeProvider time, bool runContinuationsInline)
    {
        _pipe = pipe;
        _limits = own.Narrow(server.Limits);
        _time = time;
        Server = server;
        _flags = (server.Features & ProtocolFeatures.Ties) != 0 ? ~FrameFlags.None : ~FrameFlags.Tied;
        _requests = new PendingRequests(this, _limits, runContinuationsInline);
        _replies = new ClientReplies(this, _requests, own, time);
        _outbound = new OutboundQueue(pipe.Output, _limits, OnProgress);
    }

    /// <summary>What the server announced.</summary>
    public HelloReply Server { get; }

    /// <summary>
    /// Requests sent and not answered yet, cancelled ones among them until the server has let go of them.
    /// </summary>
    public int InFlight => _requests.InFlight;

    /// <summary>
    /// Told the id of a tie when the server begins to work on its request: see <see cref="FrameFlags.Tied"/>. On the
    /// reading thread; must not block or throw. To be set before the first such request.
    /// </summary>
    public Action<ulong>? Begun { get; set; }

    /// <summary>
    /// Completes when the connection is closed, by either side or by an error of the stream. Never fails. What lies
    /// under the pipe, such as a socket, is its owner's to dispose of after that.
    /// </summary>
    public Task<ConnectionEnd> Closed => _closed.Task;

    /// <summary>As the longer overload, with continuations that run asynchronously.</summary>
    public static ValueTask<ClientConnection> OpenAsync(
        IDuplexPipe pipe, HelloRequest hello, ProtocolLimits limits, TimeProvider time, CancellationToken cancel) =>
        OpenAsync(pipe, hello, limits, time, runContinuationsInline: false, cancel);

    /// <summary>
    /// Takes the pipe over, says hello, waits for the answer and starts reading. The hello's versions and limits are
    /// filled in here. When it fails, both directions of the pipe have been completed.
    /// </summary>
    /// <param name="pipe">To the server.</param>
    /// <param name="hello">Name, credentials, features, epoch.</param>
    /// <param name="limits">This side's; on the connection the smaller of both sides' hold.</param>
    /// <param name="time">For the hello's time-out, and the deadlines of requests that wait.</param>
    /// <param name="runContinuationsInline">
    /// Whether the code behind <c>await SendAsync</c> runs on the reading thread. It then must not block: it holds up
    /// every other answer of this connection. For a hop that only passes answers on.
    /// </param>
    /// <param name="cancel">Ends the wait for the server's hello.</param>
    /// <exception cref="ProtocolException">The server refused, or does not speak this protocol, or is gone.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the server's hello came.</exception>
    public static async ValueTask<ClientConnection> OpenAsync(
        IDuplexPipe pipe,
        HelloRequest hello,
        ProtocolLimits limits,
        TimeProvider time,
        bool runContinuationsInline,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        ArgumentNullException.ThrowIfNull(limits);
        limits.ThrowIfTooSmall();
        var server = await ClientHello.ExchangeAsync(pipe, hello with { Limits = limits }, limits, time, cancel)
            .ConfigureAwait(false);
        var connection = new ClientConnection(pipe, server, limits, time, runContinuationsInline);
        _ = connection.RunAsync();
        return connection;
    }

    /// <summary>
    /// Sends a request and waits for its answer. The body is copied before this returns. While the limits on requests
    /// or bytes in flight are reached, the request waits in line, which its deadline counts. Cancelling sends a Cancel
    /// frame and completes as cancelled without waiting for the server.
    /// </summary>
    /// <param name="header">
    /// Opcode, flags, deadline, path hash, epoch and shard; version, id and length are filled in here.
    /// </param>
    /// <param name="body">At most the smaller of both sides' <see cref="ProtocolLimits.MessageBytesMax"/>.</param>
    /// <param name="cancel">See above.</param>
    /// <returns>
    /// The answer, whose buffer the caller disposes; await it exactly once. Unavailable when the connection breaks,
    /// TooLarge for a body over the limit, Overloaded when too many wait, DeadlineExceeded when the deadline passes in
    /// line.
    /// </returns>
    public ValueTask<Reply> SendAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return ValueTask.FromCanceled<Reply>(cancel);
        if (body.Length > _limits.MessageBytesMax)
        {
            var text = $"The request has {body.Length} bytes; at most {_limits.MessageBytesMax} are allowed.";
            return new ValueTask<Reply>(LocalReply(header, StatusCode.TooLarge, text));
        }

        switch (_requests.TryBegin(header, body.Length, out var request))
        {
            case PendingRequests.Admission.Sent:
                Append(header, request!.RequestId, body.Span);
                break;
            case PendingRequests.Admission.Wait:
                if (Park(request!, body.Span)) break;
                return new ValueTask<Reply>(Unavailable(header));
            case PendingRequests.Admission.Overloaded:
                const string TooMany = "Too many requests wait for room on this connection.";
                return new ValueTask<Reply>(LocalReply(header, StatusCode.Overloaded, TooMany));
            default:
                return new ValueTask<Reply>(Unavailable(header));
        }

        if (cancel.CanBeCanceled) request!.Registration = cancel.UnsafeRegister(OnCancelled, request);
        return request!.Task;
    }

    /// <summary>Closes. Requests in flight are answered Unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        End(ConnectionEndReason.Disposed, "This side disposed of the connection.");
        await Closed.ConfigureAwait(false);
    }

    /// <summary>Sets the end unless one is set, and wakes the pump to see it.</summary>
    internal void End(ConnectionEndReason reason, string message, Exception? exception = null)
    {
        Interlocked.CompareExchange(ref _end, new ConnectionEnd(reason, message, exception), null);
        _pipe.Input.CancelPendingRead();
    }

    /// <summary>Sends those that wait, as far as there is room.</summary>
    internal void SendWaiting()
    {
        while (_requests.AnyWaiting && _requests.TryUnpark(out var parked)) SendParked(parked);
    }

    private static void OnCancelled(object? state, CancellationToken cancel)
    {
        var request = (PendingRequest)state!;
        request.Connection.Cancel(request, cancel);
    }

    private void Cancel(PendingRequest request, CancellationToken cancel)
    {
        switch (_requests.Abandon(request))
        {
            case PendingState.Done:
                return;
            case PendingState.Waiting:
                request.ReturnWaitingBody();
                break;
            default:
                Span<byte> bytes = stackalloc byte[RequestHeader.Size];
                Stamp(new RequestHeader { Opcode = Opcode.Cancel }, request.RequestId, bytes);
                if (_outbound.Withdraw(request.RequestId, bytes)) _requests.Forget(request.RequestId);
                _outbound.Flush();
                break;
        }

        SendWaiting();
        request.Fail(new OperationCanceledException(cancel));
    }

    private void SendParked(in ParkedRequest parked)
    {
        var header = parked.Header;
        if (header.DeadlineMicros != 0)
        {
            var left = header.DeadlineMicros - _time.GetElapsedTime(parked.Since).TotalMicroseconds;
            if (left < 1)
            {
                Expire(parked);
                return;
            }

            header = header with { DeadlineMicros = (uint)left };
        }

        Span<byte> bytes = stackalloc byte[RequestHeader.Size];
        Stamp(header, parked.RequestId, bytes);
        _outbound.AppendPooled(bytes, parked.PooledBody, parked.BodyBytes);
        _outbound.Flush();
    }

    private void Expire(in ParkedRequest parked)
    {
        ArrayPool<byte>.Shared.Return(parked.PooledBody);
        _requests.TryAnswer(parked.RequestId, out var request);
        request?.Complete(LocalReply(
            parked.Header,
            StatusCode.DeadlineExceeded,
            "The deadline passed before there was room to send the request."));
    }

    private bool Park(PendingRequest request, ReadOnlySpan<byte> body)
    {
        request.WaitingSince = _time.GetTimestamp();
        request.WaitingBody = ArrayPool<byte>.Shared.Rent(Math.Max(1, body.Length));
        body.CopyTo(request.WaitingBody);
        if (!_requests.Park(request))
        {
            request.ReturnWaitingBody();
            _requests.Recycle(request);
            return false;
        }

        // What it waited for may have left while its body was being copied.
        SendWaiting();
        return true;
    }

    private void Append(in RequestHeader header, uint requestId, ReadOnlySpan<byte> body)
    {
        Span<byte> bytes = stackalloc byte[RequestHeader.Size];
        Stamp(header, requestId, bytes);
        _outbound.Append(bytes, body);
        _outbound.Flush();
    }

    private void Stamp(in RequestHeader header, uint requestId, Span<byte> bytes)
    {
        var stamped = header with
        {
            ProtocolVersion = ProtocolLimits.Version, RequestId = requestId, Flags = header.Flags & _flags,
        };
        stamped.WriteTo(bytes);
    }

    private async Task RunAsync()
    {
        var flusher = _outbound.RunAsync();
        await PumpAsync().ConfigureAwait(false);
        foreach (var request in _requests.Close())
        {
            request.ReturnWaitingBody();
            request.Complete(Unavailable(request.Header with { RequestId = request.RequestId }));
        }

        _outbound.Abort();
        await flusher.ConfigureAwait(false);
        _replies.Close();
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        _closed.SetResult(_end!);
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

            HandleBatch(result);
        }
    }

    private void HandleBatch(in ReadResult result)
    {
        var buffer = result.Buffer;
        FlushScope.Enter();
        try
        {
            var verdict = _end is null ? _replies.HandleAll(ref buffer) : FrameVerdict.Close;
            if (verdict == FrameVerdict.Continue && result.IsCompleted) _replies.EndOfStream(buffer.Length);
            _pipe.Input.AdvanceTo(buffer.Start, result.Buffer.End);
        }
        finally
        {
            FlushScope.Exit();
        }
    }

    private Reply Unavailable(in RequestHeader header) =>
        LocalReply(header, StatusCode.Unavailable, _end?.Message ?? "The connection is closed.");

    private static Reply LocalReply(in RequestHeader request, StatusCode status, string text)
    {
        var header = new ReplyHeader
        {
            Opcode = request.Opcode,
            Flags = FrameFlags.Reply,
            ProtocolVersion = ProtocolLimits.Version,
            RequestId = request.RequestId,
            Status = status,
        };
        return Reply.Copy(header, Encoding.UTF8.GetBytes(text));
    }

    private void OnProgress()
    {
        if (_outbound.IsClosed) End(ConnectionEndReason.TransportFailed, "The peer no longer takes what is sent.");
    }
}
