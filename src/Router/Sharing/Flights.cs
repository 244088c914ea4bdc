using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Reads of the same bytes at the same time as one request: the first begins it, the others wait for its answer. Each
/// waits by its own deadline, and one that is cancelled leaves the others alone; when the last has left, the request is
/// cancelled too. Thread-safe.
/// </summary>
/// <remarks>
/// Nobody joins a flight that was sent before a write of the path through this router began or ended: whoever reads
/// what was just written must see it. All waiters get the same bytes, which are then the garbage collector's. A flight
/// that ran out of its own time hands back those who have time left, and they begin another.
/// <code>
///   ReadAsync -> Join ... answer              -> Landed -> Complete each
///                     ... alarm, own deadline -> Expire -> Complete with DeadlineExceeded
///                     ... own cancellation    -> Leave  -> Cancel
/// </code>
/// One gate for all of it; nothing outside runs under it. One alarm in the wheel for the earliest deadline. Flights are
/// used again; a reader costs one object, and one more where it can be cancelled.
/// </remarks>
internal sealed class Flights : WheelEntry
{
    /// <summary>Waiters of one flight: the next begins another.</summary>
    public const int WaitersMax = 16_384;

    private const int FreeMax = 256;
    private const long Never = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Flight> _joinable = [];
    private readonly List<Flight> _all = [];
    private readonly Stack<Flight> _free = new();
    private readonly CallServices _services;
    private readonly Sender _send;
    private long _alarmAt = Never;

    public Flights(CallServices services, Sender send)
    {
        _services = services;
        _send = send;
    }

    /// <summary>Sends a flight's request.</summary>
    internal delegate ValueTask<Reply> Sender(Flight flight);

    private ReadSharing Sharing => _services.Sharing;

    /// <summary>The answer to a read, asked for now or on its way already.</summary>
    /// <param name="header">Opcode; no flags.</param>
    /// <param name="body">Checked; unchanged until the answer is there.</param>
    /// <param name="hash">XXH3-64 of the path.</param>
    /// <param name="deadlineAt">The reader's.</param>
    /// <param name="cancel">The reader's.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> ReadAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, ulong hash, long deadlineAt, CancellationToken cancel)
    {
        while (true)
        {
            var waiter = Join(header, body.Span, hash, deadlineAt, out var isFirst);
            if (isFirst) Send(waiter.Flight);
            var leaving = cancel.CanBeCanceled ? new Leaving(this, waiter) : null;
            var registration = cancel.UnsafeRegister(
                static (state, token) => ((Leaving)state!).Run(token), leaving);
            var reply = await waiter.Answer.ConfigureAwait(false);
            registration.Unregister();
            var now = _services.Clock.Now;
            var isOfFlight = reply.Status == StatusCode.DeadlineExceeded && now >= waiter.FlightDeadlineAt;
            if (!isOfFlight || now >= deadlineAt) return reply;
            reply.Dispose();
        }
    }

    /// <inheritdoc/>
    public override void OnWheel()
    {
        var due = new List<FlightWaiter>();
        var empty = new List<CancellationTokenSource>();
        lock (_gate)
        {
            if (_alarmAt == Never) return;
            var now = _services.Clock.Now;
            if (now >= _alarmAt) TakeDue(now, due);
            if (_alarmAt != Never) _services.Wheel.Schedule(this, _alarmAt);
            foreach (var waiter in due)
                if (CloseIfEmpty(waiter.Flight) is { } stop) empty.Add(stop);
        }

        foreach (var stop in empty) stop.Cancel();
        foreach (var waiter in due) Expire(waiter);
    }

    /// <summary>A flight's answer is there. Called by the flight, on the thread that brought it.</summary>
    public void Landed(Flight flight)
    {
        var reply = flight.TakeReply();
        var readers = TakeAll(flight);
        Sharing.Keep(flight, reply);
        if (readers != 1) reply = WithoutOwner(reply, readers);
        foreach (var waiter in flight.Waiters) waiter.Complete(reply);
        flight.Clear();
        lock (_gate)
        {
            if (_free.Count < FreeMax) _free.Push(flight);
        }
    }

    private void Send(Flight flight)
    {
        if (flight.Watch(_send(flight))) Landed(flight);
    }

