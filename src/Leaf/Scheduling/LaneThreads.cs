namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// A few threads that write documents: lanes of shards take turns on them. They are not those of the shared pool, on
/// which requests of sockets are served, and no more than these index at a time, however many shards are written to.
/// Each lane queues itself at most once, which bounds the queue. Thread-safe.
/// </summary>
internal sealed class LaneThreads : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private readonly Thread[] _threads;
    private readonly ThreadSlice _slice;
    private readonly BackgroundThrottle? _throttle;
    private bool _stopping;

    /// <param name="name">The leaf's.</param>
    /// <param name="threads">At least one.</param>
    /// <param name="slice">What they give way by.</param>
    /// <param name="throttle">Is told when they work; null for nobody.</param>
    public LaneThreads(string name, int threads, ThreadSlice slice, BackgroundThrottle? throttle = null)
    {
        _slice = slice;
        _throttle = throttle;
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"hedgerow-index-{name}-{i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Lanes with work that no thread is free for.</summary>
    public int Waiting
    {
        get { lock (_gate) return _turns.Count; }
    }

    /// <summary>Gives a lane its turn behind the others.</summary>
    public void Queue(IThreadPoolWorkItem lane)
    {
        lock (_gate)
        {
            _turns.Enqueue(lane);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Gives every lane that waits its turn, and ends the threads. No lane may get work any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads) thread.Join();
    }

    private void Work()
    {
        _slice.Take();
        while (Take() is { } lane)
        {
            _throttle?.BeginWork();
            lane.Execute();
            _throttle?.EndWork();
        }
    }

    private IThreadPoolWorkItem? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_turns.TryDequeue(out var lane)) return lane;
                if (_stopping) return null;
                Monitor.Wait(_gate);
            }
        }
    }
}
