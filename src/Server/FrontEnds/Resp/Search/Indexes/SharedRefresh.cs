namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// One kind of work that many ask for: whoever asks gets a run that begins after the asking, and those who ask while
/// one runs share the next. Thread-safe.
/// </summary>
internal sealed class SharedRefresh(Func<Task<string?>> run)
{
    private readonly Lock _gate = new();
    private Task<string?>? _running;
    private Task<string?>? _next;

    /// <summary>The run that began, or begins, after this call; what it came to.</summary>
    public Task<string?> JoinAsync()
    {
        TaskCompletionSource<string?> mine;
        lock (_gate)
        {
            if (_next is not null) return _next;
            mine = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_running is null)
            {
                _running = mine.Task;
            }
            else
            {
                _next = mine.Task;
                _ = FollowAsync(_running, mine);
                return mine.Task;
            }
        }

        _ = RunAsync(mine);
        return mine.Task;
    }

    private async Task FollowAsync(Task<string?> before, TaskCompletionSource<string?> mine)
    {
        await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _running = mine.Task;
            _next = null;
        }

        await RunAsync(mine);
    }

    private async Task RunAsync(TaskCompletionSource<string?> mine)
    {
        try
        {
            var outcome = await run();
            End(mine.Task);
            mine.SetResult(outcome);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            End(mine.Task);
            mine.SetException(failure);
        }
    }

    // Nobody may be waiting for it: then the next who asks begins.
    private void End(Task<string?> mine)
    {
        lock (_gate)
        {
            if (_running == mine && _next is null) _running = null;
        }
    }
}
