using System.Threading.Tasks.Sources;

namespace Hedgerow.Protocol;

/// <summary>One request of a <see cref="ClientLink"/>: what its caller awaits, once. Pooled by the link.</summary>
internal sealed class LinkCall(ClientLink link) : IValueTaskSource<Reply>
{
    private ManualResetValueTaskSourceCore<Reply> _core;

    public ClientLink Link => link;

    public uint RequestId { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public ValueTask<Reply> Task => new(this, _core.Version);

    public void Complete(Reply reply) => _core.SetResult(reply);

    public void Fail(Exception exception) => _core.SetException(exception);

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
            // Waits for a cancellation that runs on another thread this moment; it only queues this call.
            Registration.Dispose();
            Registration = default;
            _core.Reset();
            link.Recycle(this);
        }
    }
}
