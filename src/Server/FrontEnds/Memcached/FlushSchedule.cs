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
    /// <summary>A timer waits no longer than 49 days; what is further off takes several.</summary>
    private static readonly TimeSpan StepMax = TimeSpan.FromDays(30);

    private readonly ICommandExecutor _executor;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private TimeSpan _delay;
    private long _setAt;
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

    /// <summary>Flushes after a delay, however long, in place of what was to come.</summary>
    public void Set(TimeSpan delay)
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            if (_isDisposed) return;
            (_delay, _setAt) = (delay, _time.GetTimestamp());
            _timer = _time.CreateTimer(_ => OnTime(), null, StepOf(delay), Timeout.InfiniteTimeSpan);
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

    private static TimeSpan StepOf(TimeSpan left) => left < StepMax ? left : StepMax;

    // Also when the time of a flush has come that was replaced or called off: then it is not, or later.
    private void OnTime()
    {
        lock (_gate)
        {
            if (_timer == null) return;
            var left = _delay - _time.GetElapsedTime(_setAt);
            if (left > TimeSpan.Zero)
            {
                _timer.Change(StepOf(left), Timeout.InfiniteTimeSpan);
                return;
            }

            _timer.Dispose();
            _timer = null;
        }

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
