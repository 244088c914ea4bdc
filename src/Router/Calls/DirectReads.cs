using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Reads of one path as an event loop makes them: sent over the loop's own link to the chosen leaf, and answered where
/// the loop reads, without a task, a copy, a lock or a timer of their own. Almost every read ends so; one that does not
/// end well at its first try, or not soon, becomes a <see cref="HedgedRead"/> with its first copy under way, so that
/// retries, hedges, deadlines and new topologies are in one place. One thread's; allocates nothing.
/// </summary>
/// <remarks>
/// Time is the loop's: read once each time round. One alarm in the router's wheel wakes the loop for the earliest read
/// that would be overdue; then all that are under way are looked at. A good answer is booked as
/// <see cref="HedgedRead"/> books it, but latencies of one in <see cref="SampleEvery"/>, which counts as that many.
/// <code>
///   TryBegin -> link ... answer: Ok, NotFound  -> OnAnswer
///                    ... any other answer      -> Route -> HedgedRead (first copy answered)
///                    ... alarm                 -> Route -> HedgedRead (first copy out)
/// </code>
/// </remarks>
public sealed class DirectReads
{
    /// <summary>Reads for each one whose latency is booked, and for each time that budgets earn.</summary>
    private const int SampleEvery = 16;

    private const long Never = long.MaxValue;

    private readonly CallServices _services;
    private readonly RoutingTables _tables;
    private readonly EntryReads _follower;
    private readonly IDirectThread _thread;
    private readonly Alarm _alarm;
    private readonly Action _onAlarm;
    private readonly ReadSampler _sampler;
    private readonly long _timeoutTicks;
    private DirectRead? _first;
    private DirectRead? _last;
    private DirectRead? _nextLookedAt;
    private long _alarmAt = Never;
    private uint _count;

    internal DirectReads(CallServices services, RoutingTables tables, EntryReads follower, IDirectThread thread)
    {
        _services = services;
        _tables = tables;
        _follower = follower;
        _thread = thread;
        _onAlarm = OnAlarm;
        _alarm = new Alarm(this);
        _sampler = services.Sharing.NewSampler();
        _timeoutTicks = services.Clock.Ticks(services.Options.TimeoutOf(Opcode.Get));
    }

    /// <summary>
    /// Sends a read. False, and nothing was done, when it has to go the way of routed calls: a leaf of the shard is
    /// avoided or has no link open here, or the read is of a kind of its own.
    /// </summary>
    /// <param name="read">Not under way. Told later, never before this returns.</param>
    /// <param name="header">Opcode, flags, deadline; XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="command">What its body says.</param>
    public bool TryBegin(DirectRead read, in RequestHeader header, in CacheCommand command)
    {
        var isPlain = header.Opcode is Opcode.Get or Opcode.Head or Opcode.FieldGet
            && header.Flags == FrameFlags.None && command.Version == 0;
        if (!isPlain) return false;
        var hash = header.PathHash != 0 ? header.PathHash : PathHash.OfPath(command.Path);
        if (_services.Sharing.LeavesLoop(hash)) return false;
        var table = _tables.Current;
        var route = table.Shards[table.ShardOf(command.Path)];
        if (!AreUp(route)) return false;
        var now = _thread.NowTicks;
        var replica = route.Replicas.Length == 1
            ? 0
            : _services.Sharing.Spread(route.Replicas, hash) is >= 0 and var spread
            ? spread
            : _services.Selector.Choose(route.Replicas, 0, OperationClass.PointRead, now);
        var leaf = route.Replicas[replica];
        if (_services.Transport.LinkTo(leaf.Endpoint) is not { } link) return false;
        _sampler.Note(hash, now);
        var plan = PlanOf(route, replica, header with { Epoch = table.Epoch, PathHash = hash }, now);
        if (!link.TrySend(plan.Header, read.Body.Span, read, out var requestId)) return false;
        leaf.OnSent(OperationClass.PointRead);
        _services.Counters.Request();
        if (leaf.IsFar) _services.Counters.Count(RouterCounter.OtherZone);
        if (plan.IsTimed) _services.Policy.OnRequests(OperationClass.PointRead, SampleEvery);
        read.Begin(this, link, requestId, plan);
        Append(read);
        if (read.OverdueAt < _alarmAt) SetAlarm(read.OverdueAt);
        return true;
    }

