using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Metrics;
using Pipelines.Sockets.Unofficial;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Accepts native connections and runs one <see cref="ServerConnection"/> on each. Sockets, pipes and handlers all run
/// inline on the thread that polled the socket: docs/decisions/0005-inline-completions.md says what that saves.
/// </summary>
internal sealed partial class NativeListener : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan PauseAfterAcceptFailed = TimeSpan.FromMilliseconds(100);

    private readonly NativeListenerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopAccepting = new();
    private readonly CancellationTokenSource _stopServing = new();
    private readonly ConcurrentDictionary<ServerConnection, Task> _connections = new();
    private readonly PipeOptions _pipeOptions;
    private Task _accepting = Task.CompletedTask;
    private int _count;
    private int _isDisposed;

    private NativeListener(NativeListenerOptions options, Socket socket, TimeProvider time, ILogger log)
    {
        _options = options;
        _socket = socket;
        _time = time;
        _log = log;
        _pipeOptions = new PipeOptions(
            readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
            useSynchronizationContext: false);
    }

    /// <summary>Where it is bound; with the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connections open now.</summary>
    public int Connections => Volatile.Read(ref _count);

    /// <summary>Requests on all connections that are not answered yet.</summary>
    public int RequestsInFlight => _connections.Keys.Sum(connection => connection.InFlight);

    /// <summary>Takes the port, and refuses connections until <see cref="Start"/>.</summary>
    /// <exception cref="StartException">The port is taken, or the address is not this machine's.</exception>
    public static NativeListener Bind(NativeListenerOptions options, TimeProvider time, ILogger log)
    {
        var endPoint = options.EndPoint;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return new NativeListener(options, socket, time, log);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw PortErrors.Explain(e, endPoint, "native.listen", "--listen HOST:PORT");
        }
    }

    /// <summary>Begins to accept. Requests go to <paramref name="handler"/>.</summary>
    /// <exception cref="StartException">Another process was quicker to listen on the port.</exception>
    public void Start(IRequestHandler handler, IHelloPolicy policy)
    {
        try
        {
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            throw PortErrors.Explain(e, EndPoint, "native.listen", "--listen HOST:PORT");
        }

        _accepting = AcceptAsync(handler, policy);
    }

    /// <summary>Accepts no more, lets requests in flight finish, closes; what is open in the end is cut off.</summary>
    public async Task DrainAsync(CancellationToken giveUp)
    {
        await _stopAccepting.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await _stopServing.CancelAsync();
        try
        {
            await Task.WhenAll(_connections.Values).WaitAsync(giveUp);
        }
        catch (OperationCanceledException)
        {
            LogCutOff(_log, _connections.Count);
            await Task.WhenAll(_connections.Keys.Select(connection => connection.DisposeAsync().AsTask()));
        }
    }

    /// <summary>Cuts every connection off.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await DrainAsync(new CancellationToken(canceled: true));
        _stopAccepting.Dispose();
        _stopServing.Dispose();
    }

    private async Task AcceptAsync(IRequestHandler handler, IHelloPolicy policy)
    {
        while (!_stopAccepting.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stopAccepting.Token);
                Take(socket, handler, policy);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of file descriptors, most often: those that are open go on, and the next attempt waits a little.
                LogAcceptFailed(_log, e.Message);
                await Task.Delay(PauseAfterAcceptFailed, _time, _stopAccepting.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Take(Socket socket, IRequestHandler handler, IHelloPolicy policy)
    {
        if (Interlocked.Increment(ref _count) > _options.ConnectionsMax)
        {
            Interlocked.Decrement(ref _count);
            ServerMeter.NativeRefused.Add(1);
            LogFull(_log, _options.ConnectionsMax);
            socket.Dispose();
            return;
        }

        ServerMeter.NativeAccepted.Add(1);
        socket.NoDelay = true;
        var peer = socket.RemoteEndPoint?.ToString() ?? "";
        var transport = SocketConnection.Create(
            socket, _pipeOptions, _pipeOptions,
            SocketConnectionOptions.InlineReads | SocketConnectionOptions.InlineWrites);
        var connection = new ServerConnection(transport, handler, policy, _options.Limits, _time);
        // Entered before it runs, so that it can't have left before.
        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = served.Task;
        _ = ServeAsync(connection, transport, peer, served);
    }

    private async Task ServeAsync(
        ServerConnection connection, SocketConnection transport, string peer, TaskCompletionSource served)
    {
        try
        {
            await connection.RunAsync(_stopServing.Token);
        }
        catch (Exception defect)
        {
            // One connection's defect must not reach another; RunAsync promises not to fail.
            LogDefect(_log, peer, defect);
        }
        finally
        {
            transport.Dispose();
            _connections.TryRemove(connection, out _);
            Interlocked.Decrement(ref _count);
            served.SetResult();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A native connection was closed on arrival: {Max} are open. The setting native.connections allows more.")]
    private static partial void LogFull(ILogger logger, int max);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accepting a native connection failed: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} native connections had requests in flight when drain.timeout was over, and were cut off.")]
    private static partial void LogCutOff(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The native connection from {Peer} met a defect.")]
    private static partial void LogDefect(ILogger logger, string peer, Exception defect);
}

/// <summary>What a <see cref="NativeListener"/> is made with.</summary>
/// <param name="EndPoint">Where to bind; port 0 takes a free one.</param>
/// <param name="ConnectionsMax">Connections at once.</param>
/// <param name="Limits">Bounds of each.</param>
internal sealed record NativeListenerOptions(IPEndPoint EndPoint, int ConnectionsMax, ProtocolLimits Limits);
