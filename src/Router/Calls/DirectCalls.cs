using System.Buffers.Binary;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Reads and plain writes of one path as an event loop makes them: sent over the loop's own links to the chosen leaf,
/// or to every replica, and answered where the loop reads, without a task, a copy, a lock or a timer of their own.
/// Almost every call ends so; one that does not end well at its first try, or not soon, becomes a <see
/// cref="HedgedRead"/> or a <see cref="ReplicatedWrite"/> with its copies under way, so that retries, hedges,
/// deadlines, missing acknowledgements, clocks that are behind and new topologies are in one place. One thread's;
/// allocates nothing.
/// </summary>
/// <remarks>
/// Time is the loop's: read once each time round. One alarm in the router's wheel wakes the loop for the earliest call
/// that would be overdue; then all that are under way are looked at. A good answer is booked as a routed call books it,
/// but latencies of one in <see cref="SampleEvery"/>, which counts as that many.
/// <code>
///   TryBegin -> link ... answer: Ok, NotFound, of all copies  -> OnAnswer
///                    ... of the one that decides: also Exists, VersionMismatch
///                    ... any other answer                     -> Route -> routed call (one copy answered)
///                    ... alarm                                -> Route -> routed call (copies out)
/// </code>
/// A write is overdue at the end of the grace that it would have if it were acknowledged at once: the routed call knows
/// when it was, and answers then, or waits until the deadline for those that must have it.
/// </remarks>
public sealed class DirectCalls
{
    /// <summary>Calls for each one whose latency is booked, and for each time that budgets earn.</summary>
    private const int SampleEvery = 16;

    private const long Never = long.MaxValue;

    private readonly CallServices _services;
    private readonly RoutingTables _tables;
    private readonly EntryReads _reads;
    private readonly EntryWrites _writes;
    private readonly IDirectThread _thread;
    private readonly Alarm _alarm;
    private readonly Action _onAlarm;
    private readonly ReadSampler _sampler;
    private readonly long _timeoutTicks;
    private readonly long _graceTicks;
    private DirectCall? _first;
    private DirectCall? _last;
    private DirectCall? _nextLookedAt;
    private long _alarmAt = Never;
    private uint _count;

    internal DirectCalls(
        CallServices services, RoutingTables tables, EntryReads reads, EntryWrites writes, IDirectThread thread)
    {
        _services = services;
        _tables = tables;
        _reads = reads;
        _writes = writes;
        _thread = thread;
        _onAlarm = OnAlarm;
        _alarm = new Alarm(this);
        _sampler = services.Sharing.NewSampler();
        _timeoutTicks = services.Clock.Ticks(services.Options.TimeoutOf(Opcode.Get));
        _graceTicks = services.Clock.Ticks(services.Options.WriteGrace);
    }

    /// <summary>
    /// Whether a call is of a kind that may go this way: a read that takes any version, or a write of which the router
    /// stamps the version. One that depends on what is stored goes so where its shard has one replica.
    /// </summary>
    public static bool Takes(in RequestHeader header, in CacheCommand command)
    {
        if (command.Version != 0) return false;
        return header.Flags == FrameFlags.None
            || (header.Flags == FrameFlags.ReturnEntry && !CacheCommand.IsRead(header.Opcode)
                && WritePlan.Of(command, header.Flags).IsConditional);
    }

    /// <summary>
    /// Sends a call. False, and nothing was done, when it has to go the way of routed calls: a leaf of the shard is
    /// avoided or has no link open here, or the call is not one that this <see cref="Takes"/>.
    /// </summary>
    /// <param name="call">Not under way. Told later, never before this returns.</param>
    /// <param name="header">Opcode, flags, deadline; XXH3-64 of the whole path, or 0 to have it computed.</param>
    /// <param name="command">What its body says.</param>
    public bool TryBegin(DirectCall call, in RequestHeader header, in CacheCommand command)
    {
        if (!Takes(header, command)) return false;
        var hash = header.PathHash != 0 ? header.PathHash : PathHash.OfPath(command.Path);
        var isRead = CacheCommand.IsRead(header.Opcode);
        if (isRead && header.Session == 0 && _services.Sharing.LeavesLoop(hash)) return false;
        var table = _tables.Current;
        var route = table.Shards[table.ShardOf(command.Path)];
        if (!route.AreUp) return false;
        var asked = header with { Epoch = table.Epoch, Shard = route.Shard, PathHash = hash };
        if (isRead ? !TryRead(call, route, asked) : !TryWrite(call, route, asked, command)) return false;
        _services.Counters.Request();
        call.Begin(this);
        Append(call);
        if (call.OverdueAt < _alarmAt) SetAlarm(call.OverdueAt);
        return true;
    }

