using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// An idempotent request to one shard: the best replica, a second copy to another when the first is slow and the budget
/// allows, the next replica at once when one fails. The first good answer wins and the others are cancelled.
/// </summary>
internal sealed class HedgedRead : RoutedCall
{
    private OperationClass _kind;
    private ulong _versionMin;
    private uint _tried;
    private int _first;
    private bool _hedged;
    private bool _isPaced;
    private long _hedgeAt;
    private long _ownHedgeAt;
    private long _hedgeAtLatest;
    private ReadTie _tie;
    private Reply _lastError;
    private bool _hasError;
    private EntryReads? _follower;
    private ScatterPace? _pace;
    private SearchTally? _tally;
    private DirectCall? _takenOver;
    private Reply? _takenAnswer;

    public HedgedRead(CallServices services)
        : base(services)
    {
    }

    /// <param name="route">The shard.</param>
    /// <param name="kind">Decides on hedging and retries.</param>
    /// <param name="header">With epoch, shard and path hash.</param>
    /// <param name="body">Unchanged until the result is there.</param>
    /// <param name="versionMin">
    /// Of an entry: an older answer, or none, is asked of the next replica. 0 takes any.
    /// </param>
    /// <param name="deadlineAt">In the clock's ticks.</param>
    /// <param name="cancel">The caller's.</param>
    /// <param name="follower">
    /// Who goes on when the leaf works by another topology; null leaves that to the caller.
    /// </param>
    /// <param name="first">The replica that is asked first; -1 leaves the choice to the selector.</param>
    /// <param name="pace">Of the scatter that it is a part of.</param>
    /// <param name="tally">Of the search that it is a part of, where anybody wants to know.</param>
    public ValueTask<Reply> RunAsync(
        ShardRoute route, OperationClass kind, in RequestHeader header, ReadOnlyMemory<byte> body, ulong versionMin,
        long deadlineAt, CancellationToken cancel, EntryReads? follower = null, int first = -1,
        ScatterPace? pace = null, SearchTally? tally = null)
    {
        _pace = pace;
        _tally = tally;
        tally?.Request();
        _first = first;
        _kind = kind;
        _versionMin = versionMin;
        _follower = follower;
        Services.Counters.Request();
        Services.Policy.OnRequest(kind);
        return Begin(route, header, body, deadlineAt, cancel);
    }

    /// <summary>Goes on with a request that was sent without a call.</summary>
    /// <param name="kind">As above.</param>
    /// <param name="read">Unchanged until the result is there, as its body is.</param>
    /// <param name="last">Its copy, if it was answered; null when it is still out.</param>
    /// <param name="answer">What it was answered.</param>
    /// <param name="follower">As above.</param>
    /// <param name="cancel">The caller's.</param>
    public ValueTask<Reply> TakeOverAsync(
        OperationClass kind, DirectCall read, DirectCopy? last, Reply answer, EntryReads? follower,
        CancellationToken cancel)
    {
        _kind = kind;
        _follower = follower;
        _takenOver = read;
        _takenAnswer = last is null ? null : answer;
        return Begin(read.Route, read.Header, read.Body, read.DeadlineAt, cancel);
    }

    protected override OperationClass Kind => _kind;

    protected override bool IsTakenOver => _takenOver is not null;

    protected override void OnBegin(long now)
    {
        if (_takenOver is { } read)
        {
            var copy = read.Copies[0];
            _tried = 1u << copy.Replica;
            Adopt(copy, read.SentAt, _takenAnswer);
            return;
        }

        Route.Group.Slow.Look(Route.Replicas, _kind, now);
        var replica = _first >= 0 ? _first : Services.Selector.Choose(Route.Replicas, _tried, _kind, now, Session);
        if (replica < 0) return;
        _tried = 1u << replica;
        if (Route.Replicas.Length > 1 && Services.Ties.Bind(_kind)) _tie.Begin(Services.Ties.Add(this));
        Launch(replica, now);
    }

    protected override RequestHeader HeaderOf(Attempt attempt, in RequestHeader header) => _tie.Mark(attempt, header);

    protected override bool OnTold(ulong news, object? by, long now)
    {
        if (by is not null)
        {
            // Its pace may know this object from an earlier shard of the same scatter, and tell it before it waits.
            if (by == _pace && _isPaced && !IsDecided) Hasten();
            return by == _pace;
        }

        var meaning = _tie.OnBegun(news, Attempts);
        switch (meaning)
        {
            case ReadTie.News.First when !IsDecided && _tie.Loser is { } loser:
                CancelOne(loser);
                // The work has begun: what it takes from now on is what a hedge waits for.
                _hedgeAt = _ownHedgeAt = now + Route.Group.DelayTicks(_kind, now);
                _hedgeAtLatest = now + Services.Policy.DelayMaxTicks;
                WakeAt(NextTime());
                break;
            case ReadTie.News.Both:
                Services.Ties.Waste(news, _tie.IsReturned, _kind);
                break;
        }

        return meaning != ReadTie.News.Others;
    }

