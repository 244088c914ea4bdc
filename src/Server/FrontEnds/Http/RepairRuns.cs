using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// Repairs that go on when the request that began them was answered, and how those that are over have ended. One for a
/// collection. They are of this process alone: another router does not know of them, and a process that ends stops
/// them; leaves keep what a repair needs to be begun again. Thread-safe.
/// </summary>
internal sealed class RepairRuns
{
    /// <summary>Repairs at the same time: each keeps a disk busy.</summary>
    public const int RunningMax = 4;

    /// <summary>Collections whose last repair is remembered.</summary>
    public const int RememberedMax = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, RepairRun> _runs = new(StringComparer.Ordinal);
    private readonly ILogger _log;
    private bool _isClosed;

    public RepairRuns(ILogger log)
    {
        _log = log;
    }

    /// <summary>The repair of a collection that is under way, whatever of, or a new one.</summary>
    /// <exception cref="ApiException">Too many are under way; or the process ends.</exception>
    public RepairRun Begin(CollectionAdmin collections, string collection, string? leaf)
    {
        lock (_gate)
        {
            if (_isClosed) throw new ApiException(StatusCode.Unavailable, "The node is draining.");
            if (_runs.TryGetValue(collection, out var last) && last.Progress.IsRunning) return last;
            var running = _runs.Where(row => row.Value.Progress.IsRunning).Select(row => row.Key).ToArray();
            if (running.Length >= RunningMax)
            {
                throw new ApiException(
                    StatusCode.Overloaded,
                    $"{RunningMax} repairs may be under way at a time; these are: {string.Join(", ", running)}.");
            }

            Forget(collection);
            if (_runs.Count >= RememberedMax) Forget(FirstOver());
            var run = _runs[collection] = new RepairRun(collection, leaf);
            run.Begin(collections, _log);
            return run;
        }
    }

    /// <summary>The last repair of a collection; null where none is remembered.</summary>
    public RepairRun? Find(string collection)
    {
        lock (_gate) return _runs.GetValueOrDefault(collection);
    }

    /// <summary>Stops the repair of a collection, if it goes on; null where none is remembered.</summary>
    /// <returns>Done when it does not go on any more.</returns>
    public Task? Stop(string collection)
    {
        lock (_gate) return _runs.TryGetValue(collection, out var run) ? run.StopAsync() : null;
    }

    /// <summary>Stops all; none is begun any more.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            return Task.WhenAll([.. _runs.Values.Select(run => run.StopAsync())]);
        }
    }

    /// <summary>Of those that are over, the one that was begun first; not all can be under way.</summary>
    private string FirstOver() =>
        _runs.Where(row => !row.Value.Progress.IsRunning).MinBy(row => row.Value.BegunAt).Key;

    /// <summary>It is over, or none.</summary>
    private void Forget(string collection)
    {
        if (_runs.Remove(collection, out var run)) run.Dispose();
    }
}

/// <summary>How far a repair is.</summary>
/// <param name="IsRunning">Whether it goes on.</param>
/// <param name="Copied">Documents and deletes copied so far.</param>
/// <param name="Filled">Replicas that were filled; null until it is over.</param>
/// <param name="Problem">Why it ended before it was done; null where it did not.</param>
internal sealed record RepairProgress(bool IsRunning, long Copied, int? Filled, string? Problem);

/// <summary>One of them. Progress may be read by anybody; all else happens under the lock of the others.</summary>
internal sealed partial class RepairRun : IProgress<long>, IDisposable
{
    private static long _count;

    private readonly string _collection;
    private readonly CancellationTokenSource _stop = new();
    private volatile RepairProgress _progress = new(true, 0, null, null);

    public RepairRun(string collection, string? leaf)
    {
        _collection = collection;
        Leaf = leaf;
    }

    /// <summary>The one leaf whose replicas are filled; null for all that need it.</summary>
    public string? Leaf { get; }

    /// <summary>A number that grows from one to the next.</summary>
    public long BegunAt { get; } = Interlocked.Increment(ref _count);

    /// <summary>How far it is.</summary>
    public RepairProgress Progress => _progress;

    /// <summary>Done when it does not go on any more.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Begins it; once.</summary>
    public void Begin(CollectionAdmin collections, ILogger log) => Ended = RunAsync(collections, log);

    /// <summary>Stops it, if it goes on; when the task is done it does not any more.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Ended;
    }

    /// <summary>It is over.</summary>
    public void Dispose() => _stop.Dispose();

    void IProgress<long>.Report(long value) => _progress = _progress with { Copied = value };

    private async Task RunAsync(CollectionAdmin collections, ILogger log)
    {
        // The caller holds a lock, and is not to wait for what is done before the first answer.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var filled = await collections.RepairAsync(_collection, Leaf, this, _stop.Token);
            LogFilled(log, _collection, filled.Count, _progress.Copied);
            _progress = _progress with { IsRunning = false, Filled = filled.Count };
        }
        catch (Exception e) when (e is OperationCanceledException or HedgerowException && _stop.IsCancellationRequested)
        {
            End("It was stopped. Begun again, it begins with the replica that it was at.");
        }
        catch (HedgerowException e)
        {
            End(e.Message);
            LogFailed(log, _collection, e.Message);
        }
        catch (Exception defect)
        {
            LogDefect(log, _collection, defect);
            End("The server failed on it; its log says how.");
        }
    }

    private void End(string problem) => _progress = _progress with { IsRunning = false, Problem = problem };

    [LoggerMessage(Level = LogLevel.Information, Message =
        "The repair of {Collection} has filled {Replicas} replicas; {Copied} documents and deletes were copied.")]
    private static partial void LogFilled(ILogger logger, string collection, int replicas, long copied);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The repair of {Collection} did not end well: {Problem}")]
    private static partial void LogFailed(ILogger logger, string collection, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The repair of {Collection} met a defect.")]
    private static partial void LogDefect(ILogger logger, string collection, Exception defect);
}
