using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>Something to be done in a lane. Must neither throw nor block.</summary>
internal interface ILaneWork
{
    /// <summary>Bytes it holds while it waits.</summary>
    int BodyLength { get; }

    void Run();
}

/// <summary>
/// Does work one piece at a time in the order it came: the single writer of one shard. Threads are lent it.
/// Enqueueing is safe from any thread.
/// </summary>
/// <param name="shedder">Refuses requests that would come too late; null serves whatever is queued.</param>
/// <param name="clock">The leaf's, with a shedder.</param>
/// <param name="threads">Those it runs on; null takes the shared pool's.</param>
internal sealed class WriteLane(Shedder? shedder = null, LeafClock? clock = null, LaneThreads? threads = null)
    : IThreadPoolWorkItem
{
    /// <summary>Pieces that may wait: 4,096, four connections' worth of requests in flight.</summary>
    public const int LengthMax = 4_096;

    /// <summary>Bytes that may wait: 64 MiB, four of the largest documents or bulks.</summary>
    public const long BytesMax = 64L << 20;

    /// <summary>What a write is answered for which there is no place.</summary>
    public static readonly string FullText =
        $"Writes to this shard's documents wait: at most {LengthMax} may, or {BytesMax} bytes. Send it again later.";

    /// <summary>
    /// Pieces done before the thread is given back for a moment: about a millisecond of small documents.
    /// </summary>
    private const int Quantum = 32;

    private readonly Queue<ILaneWork> _queue = new();
    private readonly Lock _gate = new();
    private long _bytes;
    private bool _isScheduled;
    private volatile bool _isPaused;

    /// <summary>Whether its queue stands: it does not get shorter.</summary>
    public bool Stands
    {
        get { lock (_gate) return shedder is { Stands: true }; }
    }

    /// <summary>What was refused.</summary>
    public ShedCounts? Shed => shedder?.Counts;

    /// <summary>Puts work behind the others; false when too much waits already.</summary>
    public bool TryEnqueue(ILaneWork work)
    {
        lock (_gate)
        {
            if (_queue.Count >= LengthMax || (_queue.Count > 0 && _bytes + work.BodyLength > BytesMax))
            {
                shedder?.Counts.Full();
                return false;
            }

            Enqueue(work);
        }

        return true;
    }

    /// <summary>Puts the leaf's own work behind the others, whatever waits. There is at most a handful of it.</summary>
    public void EnqueueAlways(ILaneWork work)
    {
        lock (_gate) Enqueue(work);
    }

    /// <summary>Runs something in its turn and returns when it is done. Never called from a lane.</summary>
    public void RunAndWait(Action action)
    {
        using var work = new AwaitedWork(action);
        EnqueueAlways(work);
        work.Wait();
    }

    /// <summary>
    /// Returns when the lane stands still behind what had been enqueued: until <see cref="Resume"/> the caller is the
    /// single writer. Never called from a lane, nor twice without a resume between.
    /// </summary>
    public void Pause() => RunAndWait(() => _isPaused = true);

    /// <summary>Goes on with what came meanwhile.</summary>
    public void Resume()
    {
        _isPaused = false;
        Schedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (var done = 0; done < Quantum; done++)
        {
            ILaneWork? work;
            string? refusal;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out work))
                {
                    _isScheduled = false;
                    return;
                }

                _bytes -= work.BodyLength;
                refusal = Refusal(work);
            }

            if (refusal is null) Serve(work);
            else ((PendingRequest)work).Reject(StatusCode.Overloaded, refusal);

            // It stays scheduled, so that nobody else schedules it: Resume does.
            if (_isPaused) return;
        }

        Schedule();
    }

    /// <summary>Why a request is not served though its turn has come. The leaf's own work always is.</summary>
    private string? Refusal(ILaneWork work)
    {
        if (shedder is null) return null;
        var now = clock!.Ticks();
        var refusal = work is PendingRequest request && _queue.Count > 0
            ? shedder.Impatient(request, now) ?? shedder.Hopeless(request, now)
            : null;
        shedder.Leave(now);
        return refusal;
    }

    private void Serve(ILaneWork work)
    {
        if (shedder is null || work is not PendingRequest request)
        {
            work.Run();
            return;
        }

        var started = clock!.Ticks();
        if (!request.TryRun()) return;
        var took = clock.Ticks() - started;
        lock (_gate) shedder.Times.Add(request.Request.Header.Opcode, took);
    }

    private void Schedule()
    {
        if (threads is not null) threads.Queue(this);
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Enqueue(ILaneWork work)
    {
        shedder?.Join(clock!.Ticks());
        _queue.Enqueue(work);
        _bytes += work.BodyLength;
        if (_isScheduled) return;
        _isScheduled = true;
        Schedule();
    }

    private sealed class AwaitedWork(Action action) : ILaneWork, IDisposable
    {
        private readonly ManualResetEventSlim _done = new();
        private Exception? _error;

        public int BodyLength => 0;

        public void Run()
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                _error = error;
            }

            _done.Set();
        }

        public void Wait()
        {
            _done.Wait();
            if (_error is not null) throw new IOException(_error.Message, _error);
        }

        public void Dispose() => _done.Dispose();
    }
}
