using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A few threads for searches and other long work, so that however much of it comes, cache operations are never behind
/// it. The request whose deadline is nearest goes first; equal ones in the order they came. Thread-safe.
/// </summary>
/// <remarks>
/// Three ways out before work begins: the queue is full (Overloaded); those ahead would take longer than the time it
/// has (Overloaded, at once rather than late); its deadline passed while it waited (DeadlineExceeded, without work).
/// The estimate is the smoothed service time, an eighth of each new one, times the requests ahead, over the threads.
/// </remarks>
internal sealed class SearchPool : IDisposable
{
    private const int SmoothingShift = 3;

    private readonly object _gate = new();
    private readonly PriorityQueue<PendingRequest, (long Deadline, long Order)> _queue = new();
    private readonly LeafClock _clock;
    private readonly int _queueMax;
    private readonly Thread[] _threads;
    private long _order;
    private long _serviceTicks;
    private bool _stopping;

    public SearchPool(string name, int threads, int queueMax, LeafClock clock)
    {
        _clock = clock;
        _queueMax = queueMax;
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

    /// <summary>Queues a request, or answers it with why not.</summary>
    public void Enqueue(PendingRequest request)
    {
        string? refusal = null;
        lock (_gate)
        {
            if (_stopping) refusal = "The leaf is closing.";
            else if (_queue.Count >= _queueMax) refusal = $"{_queue.Count} searches wait; at most {_queueMax} may.";
            else refusal = TooLate(request);
            if (refusal is null)
            {
                _queue.Enqueue(request, (request.DeadlineTicks, _order++));
                Monitor.Pulse(_gate);
            }
        }

        if (refusal is not null) request.Reject(StatusCode.Overloaded, refusal);
    }

    /// <summary>Frees the place of a request that will not be served.</summary>
    public void Remove(PendingRequest request)
    {
        lock (_gate) _queue.Remove(request, out _, out _);
    }

    /// <summary>Lets what runs finish, refuses what waits, and ends the threads.</summary>
    public void Dispose()
    {
        var left = new List<PendingRequest>();
        lock (_gate)
        {
            _stopping = true;
            while (_queue.TryDequeue(out var request, out _)) left.Add(request);
            Monitor.PulseAll(_gate);
        }

        foreach (var request in left) request.Reject(StatusCode.Unavailable, "The leaf closed before its turn came.");
        foreach (var thread in _threads) thread.Join();
    }

    private string? TooLate(PendingRequest request)
    {
        if (request.DeadlineTicks == long.MaxValue || _serviceTicks == 0) return null;
        var ahead = 0;
        foreach (var (_, priority) in _queue.UnorderedItems)
        {
            if (priority.Deadline <= request.DeadlineTicks) ahead++;
        }

        var now = _clock.Ticks();
        var wait = ahead * _serviceTicks / _threads.Length;
        if (ahead == 0 || now + wait <= request.DeadlineTicks) return null;
        return $"{ahead} searches are ahead and would take about {_clock.Micros(0, wait) / 1000} ms; " +
            $"{_clock.Micros(now, request.DeadlineTicks) / 1000} ms are left.";
    }

    private void Work()
    {
        while (Take() is { } request)
        {
            var started = _clock.Ticks();
            request.Run();
            var took = _clock.Ticks() - started;
            lock (_gate) _serviceTicks += (took - _serviceTicks) >> SmoothingShift;
        }
    }

    private PendingRequest? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_queue.TryDequeue(out var request, out _)) return request;
                if (_stopping) return null;
                Monitor.Wait(_gate);
            }
        }
    }
}
