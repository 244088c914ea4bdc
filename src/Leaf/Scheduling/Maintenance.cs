using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// One thread for the leaf's own work on disks: flushes, merges, changes of the catalogue and of the shards, one at a
/// time. What is urgent goes before what is not. The queue is bounded by who posts: each index at most one flush and
/// one merge, each admin request one piece.
/// </summary>
internal sealed partial class Maintenance : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Action> _urgent = new();
    private readonly Queue<Action> _idle = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Thread _thread;
    private readonly ThreadSlice _slice;
    private readonly BackgroundThrottle? _throttle;
    private readonly ILogger _log;
    private bool _stopping;

    /// <param name="name">The leaf's.</param>
    /// <param name="slice">What its thread gives way by.</param>
    /// <param name="log">Is told what failed.</param>
    /// <param name="throttle">Is told when it works; null for nobody.</param>
    public Maintenance(string name, ThreadSlice slice, ILogger log, BackgroundThrottle? throttle = null)
    {
        _slice = slice;
        _throttle = throttle;
        _log = log;
        Closing = _closing.Token;
        _thread = new Thread(Work) { IsBackground = true, Name = $"hedgerow-maintenance-{name}" };
        _thread.Start();
    }

    /// <summary>Asks long work to stop early: the leaf is closing.</summary>
    public CancellationToken Closing { get; }

    /// <summary>Pieces of urgent work that wait.</summary>
    public int Backlog
    {
        get { lock (_gate) return _urgent.Count; }
    }

    /// <summary>Does this soon; nothing happens when the leaf is closing.</summary>
    public void Post(Action work) => Post(_urgent, work);

    /// <summary>Does this when nothing urgent is left.</summary>
    public void PostIdle(Action work) => Post(_idle, work);

    /// <summary>Does this soon; completes when it is done, with its error if it has one.</summary>
    public Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isPosted = Post(_urgent, () =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        if (!isPosted) done.SetException(new ObjectDisposedException(nameof(LeafService)));
        return done.Task;
    }

    /// <summary>Does what is urgent, drops what is not, and ends the thread.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _closing.Dispose();
    }

    private bool Post(Queue<Action> queue, Action work)
    {
        lock (_gate)
        {
            if (_stopping) return false;
            queue.Enqueue(work);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    private void Work()
    {
        _slice.Take();
        while (Take() is { } work)
        {
            _throttle?.BeginWork();
            try
            {
                work();
            }
            catch (Exception error)
            {
                LogFailed(_log, error);
            }
            finally
            {
                _throttle?.EndWork();
            }
        }
    }

    private Action? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_urgent.TryDequeue(out var work)) return work;
                if (_stopping) return null;
                if (_idle.TryDequeue(out work)) return work;
                Monitor.Wait(_gate);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Background work on the disk failed; it is tried again when there is more to do")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