    private FlightWaiter Join(
        in RequestHeader header, ReadOnlySpan<byte> body, ulong hash, long deadlineAt, out bool isFirst)
    {
        var now = _services.Clock.Now;
        var stamp = Sharing.Stamps.Of(hash);
        lock (_gate)
        {
            var flight = _joinable.GetValueOrDefault(hash);
            isFirst = flight is null || flight.Stamp != stamp || !flight.IsOf(header.Opcode, body)
                || flight.Waiters.Count >= WaitersMax;
            if (isFirst) flight = Begin(header, body, hash, stamp, now, deadlineAt);
            else _services.Counters.Count(RouterCounter.FlightsJoined);
            var waiter = new FlightWaiter(flight!, deadlineAt);
            flight!.Waiters.Add(waiter);
            flight.Waiting++;
            if (deadlineAt < _alarmAt) SetAlarm(deadlineAt);
            return waiter;
        }
    }

    private Flight Begin(
        in RequestHeader header, ReadOnlySpan<byte> body, ulong hash, long stamp, long now, long deadlineAt)
    {
        if (!_free.TryPop(out var flight)) flight = new Flight(this);
        flight.Prepare(header, body, hash, stamp);
        var ownDeadlineAt = now + _services.Clock.Ticks(_services.Options.TimeoutOf(header.Opcode));
        flight.SetTimes(now, Math.Max(deadlineAt, ownDeadlineAt));
        flight.Place = _all.Count;
        _all.Add(flight);
        if (Sharing.Joins) _joinable[hash] = flight;
        _services.Counters.Count(RouterCounter.Flights);
        return flight;
    }

    /// <summary>A reply that many may read and dispose; disposed when nobody will.</summary>
    private static Reply WithoutOwner(Reply reply, int readers)
    {
        if (readers == 0)
        {
            reply.Dispose();
            return default;
        }

        // The pool does not get the buffer back; a new one is cheaper than a copy for each.
        return MemoryMarshal.TryGetArray(reply.Body, out var body)
            ? new Reply(reply.Header, body.Array, body.Offset, body.Count, pooled: false)
            : Reply.Copy(reply.Header, reply.Body.Span);
    }

    /// <summary>Leaves in the list those that still waited, and takes them.</summary>
    private int TakeAll(Flight flight)
    {
        lock (_gate)
        {
            Close(flight);
            flight.Waiters.RemoveAll(static waiter => !Take(waiter));
            return flight.Waiters.Count;
        }
    }

    /// <summary>Takes those whose time is up, and sets the alarm for the next.</summary>
    private void TakeDue(long now, List<FlightWaiter> due)
    {
        _alarmAt = Never;
        foreach (var flight in _all)
        {
            foreach (var waiter in flight.Waiters)
            {
                if (waiter.IsTaken) continue;
                if (waiter.DeadlineAt > now) _alarmAt = Math.Min(_alarmAt, waiter.DeadlineAt);
                else if (Take(waiter)) due.Add(waiter);
            }
        }
    }

    private void Expire(FlightWaiter waiter)
    {
        _services.Counters.DeadlineExceeded();
        waiter.Complete(RouterReply.Error(
            StatusCode.DeadlineExceeded, "The deadline passed; one request for many was sent, without an answer."));
    }

    private void Leave(FlightWaiter waiter, CancellationToken cancel)
    {
        CancellationTokenSource? stop;
        lock (_gate)
        {
            if (!Take(waiter)) return;
            stop = CloseIfEmpty(waiter.Flight);
        }

        stop?.Cancel();
        waiter.Cancel(cancel);
    }

    /// <summary>Under the gate: what stops the flight's request, if nobody waits for it any more.</summary>
    private CancellationTokenSource? CloseIfEmpty(Flight flight)
    {
        if (flight.Waiting > 0 || flight.Place < 0) return null;
        Close(flight);
        return flight.TakeStop();
    }

    /// <summary>Under the gate: true for the one who completes it.</summary>
    private static bool Take(FlightWaiter waiter)
    {
        if (waiter.IsTaken) return false;
        waiter.IsTaken = true;
        waiter.Flight.Waiting--;
        return true;
    }

    private void Close(Flight flight)
    {
        if (flight.Place < 0) return;
        var last = _all[^1];
        _all[flight.Place] = last;
        last.Place = flight.Place;
        _all.RemoveAt(_all.Count - 1);
        flight.Place = -1;
        if (_joinable.TryGetValue(flight.Hash, out var there) && there == flight) _joinable.Remove(flight.Hash);
    }

    private void SetAlarm(long at)
    {
        _alarmAt = at;
        _services.Wheel.Schedule(this, at);
    }

    private sealed class Leaving(Flights flights, FlightWaiter waiter)
    {
        public void Run(CancellationToken cancel) => flights.Leave(waiter, cancel);
    }
}
