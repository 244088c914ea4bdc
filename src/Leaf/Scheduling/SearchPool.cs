using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A few threads for searches and other long work, so that however much of it comes, cache operations are never behind
/// it. The request whose deadline is nearest goes first; equal ones in the order they came. Thread-safe.
/// </summary>
/// <remarks>
/// Ways out before work begins, all answered at once: the queue is full; those ahead would take longer than the time it
/// has; the queue stands and it has waited its share; its turn comes with too little time left (all Overloaded); its
/// deadline passed while it waited (DeadlineExceeded). <see cref="Shedder"/> decides.
/// </remarks>
internal sealed class SearchPool : IDisposable
{
    /// <summary>
    /// Refusals that one arrival may cause: it comes on a thread that reads a socket, and each is some microseconds.
    /// </summary>
    private const int ShedPerArrivalMax = 16;

    private readonly object _gate = new();
    private readonly RequestHeap _turns = new(slot: 0);
    private readonly RequestHeap _patience = new(slot: 1);
    private readonly Shedder _shedder;
    private readonly LeafClock _clock;
    private readonly int _queueMax;
    private readonly Thread[] _threads;
    private readonly ThreadSlice? _slice;
    private long _order;
    private bool _stopping;

    /// <param name="name">The leaf's.</param>
    /// <param name="threads">At least one.</param>
    /// <param name="queueMax">Requests that may wait.</param>
    /// <param name="clock">The leaf's.</param>
    /// <param name="shed">When to refuse.</param>
    /// <param name="slice">What the threads give way by; null for the system's.</param>
    public SearchPool(
        string name, int threads, int queueMax, LeafClock clock, ShedOptions shed, ThreadSlice? slice = null)
    {
        _slice = slice;
        _clock = clock;
        _queueMax = queueMax;
        _shedder = new Shedder(shed, shed.SearchShare, clock);
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"hedgerow-search-{name}-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Requests that wait.</summary>
    public int Length
    {
        get { lock (_gate) return _turns.Count; }
    }

    /// <summary>Whether its queue stands: it does not get shorter.</summary>
    public bool Stands
    {
        get { lock (_gate) return _shedder.Stands; }
    }

    /// <summary>What was refused.</summary>
    public ShedCounts Shed => _shedder.Counts;

    /// <summary>Queues a request, or answers it with why not.</summary>
    public void Enqueue(PendingRequest request)
    {
        string? refusal;
        lock (_gate)
        {
            refusal = Refusal(request);
            if (refusal is null)
            {
                Add(request);
                Monitor.Pulse(_gate);
            }
        }

        if (refusal is not null) request.Reject(StatusCode.Overloaded, refusal);
        // A thread that is long at work leaves those that wait to whoever comes.
        for (var i = 0; i < ShedPerArrivalMax && TakeImpatient(out var waited, out var why); i++)
            waited.Reject(StatusCode.Overloaded, why);
    }

    /// <summary>Frees the place of a request that will not be served.</summary>
    public void Remove(PendingRequest request)
    {
        lock (_gate) Leave(request, _clock.Ticks());
    }

    /// <summary>Lets what runs finish, refuses what waits, and ends the threads.</summary>
    public void Dispose()
    {
        var left = new List<PendingRequest>();
        lock (_gate)
        {
            _stopping = true;
            while (_turns.Count > 0)
            {
                left.Add(_turns.First.Request);
                Leave(left[^1], _clock.Ticks());
            }

            Monitor.PulseAll(_gate);
        }

        foreach (var request in left) request.Reject(StatusCode.Unavailable, "The leaf closed before its turn came.");
        foreach (var thread in _threads) thread.Join();
    }

    private string? Refusal(PendingRequest request)
    {
        if (_stopping) return "The leaf is closing.";
        if (_turns.Count >= _queueMax)
        {
            _shedder.Counts.Full();
            return $"{_turns.Count} searches wait; at most {_queueMax} may.";
        }

        var isPatient = request.DeadlineTicks == long.MaxValue || _shedder.Times.Mean == 0;
        return isPatient
            ? null
            : _shedder.TooLate(
                request, _clock.Ticks(), _turns.CountUpTo(request.DeadlineTicks), _threads.Length);
    }

    private void Add(PendingRequest request)
    {
        _turns.Add(request, request.DeadlineTicks, _order);
        _patience.Add(request, _shedder.PatienceEnd(request), _order++);
        _shedder.Join(_clock.Ticks());
    }

    private void Leave(PendingRequest request, long now)
    {
        if (!_turns.Remove(request)) return;
        _patience.Remove(request);
        _shedder.Leave(now);
    }

    private void Work()
    {
        _slice?.Take();
        while (Take(out var refusal) is { } request)
        {
            if (refusal is not null)
            {
                request.Reject(StatusCode.Overloaded, refusal);
                continue;
            }

            var started = _clock.Ticks();
            if (!request.TryRun()) continue;
            var took = _clock.Ticks() - started;
            lock (_gate) _shedder.Times.Add(request.Request.Header.Opcode, took);
        }
    }

    /// <summary>The next one, with why it is not to be served if it isn't; null when the pool closes.</summary>
    private PendingRequest? Take(out string? refusal)
    {
        refusal = null;
        lock (_gate)
        {
            while (_turns.Count == 0)
            {
                if (_stopping) return null;
                Monitor.Wait(_gate);
            }

            if (TakeImpatient(out var waited, out refusal)) return waited;
            var now = _clock.Ticks();
            var request = _turns.First.Request;
            Leave(request, now);
            refusal = _turns.Count > 0 ? _shedder.Hopeless(request, now) : null;
            return request;
        }
    }

    /// <summary>Takes out one that has waited enough, if others wait too.</summary>
    private bool TakeImpatient(
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PendingRequest? request,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? why)
    {
        request = null;
        why = null;
        lock (_gate)
        {
            if (!_shedder.Stands || _turns.Count < 2) return false;
            var now = _clock.Ticks();
            var first = _patience.First.Request;
            why = _shedder.Impatient(first, now);
            if (why is null) return false;
            Leave(first, now);
            request = first;
            return true;
        }
    }
}
