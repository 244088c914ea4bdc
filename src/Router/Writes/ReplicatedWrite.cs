using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// A write of one version to every replica that is up. It has succeeded when enough have it; it then waits a short
/// grace for the rest, which are not cancelled afterwards: they are late, not unwanted.
/// </summary>
internal sealed class ReplicatedWrite : RoutedCall
{
    private const long NotYet = long.MaxValue;

    private bool _ownerHasIt;
    private ulong _version;
    private int _acksMin;
    private int _acks;
    private int _targets;
    private int _answers;
    private bool _found;
    private long _graceAt = NotYet;
    private Reply _error;
    private bool _hasError;
    private string _errorLeaf = "";
    private DirectCall? _takenOver;
    private DirectCopy? _takenLast;
    private Reply _takenAnswer;

    public ReplicatedWrite(CallServices services)
        : base(services)
    {
    }

    /// <param name="route">The shard.</param>
    /// <param name="header">With epoch, shard and path hash.</param>
    /// <param name="body">Carries <paramref name="version"/>; unchanged until the result is there.</param>
    /// <param name="version">The version written: a replica that has exactly it counts as written.</param>
    /// <param name="acksMin">Replicas that must have it.</param>
    /// <param name="ownerHasIt">
    /// The owner decided and has it: tell the others, to whom a newer version is no news.
    /// </param>
    /// <param name="deadlineAt">In the clock's ticks.</param>
    /// <param name="cancel">The caller's.</param>
    /// <returns>
    /// Ok or NotFound, the version, and a u16 of replicas; VersionTooOld with the stored version; an error.
    /// </returns>
    public ValueTask<Reply> RunAsync(
        ShardRoute route, in RequestHeader header, ReadOnlyMemory<byte> body, ulong version, int acksMin,
        bool ownerHasIt, long deadlineAt, CancellationToken cancel)
    {
        _version = version;
        _acksMin = Math.Min(acksMin, route.Replicas.Length);
        _ownerHasIt = ownerHasIt;
        _acks = ownerHasIt ? 1 : 0;
        _found = ownerHasIt;
        Services.Counters.Request();
        return Begin(route, header, body, deadlineAt, cancel);
    }

    /// <summary>Goes on with a write that was sent to every replica without a call.</summary>
    /// <param name="write">Unchanged until the result is there, as its body is.</param>
    /// <param name="last">The copy whose answer was not a good one; null when only time has passed.</param>
    /// <param name="answer">What it was answered.</param>
    /// <param name="cancel">The caller's.</param>
    public ValueTask<Reply> TakeOverAsync(
        DirectCall write, DirectCopy? last, Reply answer, CancellationToken cancel)
    {
        _version = write.Version;
        _acksMin = write.AcksMin;
        _ownerHasIt = false;
        _acks = write.Acks;
        _found = write.HasFound;
        if (_acks >= _acksMin) _graceAt = write.AckedAt + GraceTicks;
        (_takenOver, _takenLast, _takenAnswer) = (write, last, answer);
        return Begin(write.Route, write.Header, write.Body, write.DeadlineAt, cancel);
    }

    protected override bool IsTakenOver => _takenOver is not null;

    private long GraceTicks => Services.Clock.Ticks(Services.Options.WriteGrace);

    /// <summary>The replicas a write goes to, one bit each: those that are up, or all when those are too few.</summary>
    public static uint TargetsOf(LeafHealth[] replicas, int first, int needed, long now)
    {
        uint targets = 0, all = 0;
        for (var i = first; i < replicas.Length; i++)
        {
            all |= 1u << i;
            if (replicas[i].TakesWrites(now)) targets |= 1u << i;
        }

        return System.Numerics.BitOperations.PopCount(targets) < needed ? all : targets;
    }

    /// <summary>
    /// Writes choose no replica; their latencies, fsyncs among them, must not count among the reads'.
    /// </summary>
    protected override OperationClass Kind => OperationClass.Addressed;

    protected override void OnBegin(long now)
    {
        if (_takenOver is { } write)
        {
            AdoptAll(write);
            return;
        }

        var targets = TargetsOf(Route.Replicas, _ownerHasIt ? 1 : 0, _acksMin - _acks, now);
        _targets = System.Numerics.BitOperations.PopCount(targets);
        for (var i = 0; i < Route.Replicas.Length; i++)
            if ((targets >> i & 1) != 0) Launch(i, now);
    }

    protected override void OnWaiting(long now)
    {
        var wakeAt = Math.Min(_graceAt, DeadlineAt);
        if (_targets == 0) Settle();
        // One that was taken over because its time has come does not wait for the wheel again.
        else if (IsTakenOver && now >= wakeAt) OnTime(now);
        else WakeAt(wakeAt);
    }