    /// <summary>An answer to one copy.</summary>
    internal void Answered(DirectCall call, DirectCopy copy, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        if (!IsGood(call, header.Status, body))
        {
            Remove(call);
            call.BecomeRouted(copy, Reply.Copy(header, body));
            return;
        }

        var now = _thread.NowTicks;
        Book(call, copy, header, now);
        if (!call.IsWrite)
        {
            Remove(call);
            call.End(header, body);
        }
        else if (call.Write.IsConditional)
        {
            Remove(call);
            EndDecision(call, header, body);
        }
        else if (call.Acknowledge(header.Status == StatusCode.Ok, now) == call.Copies.Length)
        {
            Remove(call);
            EndWrite(call);
        }
    }

    /// <summary>Goes on with what is out, after an answer that may be better elsewhere or to be explained.</summary>
    internal ValueTask<Reply> Route(DirectCall call, DirectCopy? last, Reply answer, CancellationToken cancel) =>
        call.IsWrite
            ? _writes.GoOnAsync(call, last, answer, cancel)
            : _services.Reads.Rent().TakeOverAsync(
                OperationClass.PointRead, call, last, answer, _reads, cancel);

    /// <summary>The leaf answers nobody. False for a write, which a routed call sees to its end.</summary>
    internal bool TryAbandon(DirectCall call)
    {
        Remove(call);
        if (call.IsWrite)
        {
            _ = ForgetAsync(Route(call, null, default, CancellationToken.None));
            return false;
        }

        Drop(call);
        return true;
    }

    private static bool IsGood(DirectCall call, StatusCode status, ReadOnlySpan<byte> body)
    {
        if (!call.IsWrite || !call.Write.IsConditional) return status is StatusCode.Ok or StatusCode.NotFound;
        if (status == StatusCode.Ok) return !call.OwesNumber || body.Length >= sizeof(long);
        return status is StatusCode.NotFound or StatusCode.Exists or StatusCode.VersionMismatch;
    }

    private static async Task ForgetAsync(ValueTask<Reply> answer) => (await answer.ConfigureAwait(false)).Dispose();

    // As ConditionalWrites answers for a shard of one replica.
    private void EndDecision(DirectCall call, in ReplyHeader header, ReadOnlySpan<byte> body)
    {
        _services.Sharing.Written(call.Header.PathHash);
        if (header.Status == StatusCode.Ok) _services.Versions.Observe(header.Version);
        if (header.Status != StatusCode.Ok || (call.Header.Flags & FrameFlags.ReturnEntry) != 0)
        {
            call.End(header, body);
            return;
        }

        Span<byte> told = stackalloc byte[sizeof(long) + sizeof(ushort)];
        var numberBytes = call.OwesNumber ? sizeof(long) : 0;
        body[..numberBytes].CopyTo(told);
        BinaryPrimitives.WriteUInt16LittleEndian(told[numberBytes..], 1);
        call.End(header, told[..(numberBytes + sizeof(ushort))]);
    }

    private void EndWrite(DirectCall call)
    {
        _services.Sharing.Written(call.Header.PathHash);
        Span<byte> replicas = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(replicas, (ushort)call.Acks);
        var header = new ReplyHeader
        {
            Opcode = call.Header.Opcode,
            Flags = FrameFlags.Reply,
            Status = call.HasFound ? StatusCode.Ok : StatusCode.NotFound,
            Version = call.Version,
        };
        call.End(header, replicas);
    }

    private bool TryRead(DirectCall call, ShardRoute route, in RequestHeader asked)
    {
        var now = _thread.NowTicks;
        route.Group.Slow.Look(route.Replicas, OperationClass.PointRead, now);
        var replica = route.Replicas.Length == 1
            ? route.Owner.HasRoom(OperationClass.PointRead) ? 0 : ReplicaSelector.Full
            : asked.Session != 0
            ? _services.Selector.Choose(route.Replicas, 0, OperationClass.PointRead, now, asked.Session)
            : _services.Sharing.Spread(route.Replicas, asked.PathHash) is >= 0 and var spread
            ? spread
            : _services.Selector.Choose(route.Replicas, 0, OperationClass.PointRead, now);
        if (replica < 0) return false;
        if (_services.Transport.LinkTo(route.Replicas[replica].Endpoint) is not { } link) return false;
        var hedges = route.Replicas.Length > 1 && _services.Policy.Hedges(OperationClass.PointRead);
        Plan(call, route, asked, now, hedges ? route.Group.DelayTicks(OperationClass.PointRead, now) : Never);
        call.AddCopy(link, replica);
        _sampler.Note(asked.PathHash, now);
        if (!TrySend(call, call.Copies[0])) return false;
        if (call.IsTimed) _services.Policy.OnRequests(OperationClass.PointRead, SampleEvery);
        return true;
    }

