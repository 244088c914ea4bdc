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
/// Events come from anywhere: an answer (the transport's thread), the wheel, the caller's cancellation. Each is handled
/// in two steps, so that no lock is held while anything outside runs:
/// <code>
///   lock: note the event, let the subclass decide   ->  Decide(reply) | LaunchNext(replica) | WakeAt(time)
///         NextStep takes what was decided
///   no lock: Carry does it                          ->  send, cancel the losers, complete the caller
/// </code>
/// Rules. The caller is completed once, and never while a send reads its body (<c>_sending</c>). The losers are
/// cancelled before that. The object goes back to its pool with the last reference (<c>_references</c>): the caller has
/// one until it took the result, each copy one until its answer was dealt with, each event in hand one; so copies never
/// outlive it. An event of an earlier use that comes late gets no reference, or finds a time that has not come or a
/// token that is not cancelled, and does nothing. Lock order: the gate, then the wheel's; leaf health, budgets and
/// latencies under it are lock-free. A read that is answered at its first try takes the gate three times.
/// </remarks>
internal abstract partial class RoutedCall : WheelEntry, IValueTaskSource<Reply>
{
    private const long Never = long.MaxValue;
    private readonly Lock _gate = new();
    private readonly List<Attempt> _attempts = new(2);
    private ManualResetValueTaskSourceCore<Reply> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancel;
    private RequestHeader _header;
    private ReadOnlyMemory<byte> _body;
    private Reply _result;
    private Attempt? _unneeded;
    private int _references;
    private int _outstanding;
    private int _sending;
    private int _attemptCount;
    private int _next = -1;
    private bool _nextIsHedge;
    private bool _decided;
    private bool _cancelled;
    private bool _cancelRest;
    private bool _signalled;
    private long _wakeAt = Never;

    protected RoutedCall(CallServices services)
    {
        Services = services;
    }

    /// <summary>What a call has to do outside its gate.</summary>
    private enum StepKind
    {
        None,
        Send,
        CancelOne,
        CancelRest,
        Signal,
    }

    protected CallServices Services { get; }

    protected ShardRoute Route { get; private set; } = null!;

    protected long DeadlineAt { get; private set; }

    protected int Outstanding => _outstanding;

    protected bool IsDecided => _decided;

    /// <summary>Whether its first copies were sent before it began: its deadline may have come meanwhile.</summary>
    protected virtual bool IsTakenOver => false;

    /// <summary>What its copies count as at their leaves.</summary>
    protected abstract OperationClass Kind { get; }

    protected ushort Session => _header.Session;

    protected uint Epoch => _header.Epoch;

    protected ReadOnlySpan<Attempt> Attempts => CollectionsMarshal.AsSpan(_attempts)[.._attemptCount];

    /// <summary>An attempt's answer is there. Called by the attempt, on the transport's thread.</summary>
    public void Answered(Attempt attempt)
    {
        var reply = attempt.TakeReply();
        var now = Services.Clock.Now;
        if (reply.Status is StatusCode.Ok or StatusCode.NotFound)
            attempt.Leaf.Wire.Add(Services.Clock.Micros(now - attempt.SentAt), reply.Header);
        bool late;
        Step step;
        lock (_gate)
        {
            _outstanding--;
            attempt.IsDone = true;
            late = _decided;
            OnFinished(attempt, reply, now, late);
            if (late) OnLateAnswer(reply);
            else OnAnswer(attempt, reply, now);
            step = NextStep(now);
        }

        if (late) reply.Dispose();
        Carry(step);
        Release();
    }

    /// <inheritdoc/>
    public override void OnWheel()
    {
        Step step;
        lock (_gate)
        {
            if (!TryHold()) return;
            var now = Services.Clock.Now;
            if (now >= _wakeAt)
            {
                _wakeAt = Never;
                OnTime(now);
            }
            else if (_wakeAt != Never)
            {
                Services.Wheel.Schedule(this, _wakeAt);
            }

            step = NextStep(now);
        }

        Carry(step);
        Release();
    }