    protected override void OnWaiting(long now)
    {
        if (_tried == 0)
        {
            Services.Counters.Count(RouterCounter.ShedAtLimit);
            Decide(RouterReply.Error(StatusCode.Overloaded, FullText()), cancelRest: false);
            return;
        }

        _hedged = !Services.Policy.Hedges(_kind) || Route.Replicas.Length < 2;
        var beganAt = _takenOver?.SentAt ?? now;
        _hedgeAt = _hedged ? DeadlineAt : beganAt + Route.Group.DelayTicks(_kind, now);
        if (_tie.IsOn) _tie.TwinAt = beganAt + Services.Ties.DelayTicks;
        if (_pace is { } pace)
        {
            pace.Enter(this);
            _isPaced = true;
            (_ownHedgeAt, _hedgeAtLatest) = (_hedgeAt, beganAt + Services.Policy.DelayMaxTicks);
            _hedgeAt = pace.HedgeAtOf(_ownHedgeAt, _hedgeAtLatest);
        }

        // One that was taken over because its time has come does not wait for the wheel again.
        if (IsTakenOver) OnTime(now);
        else WakeAt(NextTime());
    }

    protected override void OnAnswer(Attempt attempt, in Reply reply, long now)
    {
        if (!MayBeBetterElsewhere(reply))
        {
            if (attempt.IsHedge) Services.Counters.HedgeWon();
            DropError();
            Decide(reply, cancelRest: true);
            return;
        }

        if (attempt == _tie.Loser) DropLoser(attempt, reply);
        else KeepError(reply);
        if (Outstanding > 0)
        {
            if (_tie.TryClose()) WakeAt(NextTime());
            return;
        }

        if (!IsTimeUp(reply, now) && TryRetry(now)) return;
        var error = FinalError(attempt);
        if (error.Status == StatusCode.DeadlineExceeded) Services.Counters.DeadlineExceeded();
        DropError();
        Decide(error, cancelRest: false);
    }

    protected override void OnTime(long now)
    {
        if (IsDecided) return;
        if (now >= DeadlineAt)
        {
            Services.Counters.DeadlineExceeded();
            DropError();
            Decide(RouterReply.Error(StatusCode.DeadlineExceeded, DeadlineText()), cancelRest: true);
            return;
        }

        if (_tie.IsOn && now >= _tie.TwinAt) SendTwin(now);
        else if (!_hedged && !_tie.IsOpen && now >= _hedgeAt) Hedge(now);
        WakeAt(NextTime());
    }

    protected override void OnFinished(Attempt attempt, in Reply reply, long now, bool late)
    {
        Book(attempt, reply, now, late);
        // Only first tries tell how often a first try is slow; one given up was slow at least that long. A quick error
        // tells nothing.
        var tells = IsAnswer(reply.Status) || reply.Status is StatusCode.Cancelled or StatusCode.DeadlineExceeded;
        if (attempt == Attempts[0] && attempt != _tie.Loser && tells)
            Route.Group.Record(_kind, now, now - attempt.SentAt);
        if (late && attempt.IsHedge) Services.Counters.HedgeCancelled();
    }

    protected override bool FollowsResult(in Reply result) =>
        _follower is not null && result.Status == StatusCode.WrongShard;

