using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// One request to one shard while it is under way: its copies, its timer, its caller. Pooled, so that a request that
/// has to wait allocates nothing. <see cref="HedgedRead"/> and <see cref="ReplicatedWrite"/> say what happens on which
/// event.
/// </summary>
/// <remarks>
/// Events come from anywhere: an answer (the transport's thread), the timer, the caller's cancellation. Each is handled
/// in two steps, so that no lock is held while anything outside runs:
/// <code>
///   lock: note the event, let the subclass decide   ->  Decide(reply) | LaunchNext(replica) | WakeAt(time)
///   no lock: Pump carries out what was decided      ->  send, cancel the losers, complete the caller
/// </code>
/// Rules. The caller is completed once, and never while a send reads its body (<c>_sending</c>). The losers are
/// cancelled before that. The object goes back to its pool when the caller took the result, no copy is outstanding and
/// no event is in hand (<c>_holds</c>); so copies never outlive it. A timer or a cancellation that comes late finds a
/// time that has not come, or a token that is not cancelled, and does nothing. Lock order: the gate is the only lock;
/// leaf health, budgets and latencies under it are lock-free.
/// </remarks>
internal abstract class RoutedCall : IValueTaskSource<Reply>
{
    private const long Never = long.MaxValue;
    private readonly Lock _gate = new();
    private readonly List<Attempt> _attempts = new(2);
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<Reply> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancel;
    private RequestHeader _header;
    private ReadOnlyMemory<byte> _body;
    private Reply _result;
    private int _holds;
    private int _outstanding;
    private int _sending;
    private int _attemptCount;
    private int _next = -1;
    private bool _nextIsHedge;
    private bool _decided;
    private bool _cancelled;
    private bool _cancelRest;
    private bool _signalled;
    private bool _taken;
    private long _wakeAt = Never;