    /// <summary>
    /// News of a copy that is no answer, or of whoever brings some. Any thread; false when the call is over, and when
    /// this is another call by now, which they are none of.
    /// </summary>
    public bool TryTell(ulong news, object? by = null)
    {
        bool isTaken;
        Step step;
        lock (_gate)
        {
            if (!TryHold()) return false;
            var now = Services.Clock.Now;
            isTaken = OnTold(news, by, now);
            step = NextStep(now);
        }

        Carry(step);
        Release();
        return isTaken;
    }

    Reply IValueTaskSource<Reply>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Release();
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
        Debug.Assert(_references == 0 && _outstanding == 0 && !_decided, "a call is begun once per use");
        Route = route;
        DeadlineAt = deadlineAt;
        _header = header;
        _body = body;
        _cancel = cancel;
        // Counts as a send, so that the body stays until every first copy is on its way.
        _sending = 1;
        // The caller's and this method's own.
        Volatile.Write(ref _references, 2);
        var now = Services.Clock.Now;
        if (now < deadlineAt || IsTakenOver) OnBegin(now);
        Step step;
        lock (_gate)
        {
            _sending--;
            if (!_decided) BeginToWait(now);
            if (_decided && _outstanding == 0 && !_cancelled && !FollowsResult(_result)) return FinishAtOnce();
            step = NextStep(now);
        }

        if (cancel.CanBeCanceled) Register(cancel);
        var task = new ValueTask<Reply>(this, _core.Version);
        Carry(step);
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

    /// <summary>News, under the gate; they may come after the decision. False when they are another use's.</summary>
    protected virtual bool OnTold(ulong news, object? by, long now) => false;

    /// <summary>The header of one copy, from what all have in common.</summary>
    protected virtual RequestHeader HeaderOf(Attempt attempt, in RequestHeader header) => header;

    /// <summary>Whether this answer is not the caller's, but <see cref="FollowAsync"/> finds the one that is.</summary>
    protected virtual bool FollowsResult(in Reply result) => false;

    /// <summary>The answer that the caller gets in place of this one, which it takes over.</summary>
    protected virtual ValueTask<Reply> FollowAsync(
        Reply result, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) => new(result);

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

