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
///   ReadAsync -> Join ... answer              -> End    -> Complete each
///                     ... alarm, own deadline -> Expire -> Complete with DeadlineExceeded
///                     ... own cancellation    -> Leave  -> Cancel
/// </code>
/// One gate for all of it; nothing outside runs under it. One alarm in the wheel for the earliest deadline.
/// </remarks>
internal sealed class Flights : WheelEntry
{
    /// <summary>Waiters of one flight: the next begins another.</summary>
    public const int WaitersMax = 16_384;

    private const long Never = long.MaxValue;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Flight> _joinable = [];
    private readonly List<Flight> _all = [];
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
            if (isFirst) _ = FlyAsync(waiter.Flight);
            var leaving = cancel.CanBeCanceled ? new Leaving(this, waiter) : null;
            var registration = cancel.UnsafeRegister(
                static (state, token) => ((Leaving)state!).Run(token), leaving);
            var reply = await waiter.Answer.ConfigureAwait(false);
            registration.Unregister();
            var now = _services.Clock.Now;
            var isOfFlight = reply.Status == StatusCode.DeadlineExceeded && now >= waiter.Flight.DeadlineAt;
            if (!isOfFlight || now >= deadlineAt) return reply;
            reply.Dispose();
        }
    }

    /// <inheritdoc/>
    public override void OnWheel()
    {
        List<FlightWaiter>? due = null;
        lock (_gate)
        {
            if (_alarmAt == Never) return;
            var now = _services.Clock.Now;
            if (now >= _alarmAt) due = TakeDue(now);
            if (_alarmAt != Never) _services.Wheel.Schedule(this, _alarmAt);
        }

        foreach (var waiter in due ?? []) Expire(waiter);
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
            if (isFirst) flight = Begin(header.Opcode, body, hash, stamp, now, deadlineAt);
            else _services.Counters.Count(RouterCounter.FlightsJoined);
            var waiter = new FlightWaiter(flight!, deadlineAt);
            flight!.Waiters.Add(waiter);
            flight.Waiting++;
            if (deadlineAt < _alarmAt) SetAlarm(deadlineAt);
            return waiter;
        }
    }

    private Flight Begin(
        Opcode opcode, ReadOnlySpan<byte> body, ulong hash, long stamp, long now, long deadlineAt)
    {
        var ownDeadlineAt = now + _services.Clock.Ticks(_services.Options.TimeoutOf(opcode));
        var flight = new Flight
        {
            Opcode = opcode,
            Body = body.ToArray(),
            Hash = hash,
            Stamp = stamp,
            SentAt = now,
            DeadlineAt = Math.Max(deadlineAt, ownDeadlineAt),
            Place = _all.Count,
        };
        _all.Add(flight);
        if (Sharing.Joins) _joinable[hash] = flight;
        _services.Counters.Count(RouterCounter.Flights);
        return flight;
    }

    private async Task FlyAsync(Flight flight)
    {
        var reply = default(Reply);
        try
        {
            reply = await _send(flight).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits: only the last who leaves stops it.
        }

        var waiters = TakeAll(flight);
        Sharing.Keep(flight, reply);
        if (waiters.Count != 1) reply = WithoutOwner(reply, waiters.Count);
        foreach (var waiter in waiters) waiter.Complete(reply);
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

    private List<FlightWaiter> TakeAll(Flight flight)
    {
        lock (_gate)
        {
            Close(flight);
            var waiting = new List<FlightWaiter>(flight.Waiting);
            foreach (var waiter in flight.Waiters)
                if (Take(waiter)) waiting.Add(waiter);
            return waiting;
        }
    }

    /// <summary>Takes those whose time is up, and sets the alarm for the next.</summary>
    private List<FlightWaiter> TakeDue(long now)
    {
        var due = new List<FlightWaiter>();
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

        return due;
    }

    private void Expire(FlightWaiter waiter)
    {
        _services.Counters.DeadlineExceeded();
        CloseIfEmpty(waiter.Flight);
        waiter.Complete(RouterReply.Error(
            StatusCode.DeadlineExceeded, "The deadline passed; one request for many was sent, without an answer."));
    }

    private void Leave(FlightWaiter waiter, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (!Take(waiter)) return;
        }

        CloseIfEmpty(waiter.Flight);
        waiter.Cancel(cancel);
    }

    private void CloseIfEmpty(Flight flight)
    {
        lock (_gate)
        {
            if (flight.Waiting > 0 || flight.Place < 0) return;
            Close(flight);
        }

        flight.Stop();
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
