using System.Text;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// flush_all, now or later. One at most is to come, as in memcached, where a later flush_all replaces the one before.
/// Thread-safe.
/// </summary>
internal sealed partial class FlushSchedule : IDisposable
{
    private readonly ICommandExecutor _executor;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isDisposed;

    public FlushSchedule(ICommandExecutor executor, TimeProvider time, ILogger log)
    {
        _executor = executor;
        _time = time;
        _log = log;
    }

    /// <summary>Whether a flush is to come.</summary>
    public bool IsSet
    {
        get
        {
            lock (_gate) return _timer != null;
        }
    }

    /// <summary>Flushes after a delay, in place of what was to come.</summary>
    public void Set(TimeSpan delay)
    {
        lock (_gate)
        {
            _timer?.Dispose();
            if (_isDisposed) return;
            _timer = _time.CreateTimer(_ => OnTime(), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Nothing is to come any more.</summary>
    public void Cancel()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Drops every entry of every shard; documents stay.</summary>
    public async ValueTask<(StatusCode Status, string Text)> FlushAsync()
    {
        var header = new RequestHeader { Opcode = Opcode.Flush };
        using var reply = await _executor.ExecuteAsync(header, new byte[sizeof(ulong)], CancellationToken.None)
            .ConfigureAwait(false);
        return (reply.Status, reply.Status == StatusCode.Ok ? "" : Encoding.UTF8.GetString(reply.Body.Span));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void OnTime()
    {
        Cancel();
        _ = FlushAndReportAsync();
    }

    private async Task FlushAndReportAsync()
    {
        try
        {
            var (status, text) = await FlushAsync();
            if (status != StatusCode.Ok) LogFailed(_log, status, text);
        }
        catch (Exception defect)
        {
            // Nobody waits for it: the log is where it is seen.
            LogFailed(_log, StatusCode.Internal, defect.ToString());
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "A delayed flush_all failed, and entries are still there: {Status} {Text}")]
    private static partial void LogFailed(ILogger logger, StatusCode status, string text);
}
