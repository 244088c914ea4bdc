using System.Net;
using System.Runtime.InteropServices;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// Drives a server by raw bytes from one thread that waits with epoll. Closed loop: each connection sends a batch of
/// requests and the next one when all are answered, as redis-benchmark does. Open loop: requests are due by a schedule,
/// whatever the server does, and their time counts from when they were due, so that a stall hides nothing.
/// </summary>
internal sealed class WireLoad : IDisposable
{
    private const int EventsMax = 256;
    private const int ClosedWaitMs = 100;
    private const int BlockedWaitMs = 1;

    private readonly WirePlan _plan;
    private readonly WireDialect _dialect;
    private readonly IPEndPoint _server;
    private readonly WireConnection[] _connections;
    private readonly BlockedSends _blocked = new();
    private readonly MonotonicClock _clock = new();
    private readonly EpollBatch _events = EpollBatch.Allocate(EventsMax);
    private readonly Queue<(Operation Operation, long DueNanos, bool IsCounted)> _waiting = [];
    private readonly int _epoll;
    private Tally _tally;
    private int _turn;

    public WireLoad(WirePlan plan, WireDialect dialect, IPEndPoint server)
    {
        _plan = plan;
        _dialect = dialect;
        _server = server;
        _connections = new WireConnection[plan.Connections];
        for (var i = 0; i < _connections.Length; i++) _connections[i] = new WireConnection(dialect, server, _blocked);
        _epoll = LinuxSockets.EpollCreate(LinuxSockets.CloseOnExec);
        for (var i = 0; i < _connections.Length; i++) Register(i);
    }

    /// <summary>Writes these keys once each.</summary>
    public void Fill(OperationSource source, IEnumerable<long> keys, CancellationToken stop)
    {
        var tally = new LoadTally(long.MaxValue / 4);
        _tally = new Tally(_clock, tally);
        using var next = keys.GetEnumerator();
        var hasMore = next.MoveNext();
        while (hasMore || _connections.Any(c => c.InFlight > 0))
        {
            stop.ThrowIfCancellationRequested();
            foreach (var connection in _connections)
            {
                for (; hasMore && connection.InFlight < WirePlan.FillDepth && connection.HasRoom;
                    hasMore = next.MoveNext())
                    connection.Write(source.Fill(next.Current), _clock.NowNanos, _clock.NowNanos, isCounted: true);
                connection.Flush();
            }

            Take(waitMs: 10);
        }

        var failed = tally.Records.Sum(record => record.Count(Outcome.Failed));
        if (failed > 0) throw new IOException($"{failed} writes of --fill failed.");
    }

    /// <summary>Runs: the warm-up, and the time that counts.</summary>
    /// <param name="requests">What is sent, and of an open loop when.</param>
    /// <param name="phases">When it counts and ends.</param>
    /// <param name="tally">What counts.</param>
    /// <param name="onInterval">Hears of stretches of time, on this thread: must be quick.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>The counted nanoseconds, and the server's processor time over them.</returns>
    public (long CountedNanos, double? CpuMicros) Run(
        IRequestStream requests, RunPhases phases, LoadTally tally, Action<Interval> onInterval, CancellationToken stop)
    {
        _tally = new Tally(_clock, tally);
        ReplaceSpent();
        var begin = _clock.NowNanos;
        phases.Begin(begin);
        tally.Begin(begin, isWarmup: phases.CountFromNanos > begin);
        var pace = new Pace(this, phases, tally, onInterval, tally.IsWarmingUp ? null : Cpu());
        if (_plan.IsClosed) RunClosed(requests, pace, stop);
        else RunOpen(requests, begin, pace, stop);
        var counted = Math.Max(0, Math.Min(_clock.NowNanos, phases.EndNanos) - phases.CountFromNanos);
        var cpu = Cpu() - pace.CpuAtStart;
        Drain();
        onInterval(tally.Tick(_clock.NowNanos, isWarmup: false));
        return (counted, _plan.ServerProcesses.Count > 0 ? cpu : null);
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
        _ = LinuxSockets.Close(_epoll);
        _events.Free();
    }

    private double Cpu() => ProcessorTime.OfAll(_plan.ServerProcesses);

    private void RunClosed(IRequestStream requests, Pace pace, CancellationToken stop)
    {
        foreach (var connection in _connections) SendBatch(connection, requests, pace);
        while (!stop.IsCancellationRequested)
        {
            var now = _clock.NowNanos;
            pace.Look(now);
            if (now >= pace.EndNanos) return;
            Take(ClosedWaitMs, requests, pace);
        }
    }

    private void RunOpen(IRequestStream requests, long begin, Pace pace, CancellationToken stop)
    {
        while (requests.TryNext(out var offset, out var operation))
        {
            var due = begin + offset;
            for (var now = _clock.NowNanos; ; now = _clock.NowNanos)
            {
                pace.Look(now);
                if (stop.IsCancellationRequested) return;
                if (now >= Math.Min(due, pace.EndNanos)) break;
                // It never sleeps: a processor of its own is what a generator that is not late takes.
                Take(waitMs: 0);
            }

            // What was due before the end is sent, however late it is by now.
            if (due >= pace.EndNanos) return;
            Send(operation, due, pace.IsCounting(due));
        }
    }

