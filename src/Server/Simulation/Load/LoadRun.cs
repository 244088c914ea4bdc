using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Load;

/// <summary>
/// One stream of load under way: lets requests fall due at their times, whatever became of earlier ones, and books how
/// each ends. Its own event is the next arrival.
/// </summary>
internal sealed class LoadRun : SimEvent
{
    private readonly VirtualTime _time;
    private readonly RequestRouter[] _routers;
    private readonly PathPool _paths;
    private readonly Random _arrivals;
    private readonly Random _backoffs;
    private readonly long _endAt;
    private readonly Stack<LoadTry> _spare = new();
    private readonly Action<LoadTry> _over;
    private int _nextRouter;

    public LoadRun(
        LoadStream stream, VirtualTime time, RequestRouter[] routers, PathPool paths, LoadRecord record, int seed,
        long endAt)
    {
        Stream = stream;
        _time = time;
        _routers = routers;
        _paths = paths;
        Record = record;
        _arrivals = new Random(seed);
        _backoffs = new Random(seed + 1);
        _endAt = endAt;
        _over = _spare.Push;
    }

    public LoadStream Stream { get; }

    public LoadRecord Record { get; }

    /// <summary>Requests under way.</summary>
    public int Open { get; private set; }

    /// <summary>Schedules the first arrival.</summary>
    public void Begin() => ScheduleNext();

    public override void Run()
    {
        if (_time.Now > _endAt) return;
        if (RateNow() > 0) Start();
        ScheduleNext();
    }

    private void Start()
    {
        Open++;
        var router = _routers[_nextRouter++ % _routers.Length];
        var request = new LoadRequest(this, _time.Now, Stream.Operation == LoadOperation.GetEach ? Stream.Paths : 1);
        Record.Began(_time.Now);
        switch (Stream.Operation)
        {
            case LoadOperation.GetEach:
                for (var n = 0; n < Stream.Paths; n++) Send(request, router, Opcode.Get, _paths.Of(n));
                break;
            case LoadOperation.GetMany: Send(request, router, Opcode.GetMany, _paths.Many()); break;
            case LoadOperation.Search: Send(request, router, Opcode.Search, _paths.One()); break;
            case LoadOperation.Set: Send(request, router, Opcode.Set, _paths.One()); break;
            default: Send(request, router, Opcode.Get, _paths.One()); break;
        }
    }

    private void Send(LoadRequest request, RequestRouter router, Opcode opcode, ReadOnlyMemory<byte> body)
    {
        var tried = _spare.TryPop(out var spare) ? spare : new LoadTry(_time, _over);
        tried.Begin(request, router, opcode, body);
    }

    /// <summary>Nanoseconds before a failed try is made again; the application's patience is the stream's.</summary>
    public long Backoff() => Stream.Backoff.Draw(_backoffs);

    /// <summary>All parts of a request are over.</summary>
    public void Ended(LoadRequest request)
    {
        Open--;
        Record.Ended(request.StartedAt, _time.Now, request.Failure, request.Tries);
    }

    private void ScheduleNext()
    {
        var rate = RateNow();
        // With nothing to do now, look again a hundred times a second for another phase.
        var mean = VirtualTime.NanosPerSecond / (rate > 0 ? rate : 100);
        var gap = Stream.Arrivals == ArrivalKind.Poisson && rate > 0
            ? -Math.Log(1 - _arrivals.NextDouble()) * mean
            : mean;
        _time.After((long)gap, this);
    }

    private double RateNow()
    {
        foreach (var phase in Stream.Phases)
        {
            var at = VirtualTime.Nanos(phase.At);
            if (_time.Now >= at && _time.Now < at + VirtualTime.Nanos(phase.For)) return phase.Rate;
        }

        return Stream.Rate;
    }
}
