using System.Net;
using System.Runtime.InteropServices;
using Hedgerow.LoadGen.Arrivals;
using Hedgerow.LoadGen.Keys;
using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Workload;
using Hedgerow.Server.FrontEnds.Sockets;
using HdrHistogram;

namespace Hedgerow.LoadGen.Wire;

/// <summary>
/// Drives a server by raw bytes from one thread that waits with epoll. Closed loop: each connection sends a batch of
/// requests and the next one when all are answered, as redis-benchmark does. Open loop: requests are due by a schedule,
/// whatever the server does, and their time counts from when they were due, so that a stall hides nothing.
/// </summary>
internal sealed class WireLoad : IDisposable
{
    private const int EventsMax = 256;
    private const int ClosedWaitMs = 1_000;

    private readonly WirePlan _plan;
    private readonly WireConnection[] _connections;
    private readonly IKeyChooser _keys;
    private readonly Random _random;
    private readonly MonotonicClock _clock = new();
    private readonly EpollBatch _events = EpollBatch.Allocate(EventsMax);
    private readonly int _epoll;
    private Tally _tally;

    public WireLoad(WirePlan plan, WireDialect dialect, IPEndPoint server, IKeyChooser keys)
    {
        _plan = plan;
        _keys = keys;
        _random = new Random(plan.Seed);
        _tally = new Tally(_clock);
        _connections = new WireConnection[plan.Connections];
        for (var i = 0; i < _connections.Length; i++) _connections[i] = new WireConnection(dialect, server);
        _epoll = LinuxSockets.EpollCreate(LinuxSockets.CloseOnExec);
        for (var i = 0; i < _connections.Length; i++) Register(i);
    }

    /// <summary>What was counted.</summary>
    public WireResult Result => new(
        _tally.CountedNanos / 1e9, _tally.Count(Outcome.Ok), _tally.Count(Outcome.Miss), _tally.Count(Outcome.Failed),
        _tally.NotSent, _tally.Latency, _tally.CpuMicros);

    /// <summary>Writes every key once.</summary>
    public void Fill()
    {
        var next = 0L;
        while (next < _plan.Keys || _connections.Any(c => c.InFlight > 0))
        {
            foreach (var connection in _connections)
            {
                while (next < _plan.Keys && connection.InFlight < WirePlan.FillDepth && connection.HasRoom)
                    connection.Write(OperationKind.Set, next++, _clock.NowNanos);
                connection.Flush();
            }

            Take(waitMs: 10);
        }

        if (_tally.Count(Outcome.Failed) is > 0 and var failed)
            throw new IOException($"{failed} writes of --fill failed.");
    }

    /// <summary>Runs the plan: the warm-up, and the time that counts.</summary>
    public void Run()
    {
        var begin = _clock.NowNanos;
        var counted = begin + _plan.WarmupNanos;
        if (_plan.Rate > 0) RunOpen(begin, counted);
        else RunClosed(counted);
        _tally.Start(_plan.ServerProcesses);
        if (_plan.Rate > 0) RunOpen(counted, counted + _plan.DurationNanos);
        else RunClosed(_clock.NowNanos + _plan.DurationNanos);
        _tally.Stop();
    }

    public void Dispose()
    {
        foreach (var connection in _connections) connection.Dispose();
        _ = LinuxSockets.Close(_epoll);
        _events.Free();
    }

    private void RunClosed(long end)
    {
        foreach (var connection in _connections)
            if (connection.InFlight == 0) SendBatch(connection);
        while (_clock.NowNanos < end) Take(ClosedWaitMs, refill: true);
    }

    private void RunOpen(long begin, long end)
    {
        var arrivals = _plan.IsPoisson
            ? (IArrivals)new PoissonArrivals(_plan.Rate, _random)
            : new ConstantArrivals(_plan.Rate);
        var turn = 0;
        for (var due = begin + arrivals.NextGapNanos(); due < end;)
        {
            // It never sleeps: a processor of its own is what a generator that is not late takes.
            Take(waitMs: 0);
            for (; due <= _clock.NowNanos && due < end; due += arrivals.NextGapNanos())
            {
                var connection = _connections[turn++ % _connections.Length];
                if (!connection.HasRoom)
                {
                    _tally.NotSent++;
                    continue;
                }

                connection.Write(NextKind(), _keys.Next(), due);
                connection.Flush();
            }
        }
    }

    private void SendBatch(WireConnection connection)
    {
        var now = _clock.NowNanos;
        for (var i = 0; i < _plan.Depth; i++) connection.Write(NextKind(), _keys.Next(), now);
        connection.Flush();
    }

    private OperationKind NextKind() => _plan.Mix.Next(_random);

    private unsafe void Take(int waitMs, bool refill = false)
    {
        var count = LinuxSockets.EpollWait(_epoll, _events.Address, EventsMax, waitMs);
        for (var i = 0; i < count; i++)
        {
            var connection = _connections[_events.TagAt(i)];
            connection.Flush();
            connection.Receive(ref _tally);
            if (refill && connection.InFlight == 0) SendBatch(connection);
        }
    }

    private unsafe void Register(int index)
    {
        var registration = EpollBatch.Allocate(1);
        // Level-triggered for reading; a send that was blocked is tried again with the next answer.
        registration.Set(0, EpollEvents.In, (ulong)index);
        var result = LinuxSockets.EpollControl(
            _epoll, LinuxSockets.ControlAdd, _connections[index].Descriptor, registration.Address);
        registration.Free();
        if (result < 0) throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError()));
    }

    /// <summary>Counts answers.</summary>
    private struct Tally(MonotonicClock clock) : IAnswerSink
    {
        private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];
        private IReadOnlyList<int> _processes = [];
        private long _now;
        private long _startedAt;
        private double _cpuAtStart;

        public LongHistogram Latency { get; } = new(1, OperationRecord.NanosMax, 3);

        public long NotSent { get; set; }

        public long CountedNanos { get; private set; }

        public double? CpuMicros { get; private set; }

        public readonly long Count(Outcome outcome) => _outcomes[(int)outcome];

        public void Begin() => _now = clock.NowNanos;

        public readonly void Answered(long dueNanos, Outcome outcome)
        {
            _outcomes[(int)outcome]++;
            Latency.RecordValue(Math.Clamp(_now - dueNanos, 1, OperationRecord.NanosMax));
        }

        public void Start(IReadOnlyList<int> processes)
        {
            Array.Clear(_outcomes);
            Latency.Reset();
            NotSent = 0;
            _processes = processes;
            _cpuAtStart = ProcessorTime.OfAll(processes);
            _startedAt = clock.NowNanos;
        }

        public void Stop()
        {
            CountedNanos = clock.NowNanos - _startedAt;
            if (_processes.Count > 0) CpuMicros = ProcessorTime.OfAll(_processes) - _cpuAtStart;
        }
    }
}