    private bool TryWrite(DirectCall call, ShardRoute route, in RequestHeader asked, in CacheCommand command)
    {
        var now = _thread.NowTicks;
        // Without a grace it does not wait for the other replicas: not a thing to be looked at with an alarm.
        var isAlone = route.Replicas.Length == 1;
        if (!isAlone && _graceTicks == 0) return false;
        var plan = WritePlan.Of(command, asked.Flags);
        if (!isAlone && plan.IsConditional) return false;
        Plan(call, route, asked, now, isAlone ? Never : _graceTicks);
        if (!_writes.IsReady(now, call.DeadlineAt)) return false;
        for (var i = 0; i < route.Replicas.Length; i++)
        {
            if (_services.Transport.LinkTo(route.Replicas[i].Endpoint) is not { } link) return false;
            call.AddCopy(link, i);
        }

        var version = _services.Versions.Next();
        call.PlanWrite(plan, version, _writes.AcksMin(command.Path, route));
        plan.Stamp(call.Body.Span, version);
        _services.Sharing.Written(asked.PathHash);
        foreach (var copy in call.Copies)
        {
            if (TrySend(call, copy)) continue;
            // What was sent does no harm: it comes again, under a later version.
            Drop(call);
            plan.Stamp(call.Body.Span, 0);
            return false;
        }

        return true;
    }

    private void Plan(DirectCall call, ShardRoute route, in RequestHeader asked, long now, long overdueTicks)
    {
        var clock = _services.Clock;
        var ticks = asked.DeadlineMicros != 0 ? clock.TicksOfMicros(asked.DeadlineMicros) : _timeoutTicks;
        call.Plan(new DirectPlan
        {
            Route = route,
            Header = asked with { DeadlineMicros = clock.MicrosLeft(now, now + ticks) },
            SentAt = now,
            IsTimed = _count++ % SampleEvery == 0,
            DeadlineAt = now + ticks,
            OverdueAt = now + Math.Min(ticks, overdueTicks),
        });
    }

    private static OperationClass KindOf(DirectCall call) =>
        call.IsWrite ? OperationClass.Addressed : OperationClass.PointRead;

    private bool TrySend(DirectCall call, DirectCopy copy)
    {
        if (!copy.TrySend(call.Header, call.Body.Span)) return false;
        var leaf = call.Route.Replicas[copy.Replica];
        leaf.OnSent(KindOf(call));
        if (leaf.IsFar) _services.Counters.Count(RouterCounter.OtherZone);
        return true;
    }

    private void Drop(DirectCall call)
    {
        var now = _thread.NowTicks;
        foreach (var copy in call.Copies)
        {
            if (!copy.IsOut) continue;
            copy.Drop();
            call.Route.Replicas[copy.Replica].OnAbandoned(KindOf(call), now, now - call.SentAt);
        }
    }

    private static void Book(DirectCall call, DirectCopy copy, in ReplyHeader header, long now)
    {
        var leaf = call.Route.Replicas[copy.Replica];
        if (!call.IsTimed)
        {
            leaf.OnAnswered(KindOf(call), now, header);
            return;
        }

        var elapsed = now - call.SentAt;
        leaf.OnAnswered(KindOf(call), now, elapsed, header, SampleEvery);
        if (!call.IsWrite) call.Route.Group.Record(OperationClass.PointRead, now, elapsed, SampleEvery);
    }

    private void OnAlarm()
    {
        _alarmAt = Never;
        var now = _thread.NowTicks;
        var earliest = Never;
        for (var call = _first; call is not null; call = _nextLookedAt)
        {
            // What a routed call tells its owner may end other calls, the next one too: Remove moves this on then.
            _nextLookedAt = call.Next;
            if (call.OverdueAt <= now)
            {
                Remove(call);
                call.BecomeRouted(null, default);
            }
            else
            {
                earliest = Math.Min(earliest, call.OverdueAt);
            }
        }

        if (earliest < _alarmAt) SetAlarm(earliest);
    }

    private void SetAlarm(long at)
    {
        _alarmAt = at;
        _alarm.Set(at);
    }

    private void Append(DirectCall call)
    {
        call.Previous = _last;
        call.Next = null;
        if (_last is null) _first = call;
        else _last.Next = call;
        _last = call;
    }

    private void Remove(DirectCall call)
    {
        if (call == _nextLookedAt) _nextLookedAt = call.Next;
        if (call.Previous is null) _first = call.Next;
        else call.Previous.Next = call.Next;
        if (call.Next is null) _last = call.Previous;
        else call.Next.Previous = call.Previous;
        call.Next = call.Previous = null;
    }

    /// <summary>Told the time by the wheel, on its thread, and tells the loop.</summary>
    private sealed class Alarm(DirectCalls calls) : WheelEntry
    {
        private readonly Lock _gate = new();
        private long _at = Never;

        public void Set(long at)
        {
            lock (_gate)
            {
                _at = at;
                calls._services.Wheel.Schedule(this, at);
            }
        }

        public override void OnWheel()
        {
            lock (_gate)
            {
                if (_at == Never) return;
                if (calls._services.Clock.Now < _at)
                {
                    calls._services.Wheel.Schedule(this, _at);
                    return;
                }

                _at = Never;
            }

            calls._thread.Post(calls._onAlarm);
        }
    }
}
