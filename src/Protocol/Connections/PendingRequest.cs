using System.Buffers;
using System.Threading.Tasks.Sources;

namespace Hedgerow.Protocol;

/// <summary>Where a request stands. Guarded by the table's gate.</summary>
internal enum PendingState
{
    /// <summary>In the pool, or completed and not looked at yet.</summary>
    Done,

    /// <summary>Held back by flow control.</summary>
    Waiting,

    /// <summary>Sent, or about to be.</summary>
    Sent,
}

/// <summary>A request that waited and has its turn now. Who takes it owns its body's buffer.</summary>
internal readonly record struct ParkedRequest(
    uint RequestId, RequestHeader Header, byte[] PooledBody, int BodyBytes, long Since);

/// <summary>
/// One call of <see cref="ClientConnection.SendAsync"/>: what the caller awaits. Pooled by its connection; back in the
/// pool when the caller has taken its result, which it must do exactly once.
/// </summary>
/// <remarks>
/// Completed exactly once, by whoever moved its state to Done under the gate. Continuations run on the pool by default:
/// the object is its own work item, so that this costs no allocation either.
/// </remarks>
internal sealed class PendingRequest : IValueTaskSource<Reply>, IThreadPoolWorkItem
{
    private readonly PendingRequests _owner;
    private readonly bool _inline;
    private ManualResetValueTaskSourceCore<Reply> _core;
    private Reply _reply;
    private Exception? _exception;

    public PendingRequest(ClientConnection connection, PendingRequests owner, bool inline)
    {
        Connection = connection;
        _owner = owner;
        _inline = inline;
    }

    public ClientConnection Connection { get; }

    public PendingState State { get; set; }

    /// <summary>While <see cref="PendingState.Sent"/>: the id it is known by.</summary>
    public uint RequestId { get; set; }

    /// <summary>What the caller asked to send.</summary>
    public RequestHeader Header { get; set; }

    /// <summary>While waiting: the pooled copy of its body.</summary>
    public byte[]? WaitingBody { get; set; }

    public int BodyBytes { get; set; }

    /// <summary>While waiting: since when.</summary>
    public long WaitingSince { get; set; }

    /// <summary>Neighbours among the waiting ones, or in the pool.</summary>
    public PendingRequest? Next { get; set; }

    public PendingRequest? Previous { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public ValueTask<Reply> Task => new(this, _core.Version);

    /// <summary>Completes with an answer, which the caller owns from here on.</summary>
    public void Complete(Reply reply)
    {
        _reply = reply;
        Signal();
    }

    public void Fail(Exception exception)
    {
        _exception = exception;
        Signal();
    }

    public void ReturnWaitingBody()
    {
        if (WaitingBody is { } body) ArrayPool<byte>.Shared.Return(body);
        WaitingBody = null;
    }

    void IThreadPoolWorkItem.Execute() => SetResult();

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    Reply IValueTaskSource<Reply>.GetResult(short token)
    {
        // Throws for a call that is not the one awaited; such a caller must not send this back to the pool.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending) return _core.GetResult(token);
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // Waits for a cancellation that runs on another thread this moment: it finds the state Done and leaves.
            Registration.Dispose();
            Registration = default;
            _reply = default;
            _exception = null;
            _core.Reset();
            _owner.Recycle(this);
        }
    }

    private void Signal()
    {
        if (_inline) SetResult();
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void SetResult()
    {
        if (_exception is { } exception) _core.SetException(exception);
        else _core.SetResult(_reply);
    }
}
