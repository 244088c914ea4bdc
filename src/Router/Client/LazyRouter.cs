using Hedgerow.Protocol;
using Microsoft.Extensions.Logging;

namespace Hedgerow.Router;

/// <summary>
/// Connects when the first request comes, and again with the next request when that failed: an application starts
/// though its cluster does not yet.
/// </summary>
internal sealed class LazyRouter : IRequestExecutor
{
    private readonly HedgerowClientOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private Task<HedgerowClient>? _connecting;
    private volatile HedgerowClient? _client;

    public LazyRouter(HedgerowClientOptions options, TimeProvider time, ILoggerFactory logs)
    {
        RouterOptionsRules.Check(options);
        _options = options;
        _time = time;
        _logs = logs;
    }

    public Topology? Topology => _client?.Executor.Topology;

    public RouterCounters Counters => _client?.Counters ?? default;

    public ValueTask<Reply> ExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        _client is { } client
            ? client.Executor.ExecuteAsync(header, body, cancel)
            : ConnectAndExecuteAsync(header, body, cancel);

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        Task<HedgerowClient>? connecting;
        lock (_gate) connecting = _connecting;
        if (connecting is not null)
        {
            await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (connecting.IsCompletedSuccessfully) await connecting.Result.DisposeAsync().ConfigureAwait(false);
        }

        _disposed.Dispose();
    }

    private async ValueTask<Reply> ConnectAndExecuteAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        try
        {
            var client = await Connecting().WaitAsync(cancel).ConfigureAwait(false);
            return await client.Executor.ExecuteAsync(header, body, cancel).ConfigureAwait(false);
        }
        catch (HedgerowException e)
        {
            return RouterReply.Error(e.Status, e.Message);
        }
        catch (TopologyException e)
        {
            return RouterReply.Error(StatusCode.Unavailable, e.Message);
        }
    }

    private Task<HedgerowClient> Connecting()
    {
        lock (_gate)
        {
            if (_connecting is { IsCompleted: false } or { IsCompletedSuccessfully: true }) return _connecting;
            return _connecting = ConnectAsync();
        }
    }

    private async Task<HedgerowClient> ConnectAsync()
    {
        await Task.Yield();
        return _client = await ClusterConnector.ConnectAsync(_options, _time, _logs, _disposed.Token)
            .ConfigureAwait(false);
    }
}