    protected override void OnAnswer(Attempt attempt, in Reply reply, long now)
    {
        _answers++;
        if (!Book(attempt, reply)) return;
        if (_answers == _targets)
        {
            Settle();
        }
        else if (_acks >= _acksMin && _graceAt == NotYet)
        {
            _graceAt = now + GraceTicks;
            WakeAt(Math.Min(_graceAt, DeadlineAt));
        }
    }

    protected override void OnLateAnswer(in Reply reply)
    {
        if (reply.Status == StatusCode.VersionTooOld) Services.Versions.Observe(reply.Header.Version);
    }

    protected override void OnTime(long now)
    {
        if (now >= DeadlineAt)
        {
            if (!IsDecided) SettleAtDeadline();
            CancelRest();
            return;
        }

        if (!IsDecided) Settle();
        WakeAt(DeadlineAt);
    }

    protected override void OnFinished(Attempt attempt, in Reply reply, long now, bool late) =>
        Book(attempt, reply, now, late);

    protected override void OnReset()
    {
        DropError();
        _acks = _targets = _answers = 0;
        _found = false;
        _graceAt = NotYet;
        (_takenOver, _takenLast, _takenAnswer) = (null, null, default);
    }

    protected override void ReturnToPool() => Services.Writes.Return(this);

    private void AdoptAll(DirectCall write)
    {
        _targets = _takenLast is null ? 0 : 1;
        foreach (var copy in write.Copies)
            if (copy.IsOut) _targets++;
        foreach (var copy in write.Copies)
            if (copy.IsOut) Adopt(copy, write.SentAt, null);
        if (_takenLast is { } last) Adopt(last, write.SentAt, _takenAnswer);
    }

    /// <summary>Counts one answer; false when it decided the write alone.</summary>
    private bool Book(Attempt attempt, in Reply reply)
    {
        switch (reply.Status)
        {
            case StatusCode.Ok:
            case StatusCode.VersionTooOld when _ownerHasIt || reply.Header.Version == _version:
                _found = true;
                _acks++;
                Services.Versions.Observe(reply.Header.Version);
                reply.Dispose();
                return true;
            case StatusCode.NotFound:
                _acks++;
                reply.Dispose();
                return true;
            case StatusCode.VersionTooOld:
            case StatusCode.WrongShard when RouterReply.EpochOf(reply) > Epoch:
                DropError();
                Decide(reply, cancelRest: false);
                return false;
            default:
                KeepError(attempt, reply);
                return true;
        }
    }

    private void KeepError(Attempt attempt, in Reply reply)
    {
        // What a leaf says about the write tells more than that another can't be reached.
        if (_hasError && reply.Status == StatusCode.Unavailable)
        {
            reply.Dispose();
            return;
        }

        DropError();
        _error = reply;
        _hasError = true;
        _errorLeaf = attempt.Leaf.Endpoint.Id;
    }

    private void Settle()
    {
        var result = _acks >= _acksMin
            ? RouterReply.Written(_found ? StatusCode.Ok : StatusCode.NotFound, _version, _acks)
            : Failure();
        DropError();
        Decide(result, cancelRest: false);
    }

    private void SettleAtDeadline()
    {
        if (_acks >= _acksMin)
        {
            Settle();
            return;
        }

        Services.Counters.DeadlineExceeded();
        DropError();
        Decide(
            RouterReply.Error(
                StatusCode.DeadlineExceeded, $"The deadline passed; {Shortfall} It may still arrive there."),
            cancelRest: true);
    }

    private Reply Failure()
    {
        if (!_hasError) return RouterReply.Error(StatusCode.Unavailable, Shortfall);
        if (_error.Status is not (StatusCode.Unavailable or StatusCode.Overloaded or StatusCode.ReadOnly
            or StatusCode.WrongShard))
        {
            _hasError = false;
            return _error;
        }

        var status = _error.Status == StatusCode.WrongShard ? StatusCode.Unavailable : _error.Status;
        return RouterReply.Error(status, $"{Shortfall} {_errorLeaf} said: {Reason()}");
    }

    private string Shortfall =>
        $"{_acks} of the {Route.Replicas.Length} replicas of shard {Route.Shard} ({Route.ReplicaNames}) have the "
        + $"write; {_acksMin} must.";

    private string Reason() => _error.Status == StatusCode.WrongShard
        ? $"it does not hold shard {Route.Shard}."
        : RouterReply.Text(_error);

    private void DropError()
    {
        if (_hasError) _error.Dispose();
        _error = default;
        _hasError = false;
    }
}