    protected RoutedCall(CallServices services)
    {
        Services = services;
        using (ExecutionContext.SuppressFlow())
        {
            _timer = services.Clock.Time.CreateTimer(
                static call => ((RoutedCall)call!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    protected CallServices Services { get; }

    protected ShardRoute Route { get; private set; } = null!;

    protected long DeadlineAt { get; private set; }

    protected int Outstanding => _outstanding;

    protected bool IsDecided => _decided;

    protected uint Epoch => _header.Epoch;

    protected ReadOnlySpan<Attempt> Attempts => CollectionsMarshal.AsSpan(_attempts)[.._attemptCount];

    /// <summary>An attempt's answer is there. Called by the attempt, on the transport's thread.</summary>
    public void Answered(Attempt attempt)
    {
        var reply = attempt.TakeReply();
        var now = Services.Clock.Now;
        bool late;
        lock (_gate)
        {
            _holds++;
            _outstanding--;
            attempt.IsDone = true;
            late = _decided;
            OnFinished(attempt, reply, now, late);
            if (late) OnLateAnswer(reply);
            else OnAnswer(attempt, reply, now);
        }

        if (late) reply.Dispose();
        Pump();
        Release();
    }

    Reply IValueTaskSource<Reply>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Release(taken: true);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<Reply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Reply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>
    /// Begins; the subclass has set its own fields. <paramref name="header"/> has epoch, shard and path hash.
    /// </summary>
    protected ValueTask<Reply> Begin(
        ShardRoute route, in RequestHeader header, ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        Debug.Assert(_holds == 0 && _outstanding == 0 && !_decided, "a call is begun once per use");
        Route = route;
        DeadlineAt = deadlineAt;
        _header = header;
        _body = body;
        _cancel = cancel;
        _holds = 1;
        // Counts as a send, so that the body stays until every first copy is on its way.
        _sending = 1;
        BeginCopies();
        if (TryFinishAtOnce(out var result)) return new ValueTask<Reply>(result);
        if (cancel.CanBeCanceled) Register(cancel);
        var task = new ValueTask<Reply>(this, _core.Version);
        Pump();
        Release();
        return task;
    }

    /// <summary>Launches the first copies, outside the gate.</summary>
    protected abstract void OnBegin(long now);

    /// <summary>No decision yet and the first copies are out: ask for a time to wake at. Under the gate.</summary>
    protected abstract void OnWaiting(long now);

    /// <summary>An answer before the decision, under the gate: keep it, decide by it, or dispose it.</summary>
    protected abstract void OnAnswer(Attempt attempt, in Reply reply, long now);

    /// <summary>The time asked for by <see cref="WakeAt"/> has come, under the gate; also after the decision.</summary>
    protected abstract void OnTime(long now);

    /// <summary>Books an answer, wanted or late, under the gate.</summary>
    protected abstract void OnFinished(Attempt attempt, in Reply reply, long now, bool late);

    /// <summary>An answer after the decision, under the gate; it is disposed by the caller of this.</summary>
    protected virtual void OnLateAnswer(in Reply reply)
    {
    }

    /// <summary>Forgets the subclass's own state.</summary>
    protected abstract void OnReset();

    /// <summary>Gives the object back to its pool.</summary>
    protected abstract void ReturnToPool();

    /// <summary>Under the gate: the caller gets this answer. The other copies are cancelled if so wished.</summary>
    protected void Decide(in Reply reply, bool cancelRest)
    {
        Debug.Assert(!_decided, "one decision");
        _decided = true;
        _result = reply;
        _cancelRest = cancelRest && _outstanding > 0;
    }

    /// <summary>Under the gate: cancels the copies that are still out, after the decision.</summary>
    protected void CancelRest() => _cancelRest = _outstanding > 0;

    /// <summary>Under the gate: one more copy, to this replica.</summary>
    protected void LaunchNext(int replica, bool isHedge)
    {
        _next = replica;
        _nextIsHedge = isHedge;
    }

    /// <summary>
    /// Under the gate: <see cref="OnTime"/> is to run at this time, and not at the one asked for before.
    /// </summary>
    protected void WakeAt(long at)
    {
        _wakeAt = at;
        // Never inline: the span is at least a millisecond.
        _timer.Change(Services.Clock.TimerSpan(at - Services.Clock.Now), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends a copy now, outside the gate.</summary>
    protected void Launch(int replica, bool isHedge)
    {
        var now = Services.Clock.Now;
        Attempt attempt;
        lock (_gate)
        {
            if (_attemptCount == _attempts.Count) _attempts.Add(new Attempt(this));
            attempt = _attempts[_attemptCount++];
            attempt.Prepare(Route.Replicas[replica], replica, isHedge, now);
            _outstanding++;
            _sending++;
        }

        var header = _header with
        {
            DeadlineMicros = Services.Clock.MicrosLeft(now, DeadlineAt),
            Flags = isHedge ? _header.Flags | FrameFlags.Hedge : _header.Flags,
        };
        if (attempt.Send(Services.Transport, header, _body)) Answered(attempt);
        lock (_gate) _sending--;
    }

    private void BeginCopies()
    {
        var now = Services.Clock.Now;
        if (now < DeadlineAt) OnBegin(now);
        lock (_gate)
        {
            _sending--;
            if (_decided) return;
            if (now < DeadlineAt) OnWaiting(now);
            else Decide(RouterReply.Error(StatusCode.DeadlineExceeded, "The deadline had passed."), cancelRest: false);
        }
    }

    private bool TryFinishAtOnce(out Reply result)
    {
        lock (_gate)
        {
            result = _result;
            if (!_decided || _outstanding > 0) return false;
            _signalled = true;
        }

        Release(taken: true, held: true);
        return true;
    }

    private void Register(CancellationToken cancel)
    {
        var registration = cancel.UnsafeRegister(static call => ((RoutedCall)call!).OnCancelled(), this);
        lock (_gate)
        {
            if (!_signalled)
            {
                _registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    private void OnCancelled()
    {
        lock (_gate)
        {
            // A registration of an earlier use may fire late: its token is not the one of now.
            if (_decided || !_cancel.IsCancellationRequested) return;
            _holds++;
            _cancelled = true;
            Decide(default, cancelRest: true);
        }

        Pump();
        Release();
    }

    private void OnTimer()
    {
        var now = Services.Clock.Now;
        lock (_gate)
        {
            if (_wakeAt == Never) return;
            if (now < _wakeAt)
            {
                // Timers keep whole milliseconds and may be one early.
                WakeAt(_wakeAt);
                return;
            }

            _holds++;
            _wakeAt = Never;
            OnTime(now);
        }

        Pump();
        Release();
    }

    private void Pump()
    {
        while (true)
        {
            var launch = -1;
            bool cancel = false, hedge;
            CancellationTokenRegistration registration = default;
            lock (_gate)
            {
                hedge = _nextIsHedge;
                if (_next >= 0 && !_decided) (launch, _next) = (_next, -1);
                else if (_cancelRest) (cancel, _cancelRest) = (true, false);
                else if (_decided && !_signalled && _sending == 0) (registration, _signalled) = (_registration, true);
                else return;
            }

            if (launch >= 0) Launch(launch, hedge);
            else if (cancel) CancelOutstanding();
            else Signal(registration);
        }
    }

    private void CancelOutstanding()
    {
        for (var i = 0; i < _attemptCount; i++)
            if (!_attempts[i].IsDone) _attempts[i].Cancel();
    }

    private void Signal(CancellationTokenRegistration registration)
    {
        registration.Unregister();
        if (_cancelled) _core.SetException(new OperationCanceledException(_cancel));
        else _core.SetResult(_result);
    }

    private void Release(bool taken = false, bool held = false)
    {
        lock (_gate)
        {
            if (!taken || held) _holds--;
            _taken |= taken;
            if (_holds > 0 || _outstanding > 0 || !_taken) return;
            Reset();
        }

        ReturnToPool();
    }

    private void Reset()
    {
        OnReset();
        _core.Reset();
        _registration = default;
        _cancel = default;
        _body = default;
        _result = default;
        _attemptCount = 0;
        _next = -1;
        _decided = _cancelled = _cancelRest = _signalled = _taken = false;
        _wakeAt = Never;
    }
}
