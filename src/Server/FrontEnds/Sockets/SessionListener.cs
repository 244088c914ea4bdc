using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Server.Hosting;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>Accepts connections of one protocol and spreads them over the loops. Thread-safe.</summary>
internal sealed partial class SessionListener : ISessionOwner, IAsyncDisposable
{
    private const int Backlog = 1024;
    private const int KeepAliveSeconds = 300;
    private static readonly TimeSpan PauseAfterAcceptFailed = TimeSpan.FromMilliseconds(100);
    private static long _lastId;

    private readonly SessionLoops _loops;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopAccepting = new();
    private readonly ConcurrentDictionary<long, SessionConnection> _connections = new();
    private readonly TaskCompletionSource _isEmpty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _accepting = Task.CompletedTask;
    private int _count;
    private int _isDisposed;
    private volatile bool _isDraining;
    private volatile bool _isCutOff;

    private SessionListener(
        SessionListenerOptions options, Socket socket, SessionLoops loops, TimeProvider time, ILogger log)
    {
        Options = options;
        _socket = socket;
        _loops = loops;
        _time = time;
        _log = log;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public SessionListenerOptions Options { get; }

    /// <summary>Where it is bound; with the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Connections open now.</summary>
    public int Connections => Volatile.Read(ref _count);

    /// <summary>The sessions open now, in no order.</summary>
    public IEnumerable<ClientSession> Sessions =>
        _connections.Values.Select(connection => connection.Session).OfType<ClientSession>();

    /// <summary>Takes the port, and refuses connections until <see cref="Start"/>.</summary>
    /// <exception cref="StartException">The port is taken, or the address is not this machine's.</exception>
    public static SessionListener Bind(
        SessionListenerOptions options, SessionLoops loops, TimeProvider time, ILogger log)
    {
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(options.EndPoint);
            return new SessionListener(options, socket, loops, time, log);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Explain(e, options.EndPoint, options);
        }
    }

    /// <summary>Begins to accept.</summary>
    /// <exception cref="StartException">Another process was quicker to listen on the port.</exception>
    public void Start(ISessionFactory factory)
    {
        try
        {
            _socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            throw Explain(e, EndPoint, Options);
        }

        _accepting = AcceptAsync(factory);
    }

    /// <summary>The open session with this id; null when there is none.</summary>
    public ClientSession? Find(long id) => _connections.GetValueOrDefault(id)?.Session;

    /// <summary>
    /// Accepts no more; every connection finishes what it consumed, sends it and closes. What is open when
    /// <paramref name="giveUp"/> is cancelled is cut off.
    /// </summary>
    public async Task DrainAsync(CancellationToken giveUp)
    {
        await _stopAccepting.CancelAsync();
        _socket.Dispose();
        await _accepting;
        _isDraining = true;
        foreach (var connection in _connections.Values) connection.Tell(SessionConnection.Events.Draining);
        if (Connections == 0) _isEmpty.TrySetResult();
        try
        {
            await _isEmpty.Task.WaitAsync(giveUp);
        }
        catch (OperationCanceledException)
        {
            LogCutOff(_log, Connections, Options.Name);
            _isCutOff = true;
            foreach (var connection in _connections.Values) connection.Kill();
            await _isEmpty.Task;
        }
    }

    /// <summary>Cuts every connection off. The loops must still run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await DrainAsync(new CancellationToken(canceled: true));
        _stopAccepting.Dispose();
    }

    /// <inheritdoc/>
    public void Enter(SessionConnection connection)
    {
        _connections[connection.Id] = connection;
        if (_isDraining) connection.Tell(SessionConnection.Events.Draining);
        if (_isCutOff) connection.Kill();
    }

    /// <inheritdoc/>
    public void Forget(SessionConnection connection)
    {
        _connections.TryRemove(connection.Id, out _);
        CountDown();
    }

    /// <inheritdoc/>
    public void Lost(Exception cause)
    {
        LogAcceptFailed(_log, Options.Name, cause.Message);
        CountDown();
    }

    /// <inheritdoc/>
    public void ReportDefect(SessionConnection connection, Exception defect) =>
        LogDefect(_log, Options.Name, connection.Peer, defect);

    /// <inheritdoc/>
    public void ReportSlow(SessionConnection connection, int bytes) =>
        LogSlow(_log, Options.Name, connection.Peer, bytes, Options.OutputBytesMax);

    /// <inheritdoc/>
    public void ReportTooLarge(SessionConnection connection, int bytes) =>
        LogTooLarge(_log, Options.Name, connection.Peer, bytes, Options.InputBytesMax);

    private static StartException Explain(SocketException e, EndPoint endPoint, SessionListenerOptions options) =>
        PortErrors.Explain(
            e, endPoint, options.ListenSetting, $"{options.ListenFlag ?? "--" + options.ListenSetting} HOST:PORT");

    private async Task AcceptAsync(ISessionFactory factory)
    {
        while (!_stopAccepting.IsCancellationRequested)
        {
            try
            {
                Take(await _socket.AcceptAsync(_stopAccepting.Token), factory);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of file descriptors, most often: those that are open go on, and the next attempt waits a little.
                LogAcceptFailed(_log, Options.Name, e.Message);
                await Task.Delay(PauseAfterAcceptFailed, _time, _stopAccepting.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Take(Socket socket, ISessionFactory factory)
    {
        if (Interlocked.Increment(ref _count) > Options.ConnectionsMax)
        {
            CountDown();
            ServerMeter.ConnectionRefused(Options.Name);
            LogFull(_log, Options.Name, Options.ConnectionsMax);
            socket.Dispose();
            return;
        }

        ServerMeter.ConnectionAccepted(Options.Name);
        try
        {
            socket.Blocking = false;
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        }
        catch (SocketException e)
        {
            // The peer left between.
            Lost(e);
            socket.Dispose();
            return;
        }

        _loops.Next().Adopt(socket, Interlocked.Increment(ref _lastId), this, factory);
    }

    private void CountDown()
    {
        if (Interlocked.Decrement(ref _count) == 0 && _isDraining) _isEmpty.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A {Name} connection was closed on arrival: {Max} are open. The setting {Name}.connections allows more.")]
    private static partial void LogFull(ILogger logger, string name, int max);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accepting a {Name} connection failed: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, string name, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} {Name} connections were still open when drain.timeout was over, and were cut off.")]
    private static partial void LogCutOff(ILogger logger, int count, string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Name} session of {Peer} met a defect and was closed.")]
    private static partial void LogDefect(ILogger logger, string name, EndPoint peer, Exception defect);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The {Name} connection of {Peer} was closed: {Bytes} bytes were waiting for it, and {Max} may.")]
    private static partial void LogSlow(ILogger logger, string name, EndPoint peer, int bytes, int max);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The {Name} connection of {Peer} was closed: a command wanted {Bytes} bytes, and {Max} are allowed.")]
    private static partial void LogTooLarge(ILogger logger, string name, EndPoint peer, int bytes, int max);
}
