using Hedgerow.Protocol;
using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// A leaf as queueing theory has it: a queue before some cores, each request taking a time drawn at random. It stalls,
/// slows down and dies when told to, and knows deadlines and cancellations as far as the scenario lets it.
/// </summary>
/// <remarks>
/// A stall is booked when it begins, and puts off the end of all that runs: an end that comes finds how much was booked
/// since its work began, and comes again so much later. So a stall costs one event, whatever the leaf is at.
/// </remarks>
internal sealed class ModelledLeaf : ISimLeaf
{
    private const int ShedPerArrivalMax = 16;

    private readonly VirtualTime _time;
    private readonly LeafModel _model;
    private readonly CannedAnswers _answers;
    private readonly Random _random;
    private readonly ILeafQueue _queue;
    private readonly List<LeafWork> _running = [];
    private long _stallsBooked;
    private long _stalledUntil;
    private long _busyNanos;
    private long _busyBefore;

    public ModelledLeaf(VirtualTime time, LeafModel model, CannedAnswers answers, Random random)
    {
        _time = time;
        _model = model;
        _answers = answers;
        _random = random;
        _queue = model.Shed is { } shed ? new ShedQueue(time, model, shed) : new LeafQueue(model);
    }

    public bool IsDown { get; private set; }

    public int Incarnation { get; private set; }

    /// <summary>How many times slower it is than the model.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>What its answers wait before they leave.</summary>
    public Distribution Late { get; set; } = Distribution.Zero;

    public LeafCounts Counts { get; } = new();

    /// <summary>Work that waits now.</summary>
    public int Waiting => _queue.Length;

    /// <summary>Time of all cores spent on requests so far, with what is under way.</summary>
    private long BusySoFar =>
        _busyNanos + _running.Where(work => work.Call is not null).Sum(work => _time.Now - work.StartedAt);

    public void Receive(SimCall call)
    {
        Counts.Came++;
        var work = new LeafWork(this, call, ServiceOf(call), _time.Now);
        call.Work = work;
        if (!_queue.TryAdd(work)) Refuse(work, StatusCode.Overloaded);
        // As the leaf's pool does: whoever comes takes some out that have waited enough.
        for (var i = 0; i < ShedPerArrivalMax && _queue.TakeImpatient() is { } waited; i++)
            Refuse(waited, StatusCode.Overloaded);
        StartNext();
    }

    /// <summary>What is counted begins now.</summary>
    public void BeginCounting()
    {
        Counts.Reset();
        _busyBefore = BusySoFar;
    }

    /// <summary>The load is over: what the leaf still does is no part of how busy it was.</summary>
    public void EndCounting() => Counts.BusyNanos = BusySoFar - _busyBefore;

    public void Cancel(SimCall call)
    {
        if (!_model.HeedsCancel || call.Work is not LeafWork work) return;
        if (work.State == WorkState.Waiting)
        {
            work.State = WorkState.Over;
            _queue.Drop(work);
            Counts.Dropped++;
        }
        else if (work.State == WorkState.Running)
        {
            Stop(work);
            StartNext();
        }
    }

    /// <summary>Other work comes.</summary>
    public void Occupy(long serviceNanos)
    {
        if (IsDown) return;
        _queue.TryAdd(new LeafWork(this, null, serviceNanos, _time.Now));
        StartNext();
    }

    /// <summary>Nothing is done for so long, from now on.</summary>
    public void Stall(long nanos)
    {
        var until = _time.Now + nanos;
        if (until <= _stalledUntil) return;
        _stallsBooked += until - Math.Max(_time.Now, _stalledUntil);
        _stalledUntil = until;
        _time.After(nanos, StartNext);
    }

    /// <summary>The process dies: whoever waits for it finds the connection broken.</summary>
    public void Crash()
    {
        IsDown = true;
        Incarnation++;
        while (_queue.Take(out _) is { } waiting) Break(waiting);
        foreach (var running in _running) Break(running);
        _busyNanos = BusySoFar;
        _running.Clear();
        _stalledUntil = 0;
    }

