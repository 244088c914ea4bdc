using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A few threads for searches and other long work, so that however much of it comes, cache operations are never behind
/// it. The request whose deadline is nearest goes first; equal ones in the order they came. Thread-safe.
/// </summary>
/// <remarks>
/// Ways out before work begins, all answered at once: <see cref="DeadlineQueue"/> refuses it (Overloaded), or its
/// deadline passed while it waited (DeadlineExceeded).
/// </remarks>
internal sealed class SearchPool : IDisposable
{
    /// <summary>
    /// Refusals that one arrival may cause: it comes on a thread that reads a socket, and each is some microseconds.
    /// </summary>
    private const int ShedPerArrivalMax = 16;

    private readonly object _gate = new();
    private readonly DeadlineQueue _queue;
    private readonly LeafClock _clock;
    private readonly Thread[] _threads;
    private readonly ThreadSlice? _slice;
    private readonly BackgroundThrottle? _throttle;
    private int _running;
    private bool _stopping;

    /// <param name="name">The leaf's.</param>
    /// <param name="threads">At least one.</param>
    /// <param name="queueMax">Requests that may wait.</param>
    /// <param name="clock">The leaf's.</param>
    /// <param name="shed">When to refuse.</param>
    /// <param name="slice">What the threads give way by; null for the system's.</param>
    /// <param name="throttle">Is told when they work; null for nobody.</param>
    public SearchPool(
        string name, int threads, int queueMax, LeafClock clock, ShedOptions shed, ThreadSlice? slice = null,
        BackgroundThrottle? throttle = null)
    {
        _slice = slice;
        _throttle = throttle;
        _clock = clock;
        _queue = new DeadlineQueue(queueMax, threads, shed, clock);
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
        get { lock (_gate) return _queue.Count; }
    }

    /// <summary>Whether its queue stands: it does not get shorter.</summary>
    public bool Stands
    {
        get { lock (_gate) return _queue.Stands; }
    }

    /// <summary>What was refused.</summary>
    public ShedCounts Shed => _queue.Shed;

    /// <summary>Queues a request, or answers it with why not.</summary>
    public void Enqueue(PendingRequest request)
    {
        string? refusal;
        lock (_gate)
        {
            if (_stopping) refusal = "The leaf is closing.";
            else if (_queue.TryAdd(request, _clock.Ticks(), out refusal)) Monitor.Pulse(_gate);
            TellThrottle();
        }

        if (refusal is not null) request.Reject(StatusCode.Overloaded, refusal);
        // A thread that is long at work leaves those that wait to whoever comes.
        for (var i = 0; i < ShedPerArrivalMax && TakeImpatient(out var why) is { } waited; i++)
            waited.Reject(StatusCode.Overloaded, why);
    }

    /// <summary>Frees the place of a request that will not be served.</summary>
    public void Remove(PendingRequest request)
    {
        lock (_gate)
        {
            _queue.Remove(request, _clock.Ticks());
            TellThrottle();
        }
    }

    /// <summary>Lets what runs finish, refuses what waits, and ends the threads.</summary>
    public void Dispose()
    {
        var left = new List<PendingRequest>();
        lock (_gate)
        {
            _stopping = true;
            while (_queue.TakeAny(_clock.Ticks()) is PendingRequest waiting) left.Add(waiting);

            Monitor.PulseAll(_gate);
        }

        foreach (var request in left) request.Reject(StatusCode.Unavailable, "The leaf closed before its turn came.");
        foreach (var thread in _threads) thread.Join();
    }

    private void Work()
    {
        _slice?.Take();
        while (Take(out var refusal) is { } request)
        {
            var started = _clock.Ticks();
            var isServed = refusal is null && request.TryRun();
            if (refusal is not null) request.Reject(StatusCode.Overloaded, refusal);
            var took = _clock.Ticks() - started;
            lock (_gate)
            {
                _running--;
                if (isServed) _queue.Served(request, took);
                TellThrottle();
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void TellThrottle() => _throttle?.WantForSearches(Math.Min(_threads.Length, _running + _queue.Count));

    /// <summary>The next one, with why it is not to be served if it isn't; null when the pool closes.</summary>
    private PendingRequest? Take(out string? refusal)
    {
        refusal = null;
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_stopping) return null;
                Monitor.Wait(_gate);
            }

            _running++;
            return (PendingRequest?)_queue.Take(_clock.Ticks(), out refusal);
        }
    }

    /// <summary>Takes out one that has waited enough, if others wait too.</summary>
    private PendingRequest? TakeImpatient(out string why)
    {
        lock (_gate)
        {
            var request = _queue.TakeImpatient(_clock.Ticks(), out var reason);
            TellThrottle();
            why = reason ?? "";
            return (PendingRequest?)request;
        }
    }
}
