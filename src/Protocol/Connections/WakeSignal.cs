using System.Threading.Tasks.Sources;

namespace Hedgerow.Protocol;

/// <summary>
/// An auto-reset event that one task at a time waits for, without allocating. Sets before a wait are kept, as one.
/// </summary>
/// <remarks>
/// The state is 0 (idle), 1 (someone waits) or 2 (set, nobody waits). Only the waiter moves 0 → 1 and 2 → 0; setters
/// move 0 → 2 and 1 → 0, and who moved 1 → 0 completes the wait.
/// </remarks>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int IsSet = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <param name="wakeInline">Whether the waiter goes on on the thread that sets, before <see cref="Set"/>
    /// returns.</param>
    public WakeSignal(bool wakeInline) => _core.RunContinuationsAsynchronously = !wakeInline;

    public ValueTask WaitAsync()
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _core.Version);
        Volatile.Write(ref _state, Idle);
        return default;
    }

    public void Set()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == IsSet) return;
            var next = state == Waiting ? Idle : IsSet;
            if (Interlocked.CompareExchange(ref _state, next, state) != state) continue;
            if (state == Waiting) _core.SetResult(true);
            return;
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