    private void Send(in Operation operation, long due, bool isCounted)
    {
        var now = _clock.NowNanos;
        if (isCounted) _tally.Load.Sent(due, now);
        if (_waiting.Count == 0 && Free() is { } connection)
        {
            connection.Write(operation, due, now, isCounted);
            connection.Flush();
        }
        else if (_waiting.Count < _plan.InFlightMax) _waiting.Enqueue((operation, due, isCounted));
        else _tally.Load.NotSent(operation.Kind, isCounted);
    }

    /// <summary>The next connection in turn that has room.</summary>
    private WireConnection? Free()
    {
        for (var tried = 0; tried < _connections.Length; tried++)
        {
            if (++_turn >= _connections.Length) _turn = 0;
            if (_connections[_turn].HasRoom) return _connections[_turn];
        }

        return null;
    }

    private void SendBatch(WireConnection connection, IRequestStream requests, Pace pace)
    {
        var now = _clock.NowNanos;
        var isCounted = pace.IsCounting(now);
        for (var i = 0; i < _plan.Depth && connection.HasRoom && requests.TryNext(out _, out var operation); i++)
        {
            if (isCounted) _tally.Load.Sent(now, now);
            connection.Write(operation, now, now, isCounted);
        }

        connection.Flush();
    }

    /// <summary>Takes what came; of a closed loop sends the next batch where all was answered.</summary>
    private unsafe void Take(int waitMs, IRequestStream? requests = null, Pace? pace = null)
    {
        if (_blocked.Count > 0)
        {
            // A server may answer nothing before it has the rest.
            foreach (var connection in _connections)
                if (connection.IsBlocked) connection.Flush();
            waitMs = Math.Min(waitMs, BlockedWaitMs);
        }

        var count = LinuxSockets.EpollWait(_epoll, _events.Address, EventsMax, waitMs);
        for (var i = 0; i < count; i++)
        {
            var connection = _connections[_events.TagAt(i)];
            connection.Flush();
            connection.Receive(ref _tally);
            if (_waiting.Count > 0) SendWaiting(connection);
            if (requests is not null && connection.InFlight == 0) SendBatch(connection, requests, pace!);
        }
    }

    private void SendWaiting(WireConnection connection)
    {
        while (connection.HasRoom && _waiting.TryDequeue(out var next))
            connection.Write(next.Operation, next.DueNanos, _clock.NowNanos, next.IsCounted);
        connection.Flush();
    }

    private void Drain()
    {
        var end = _clock.NowNanos + _plan.TimeoutNanos;
        while (_clock.NowNanos < end && (_waiting.Count > 0 || _connections.Any(c => c.InFlight > 0))) Take(waitMs: 10);
        while (_waiting.TryDequeue(out var left)) _tally.Load.NotSent(left.Operation.Kind, left.IsCounted);
        foreach (var connection in _connections) connection.GiveUp(ref _tally);
    }

    /// <summary>A connection with an answer that never came would take it for another's.</summary>
    private void ReplaceSpent()
    {
        for (var i = 0; i < _connections.Length; i++)
        {
            if (!_connections[i].IsSpent) continue;
            _connections[i].Dispose();
            _connections[i] = new WireConnection(_dialect, _server, _blocked);
            Register(i);
        }
    }

    private unsafe void Register(int index)
    {
        var registration = EpollBatch.Allocate(1);
        // Level-triggered for reading; a send that was blocked is tried again at each turn.
        registration.Set(0, EpollEvents.In, (ulong)index);
        var result = LinuxSockets.EpollControl(
            _epoll, LinuxSockets.ControlAdd, _connections[index].Descriptor, registration.Address);
        registration.Free();
        if (result < 0) throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError()));
    }

    /// <summary>Watches the time of a run: closes stretches, begins the counted time.</summary>
    private sealed class Pace(
        WireLoad load, RunPhases phases, LoadTally tally, Action<Interval> onInterval, double? cpuAtStart)
    {
        private readonly bool _isClosed = load._plan.IsClosed;

        public double CpuAtStart { get; private set; } = cpuAtStart ?? 0;

        public long EndNanos => phases.EndNanos;

        /// <summary>
        /// In a closed loop what is under way when the run ends is not waited for, so it does not count.
        /// </summary>
        public bool IsCounting(long due) => due >= phases.CountFromNanos && (!_isClosed || due < phases.EndNanos);

        public void Look(long now)
        {
            var begins = tally.IsWarmingUp && now >= phases.CountFromNanos;
            if (!begins && now < tally.NextTickNanos) return;
            var wasWarmup = tally.IsWarmingUp;
            var closed = tally.Tick(now, isWarmup: now < phases.CountFromNanos);
            phases.Observe(closed, now);
            if (now >= phases.CountFromNanos) tally.CountFromHere();
            if (wasWarmup && !tally.IsWarmingUp) CpuAtStart = load.Cpu();
            onInterval(closed);
        }
    }

    /// <summary>Hands answers to the tally.</summary>
    private struct Tally(MonotonicClock clock, LoadTally load) : IAnswerSink
    {
        private long _now;

        public readonly LoadTally Load => load;

        public void Begin() => _now = clock.NowNanos;

        public readonly void Answered(in WireSlot slot) => load.Answered(
            slot.Operation.Kind, slot.DueNanos, slot.SentNanos, _now, slot.Outcome, "Error", slot.IsCounted);
    }
}