    protected override ValueTask<Reply> FollowAsync(
        Reply result, RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        _follower!.FollowAsync(result, header, body, DeadlineAt, cancel);

    protected override void OnReset()
    {
        DropError();
        if (_tie.IsOn) Services.Ties.Remove(_tie.Id);
        _tie = default;
        _follower = null;
        _pace = null;
        _tally = null;
        _takenOver = null;
        _takenAnswer = null;
        _versionMin = 0;
        _tried = 0;
        _hedged = _isPaced = false;
        _hedgeAt = 0;
    }

    protected override void ReturnToPool() => Services.Reads.Return(this);

    private bool MayBeBetterElsewhere(in Reply reply) => reply.Status switch
    {
        StatusCode.Unavailable or StatusCode.Overloaded or StatusCode.Internal or StatusCode.Corrupt
            or StatusCode.Cancelled or StatusCode.DeadlineExceeded => true,
        // A leaf with the newer topology is right; one without it knows no better than another replica.
        StatusCode.WrongShard => IsBehind(reply),
        // A tombstone has a version too: deleted later is an answer.
        StatusCode.Ok or StatusCode.NotFound or StatusCode.VersionTooOld =>
            _versionMin != 0 && reply.Header.Version < _versionMin,
        _ => false,
    };

    /// <summary>
    /// Whether most of the time is over, and a leaf says that all of its part is: what is left is none for another, and
    /// when all are slow it would be load on top of theirs.
    /// </summary>
    private bool IsTimeUp(in Reply reply, long now) =>
        reply.Status == StatusCode.DeadlineExceeded && now - Attempts[0].SentAt > DeadlineAt - now;

    private bool TryRetry(long now)
    {
        if (_kind == OperationClass.Addressed || !Services.Options.RetryEnabled || now >= DeadlineAt) return false;
        var replica = Services.Selector.Choose(Route.Replicas, _tried, _kind, now, Session);
        if (replica < 0) return false;
        if (!Services.Policy.TrySpendRetry())
        {
            Services.Counters.Count(RouterCounter.RetriesDenied);
            return false;
        }

        Services.Counters.Retry();
        _tally?.Retry();
        _tried |= 1u << replica;
        LaunchNext(replica, isHedge: false);
        return true;
    }

    private void Hedge(long now)
    {
        _hedged = true;
        if (TryLaunchHedge(now, out var replica) || replica == ReplicaSelector.None) return;
        // What the budget earns next is for the slowest, and a replica that is full now has room soon: this one asks
        // again when it has waited as long again.
        _hedged = false;
        _hedgeAt = now + Math.Max(1, now - Attempts[0].SentAt);
    }

    /// <summary>It waits in its leaf's queue: now also in another's.</summary>
    private void SendTwin(long now)
    {
        _tie.TwinAt = long.MaxValue;
        if (_tie.HasBegun || _hedged || !TryLaunchHedge(now, out var replica)) return;
        Services.Counters.Count(RouterCounter.TiesSent);
        _tie.Open(replica);
    }

    /// <summary>A replica at or above 0 and false: the budget refused.</summary>
    private bool TryLaunchHedge(long now, out int replica)
    {
        replica = Services.Selector.ChooseHedge(Route.Replicas, _tried, _kind, now);
        if (replica < 0) return false;
        if (!Services.Policy.TrySpendHedge(_kind))
        {
            Services.Counters.HedgeDenied();
            return false;
        }

        Services.Counters.HedgeSent();
        _tally?.Hedge();
        _tried |= 1u << replica;
        LaunchNext(replica, isHedge: true);
        return true;
    }

    /// <summary>The other shards of its scatter say when it is late.</summary>
    private void Hasten()
    {
        if (_hedged) return;
        _hedgeAt = Math.Min(_hedgeAt, _pace!.HedgeAtOf(_ownHedgeAt, _hedgeAtLatest));
        WakeAt(NextTime());
    }

    /// <summary>When to look again.</summary>
    private long NextTime()
    {
        var next = DeadlineAt;
        if (!_hedged && !_tie.IsOpen) next = Math.Min(next, _hedgeAt);
        if (_tie.IsOn) next = Math.Min(next, _tie.TwinAt);
        return next;
    }

    /// <summary>It was cancelled as its twin began. Its leaf may be asked again if that one comes to nothing.</summary>
    private void DropLoser(Attempt loser, in Reply reply)
    {
        reply.Dispose();
        _tried &= ~(1u << loser.Replica);
        if (_tie.TryReturn()) Services.Ties.Return(_tie.IdOfOther, _kind);
    }

    private void KeepError(in Reply reply)
    {
        DropError();
        _lastError = reply;
        _hasError = true;
    }

    private Reply FinalError(Attempt last)
    {
        var id = last.Leaf.Endpoint.Id;
        switch (_lastError.Status)
        {
            case StatusCode.Unavailable when Route.Replicas.Length > 1:
                return RouterReply.Error(
                    StatusCode.Unavailable,
                    $"No replica of shard {Route.Shard} ({Route.ReplicaNames}) can be reached; {id} said last: "
                    + RouterReply.Text(_lastError));
            case StatusCode.Ok or StatusCode.NotFound or StatusCode.VersionTooOld:
                return RouterReply.Error(
                    StatusCode.Unavailable,
                    $"No replica of shard {Route.Shard} that can be reached has version {_versionMin} yet.",
                    _lastError.Header.Version);
            default:
                _hasError = false;
                return _lastError;
        }
    }

    private string FullText() =>
        $"Each replica of shard {Route.Shard} ({Route.ReplicaNames}) that may be asked has as many requests in flight "
        + "from this router as it bears now. Try again later.";

    private string DeadlineText()
    {
        var waiting = new List<string>();
        foreach (var attempt in Attempts)
            if (!attempt.IsDone) waiting.Add(attempt.Leaf.Endpoint.Id);
        if (_kind == OperationClass.Addressed)
            return $"The deadline passed; {Route.Owner.Endpoint.Id} was asked, without an answer.";
        return waiting.Count == 0
            ? $"The deadline passed before shard {Route.Shard} was asked."
            : $"The deadline passed; shard {Route.Shard} was asked of {string.Join(" and ", waiting)}, "
                + "without an answer.";
    }

    private void DropError()
    {
        if (_hasError) _lastError.Dispose();
        _lastError = default;
        _hasError = false;
    }
}