    /// <summary>Books a good answer; false leaves it to <see cref="Route(DirectRead, Reply)"/>.</summary>
    internal bool TryEnd(DirectRead read, in ReplyHeader header)
    {
        Remove(read);
        if (header.Status is not (StatusCode.Ok or StatusCode.NotFound)) return false;
        var leaf = read.Route.Replicas[read.Replica];
        if (!read.IsTimed)
        {
            leaf.OnAnswered(OperationClass.PointRead, header);
            return true;
        }

        var now = _thread.NowTicks;
        var elapsed = now - read.SentAt;
        leaf.OnAnswered(OperationClass.PointRead, now, elapsed, header);
        read.Route.Group.Record(OperationClass.PointRead, now, elapsed, SampleEvery);
        return true;
    }

    /// <summary>Goes on with a first copy that is still out.</summary>
    internal ValueTask<Reply> Route(DirectRead read) => TakeOver(read, null);

    /// <summary>Goes on after an answer that may be better elsewhere, or has to be explained.</summary>
    internal ValueTask<Reply> Route(DirectRead read, Reply answer) => TakeOver(read, answer);

    /// <summary>The leaf answers nobody.</summary>
    internal void Abandon(DirectRead read)
    {
        Remove(read);
        read.Link.Drop(read.RequestId);
        var now = _thread.NowTicks;
        read.Route.Replicas[read.Replica].OnAbandoned(OperationClass.PointRead, now, now - read.SentAt);
    }

    private static bool AreUp(ShardRoute route)
    {
        // One that is avoided may be due for a probe, which is not to be wasted on a leaf without a link.
        foreach (var leaf in route.Replicas)
            if (!leaf.IsUp) return false;
        return true;
    }

    private DirectPlan PlanOf(ShardRoute route, int replica, in RequestHeader asked, long now)
    {
        var clock = _services.Clock;
        var deadlineAt = now + (asked.DeadlineMicros != 0 ? clock.TicksOfMicros(asked.DeadlineMicros) : _timeoutTicks);
        var hedges = route.Replicas.Length > 1 && _services.Policy.Hedges(OperationClass.PointRead);
        return new DirectPlan
        {
            Route = route,
            Replica = replica,
            Header = asked with { Shard = route.Shard, DeadlineMicros = clock.MicrosLeft(now, deadlineAt) },
            SentAt = now,
            IsTimed = _count++ % SampleEvery == 0,
            DeadlineAt = deadlineAt,
            OverdueAt = hedges
                ? Math.Min(deadlineAt, now + route.Group.DelayTicks(OperationClass.PointRead, now))
                : deadlineAt,
        };
    }

    private ValueTask<Reply> TakeOver(DirectRead read, Reply? answer) =>
        _services.Reads.Rent().TakeOverAsync(read, answer, _follower);

    private void OnAlarm()
    {
        _alarmAt = Never;
        var now = _thread.NowTicks;
        var earliest = Never;
        for (var read = _first; read is not null; read = _nextLookedAt)
        {
            // What a routed read tells its reader may end other reads, the next one too: Remove moves this on then.
            _nextLookedAt = read.Next;
            if (read.OverdueAt <= now)
            {
                Remove(read);
                read.BecomeRouted();
            }
            else
            {
                earliest = Math.Min(earliest, read.OverdueAt);
            }
        }

        if (earliest < _alarmAt) SetAlarm(earliest);
    }

    private void SetAlarm(long at)
    {
        _alarmAt = at;
        _alarm.Set(at);
    }

    private void Append(DirectRead read)
    {
        read.Previous = _last;
        read.Next = null;
        if (_last is null) _first = read;
        else _last.Next = read;
        _last = read;
    }

    private void Remove(DirectRead read)
    {
        if (read == _nextLookedAt) _nextLookedAt = read.Next;
        if (read.Previous is null) _first = read.Next;
        else read.Previous.Next = read.Next;
        if (read.Next is null) _last = read.Previous;
        else read.Next.Previous = read.Previous;
        read.Next = read.Previous = null;
    }

    /// <summary>Told the time by the wheel, on its thread, and tells the loop.</summary>
    private sealed class Alarm(DirectReads reads) : WheelEntry
    {
        private readonly Lock _gate = new();
        private long _at = Never;

        public void Set(long at)
        {
            lock (_gate)
            {
                _at = at;
                reads._services.Wheel.Schedule(this, at);
            }
        }

        public override void OnWheel()
        {
            lock (_gate)
            {
                if (_at == Never) return;
                if (reads._services.Clock.Now < _at)
                {
                    reads._services.Wheel.Schedule(this, _at);
                    return;
                }

                _at = Never;
            }

            reads._thread.Post(reads._onAlarm);
        }
    }
}