    /// <summary>
    /// Under the gate, before the decision: cancels this copy. No other: what is sent meanwhile is not meant.
    /// </summary>
    protected void CancelOne(Attempt unneeded) => _unneeded = unneeded;

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
        Services.Wheel.Schedule(this, at);
    }

    /// <summary>Sends a first copy, outside the gate, while the call begins.</summary>
    protected void Launch(int replica, long now)
    {
        Attempt attempt;
        lock (_gate) attempt = Prepare(replica, isHedge: false, now);
        Send(attempt);
    }

    /// <summary>Takes over a first copy that is on its way or was answered, while the call begins.</summary>
    protected void Adopt(DirectCopy copy, long sentAt, Reply? answer)
    {
        Attempt attempt;
        lock (_gate) attempt = Prepare(copy.Replica, isHedge: false, sentAt);
        if (attempt.Adopt(copy, answer)) Answered(attempt);
    }

    private void BeginToWait(long now)
    {
        if (now < DeadlineAt || IsTakenOver) OnWaiting(now);
        else Decide(RouterReply.Error(StatusCode.DeadlineExceeded, "The deadline had passed."), cancelRest: false);
    }

    // Under the gate: nobody else can reach the call any more but late events, which find it decided.
    private ValueTask<Reply> FinishAtOnce()
    {
        var result = _result;
        _signalled = true;
        if (Interlocked.Add(ref _references, -2) == 0) Recycle();
        return new ValueTask<Reply>(result);
    }

    private Attempt Prepare(int replica, bool isHedge, long now)
    {
        if (_attemptCount == _attempts.Count) _attempts.Add(new Attempt(this));
        var attempt = _attempts[_attemptCount++];
        attempt.Prepare(Route.Replicas[replica], replica, isHedge, now);
        _outstanding++;
        Interlocked.Increment(ref _references);
        return attempt;
    }

    private void Send(Attempt attempt)
    {
        var left = Services.Clock.MicrosLeft(attempt.SentAt, DeadlineAt);
        var header = _header with
        {
            DeadlineMicros = Services.Options.DeadlineWithoutWire ? attempt.Leaf.Wire.TakenOff(left) : left,
            Flags = attempt.IsHedge ? _header.Flags | FrameFlags.Hedge : _header.Flags,
        };
        if (attempt.Leaf.IsFar) Services.Counters.Count(RouterCounter.OtherZone);
        if (attempt.Send(Services.Transport, Kind, HeaderOf(attempt, header), _body)) Answered(attempt);
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
        Step step = default;
        lock (_gate)
        {
            if (!TryHold()) return;
            // A registration of an earlier use may fire late: its token is not the one of now.
            if (!_decided && _cancel.IsCancellationRequested)
            {
                _cancelled = true;
                Decide(default, cancelRest: true);
                step = NextStep(0);
            }
        }

        Carry(step);
        Release();
    }

    /// <summary>Under the gate: takes the next thing to do outside of it.</summary>
    private Step NextStep(long now)
    {
        if (_next >= 0 && !_decided)
        {
            var replica = _next;
            _next = -1;
            _sending++;
            return new Step(StepKind.Send, Prepare(replica, _nextIsHedge, now));
        }

        if (_unneeded is { } unneeded)
        {
            _unneeded = null;
            return new Step(StepKind.CancelOne, unneeded);
        }

        if (_cancelRest)
        {
            _cancelRest = false;
            return new Step(StepKind.CancelRest, null);
        }

        if (!_decided || _signalled || _sending > 0) return default;
        _signalled = true;
        return new Step(StepKind.Signal, null);
    }

    private void Carry(Step step)
    {
        while (step.Kind != StepKind.None)
        {
            if (step.Kind == StepKind.Signal)
            {
                Signal();
                return;
            }

            if (step.Kind == StepKind.Send) Send(step.Attempt!);
            else if (step.Kind == StepKind.CancelOne) step.Attempt!.Cancel();
            else CancelOutstanding();
            lock (_gate)
            {
                if (step.Kind == StepKind.Send) _sending--;
                step = NextStep(Services.Clock.Now);
            }
        }
    }

    // After the decision: no copy is added any more.
    private void CancelOutstanding()
    {
        for (var i = 0; i < _attemptCount; i++)
            if (!_attempts[i].IsDone) _attempts[i].Cancel();
    }

    private void Signal()
    {
        _registration.Unregister();
        if (_cancelled) _core.SetException(new OperationCanceledException(_cancel));
        else if (FollowsResult(_result)) _ = FollowAndSignalAsync();
        else _core.SetResult(_result);
    }

    // The caller holds its reference until it is signalled, so nothing here changes meanwhile.
    private async Task FollowAndSignalAsync()
    {
        try
        {
            _core.SetResult(await FollowAsync(_result, _header, _body, _cancel).ConfigureAwait(false));
        }
        catch (OperationCanceledException e)
        {
            _core.SetException(e);
        }
    }

    /// <summary>A reference for an event, unless there is none left and the object is on its way to the pool.</summary>
    private bool TryHold()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references) return true;
            references = seen;
        }

        return false;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) Recycle();
    }

    private void Recycle()
    {
        OnReset();
        _core.Reset();
        _registration = default;
        _cancel = default;
        _body = default;
        _result = default;
        _unneeded = null;
        _attemptCount = 0;
        _next = -1;
        _decided = _cancelled = _cancelRest = _signalled = false;
        _wakeAt = Never;
        ReturnToPool();
    }

    private readonly record struct Step(StepKind Kind, Attempt? Attempt);
}
