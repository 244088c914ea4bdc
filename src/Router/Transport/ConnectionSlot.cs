using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// One connection to a leaf, over and over: opened by the first request, and again by the first after a break. While it
/// can't be opened, requests are answered Unavailable at once, but for one attempt after each pause.
/// </summary>
internal sealed class ConnectionSlot : IAsyncDisposable
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private readonly LeafDialer _dialer;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private volatile ClientConnection? _open;
    private Task<ClientConnection>? _opening;
    private HedgerowException? _lastFailure;
    private DateTimeOffset _pauseUntil;
    private TimeSpan _pause = PauseMin;

    public ConnectionSlot(LeafDialer dialer, TimeProvider time)
    {
        _dialer = dialer;
        _time = time;
    }

    public ValueTask<Reply> SendAsync(RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var open = _open;
        return open is not null && !open.Closed.IsCompleted
            ? open.SendAsync(header, body, cancel)
            : OpenAndSendAsync(header, body, cancel);
    }

    public async ValueTask<HelloReply> GreetAsync(CancellationToken cancel) =>
        (await Opening().WaitAsync(cancel).ConfigureAwait(false)).Server;

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        Task<ClientConnection>? opening;
        lock (_gate) opening = _opening;
        if (opening is null) return;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully) await opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<Reply> OpenAndSendAsync(
        RequestHeader header, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        var opening = Opening();
        if (opening.IsFaulted) return Refusal(opening);
        // The caller may reuse its body as soon as this awaits.
        var copy = ArrayPool<byte>.Shared.Rent(body.Length);
        body.CopyTo(copy);
        try
        {
            await opening.WaitAsync(cancel).ConfigureAwait(false);
            return await opening.Result.SendAsync(header, copy.AsMemory(0, body.Length), cancel).ConfigureAwait(false);
        }
        catch (HedgerowException)
        {
            return Refusal(opening);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private static Reply Refusal(Task<ClientConnection> opening)
    {
        var failure = (HedgerowException)opening.Exception!.InnerException!;
        return RouterReply.Error(StatusCode.Unavailable, failure.Message);
    }

    /// <summary>The connection that is open, the attempt under way, a new one, or the failure of the last.</summary>
    private Task<ClientConnection> Opening()
    {
        lock (_gate)
        {
            if (_opening is { } opening)
            {
                if (!opening.IsCompleted) return opening;
                if (opening.IsCompletedSuccessfully && !opening.Result.Closed.IsCompleted) return opening;
            }

            if (_lastFailure is not null && _time.GetUtcNow() < _pauseUntil)
                return Task.FromException<ClientConnection>(_lastFailure);
            _open = null;
            return _opening = OpenAsync();
        }
    }

    private async Task<ClientConnection> OpenAsync()
    {
        try
        {
            // Off this thread at once, which may hold the gate and belong to a caller in a hurry.
            await Task.Yield();
            var connection = await _dialer.DialAsync(_disposed.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _open = connection;
                _lastFailure = null;
                _pause = PauseMin;
            }

            return connection;
        }
        catch (Exception e) when (e is HedgerowException or OperationCanceledException)
        {
            var failure = e as HedgerowException
                ?? new HedgerowException(StatusCode.Unavailable, $"The connection to {_dialer.Address} was disposed.");
            lock (_gate)
            {
                _lastFailure = failure;
                _pauseUntil = _time.GetUtcNow() + _pause;
                _pause = _pause * 2 < PauseMax ? _pause * 2 : PauseMax;
            }

            throw failure;
        }
    }
}