    /// <summary>It is started again, empty.</summary>
    public void Start() => IsDown = false;

    /// <summary>The event of a piece of work: it is done, unless a stall has put that off.</summary>
    public void OnEnd(LeafWork work)
    {
        if (work.State != WorkState.Running) return;
        var putOff = _stallsBooked - work.StallsSeen;
        if (putOff > 0)
        {
            work.StallsSeen = _stallsBooked;
            _time.After(putOff, work);
            return;
        }

        Stop(work);
        _queue.Served(work, _time.Now - work.StartedAt);
        if (work.Call is { } call) Answer(work, call);
        StartNext();
    }

    private void Answer(LeafWork work, SimCall call)
    {
        Counts.Served++;
        if (call.IsCancelled || _time.Now > call.DeadlineAt) Counts.Wasted++;
        var told = new ReplyHeader
        {
            Opcode = call.Header.Opcode,
            Status = StatusCode.Ok,
            QueueLength = (ushort)Math.Min(_queue.Length, ushort.MaxValue),
            QueueMicros = Micros(work.StartedAt - work.CameAt),
            ServiceMicros = Micros(_time.Now - work.StartedAt),
        };
        call.Answer(_answers.To(call.Header, call.Body, told), Late.Draw(_random));
    }

    private void StartNext()
    {
        while (_running.Count < _model.Cores && _time.Now >= _stalledUntil && !IsDown
            && _queue.Take(out var isRefused) is { } work)
        {
            if (work.Call is { } call && RefusalOf(call, isRefused) is { } refusal)
            {
                Refuse(work, refusal);
                continue;
            }

            work.State = WorkState.Running;
            work.Slot = _running.Count;
            work.StartedAt = _time.Now;
            work.StallsSeen = _stallsBooked;
            _running.Add(work);
            work.Call?.Begin();
            Counts.LongestWaitNanos = Math.Max(Counts.LongestWaitNanos, _time.Now - work.CameAt);
            _time.After((long)(work.ServiceNanos * Slowness), work);
        }
    }

    /// <summary>Why it is not served though its turn has come; null when it is.</summary>
    private StatusCode? RefusalOf(SimCall call, bool isRefused)
    {
        if (isRefused) return StatusCode.Overloaded;
        return _model.DropsExpired && _time.Now > call.DeadlineAt ? StatusCode.DeadlineExceeded : null;
    }

    private void Stop(LeafWork work)
    {
        work.State = WorkState.Over;
        if (work.Call is not null) _busyNanos += _time.Now - work.StartedAt;
        var last = _running[^1];
        _running[work.Slot] = last;
        last.Slot = work.Slot;
        _running.RemoveAt(_running.Count - 1);
    }

    private static void Break(LeafWork work)
    {
        work.State = WorkState.Over;
        work.Call?.Answer(SimNetwork.Refusal(StatusCode.Unavailable));
    }

    private void Refuse(LeafWork work, StatusCode status)
    {
        work.State = WorkState.Over;
        if (work.Call is not { } call) return;
        Counts.Dropped++;
        var told = new ReplyHeader
        {
            Opcode = call.Header.Opcode,
            Status = status,
            QueueLength = (ushort)Math.Min(_queue.Length, ushort.MaxValue),
        };
        call.Answer(new Reply(told, null, 0, 0, pooled: false));
    }

    private long ServiceOf(SimCall call)
    {
        var service = call.Header.Opcode switch
        {
            Opcode.Search or Opcode.TermStatistics => _model.Search ?? _model.Service,
            Opcode.Get or Opcode.GetMany or Opcode.CollectionGet => _model.Service,
            _ => _model.Write ?? _model.Service,
        };
        var nanos = service.Draw(_random);
        for (var path = CannedAnswers.PathsOf(call.Header, call.Body); path > 1; path--)
            nanos += _model.PerPath.Draw(_random);
        return nanos;
    }

    private static uint Micros(long nanos) => (uint)Math.Min(nanos / VirtualTime.NanosPerMicro, uint.MaxValue);
}
