using System.Net;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Native;

/// <summary>
/// Accepts native connections; a <see cref="NativeSession"/> on an event loop serves each:
/// docs/decisions/0006-event-loop.md says what that saves. Thread-safe.
/// </summary>
internal sealed partial class NativeListener : IAsyncDisposable
{
    private readonly NativeListenerOptions _options;
    private readonly SessionListener _listener;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    private NativeListener(NativeListenerOptions options, SessionListener listener, TimeProvider time, ILogger log)
    {
        _options = options;
        _listener = listener;
        _time = time;
        _log = log;
    }

    /// <summary>Where it is bound; with the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Connections open now.</summary>
    public int Connections => _listener.Connections;

    /// <summary>Requests on all connections that are not answered yet.</summary>
    public int RequestsInFlight => _listener.Sessions.OfType<NativeSession>().Sum(session => session.InFlight);

    /// <summary>Takes the port, and refuses connections until <see cref="Start"/>.</summary>
    /// <exception cref="StartException">The port is taken, or the address is not this machine's.</exception>
    public static NativeListener Bind(
        NativeListenerOptions options, SessionLoops loops, TimeProvider time, ILogger log)
    {
        var sessions = new SessionListenerOptions
        {
            EndPoint = options.EndPoint,
            Name = "native",
            ListenFlag = "--listen",
            ConnectionsMax = options.ConnectionsMax,
            WelcomeTimeout = options.Limits.HelloTimeout,
            InputBytesMax = options.Limits.ChunkBytesMax + RequestHeader.Size,
            // What is unsent is bounded by the requests that may be in flight; large answers wait in line elsewhere.
            OutputBytesMax = int.MaxValue,
        };
        return new NativeListener(options, SessionListener.Bind(sessions, loops, time, log), time, log);
    }

    /// <summary>Begins to accept. Requests go to <paramref name="handler"/>.</summary>
    /// <exception cref="StartException">Another process was quicker to listen on the port.</exception>
    public void Start(IRequestHandler handler, IHelloPolicy policy) =>
        _listener.Start(new Factory(handler, policy, _options.Limits, _time, _log));

    /// <summary>Accepts no more, lets requests in flight finish, closes; what is open in the end is cut off.</summary>
    public Task DrainAsync(CancellationToken giveUp) => _listener.DrainAsync(giveUp);

    /// <summary>Cuts every connection off.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    /// <summary>A handler threw, which it must not.</summary>
    [LoggerMessage(Level = LogLevel.Error, Message = "The native connection from {Peer} met a defect.")]
    internal static partial void LogDefect(ILogger logger, EndPoint peer, Exception defect);

    private sealed class Factory(
        IRequestHandler handler, IHelloPolicy policy, ProtocolLimits limits, TimeProvider time, ILogger log)
        : ISessionFactory
    {
        public ClientSession Create(SessionContext context) =>
            new NativeSession(context, handler, policy, limits, time, log);
    }
}

/// <summary>What a <see cref="NativeListener"/> is made with.</summary>
/// <param name="EndPoint">Where to bind; port 0 takes a free one.</param>
/// <param name="ConnectionsMax">Connections at once.</param>
/// <param name="Limits">Bounds of each.</param>
internal sealed record NativeListenerOptions(IPEndPoint EndPoint, int ConnectionsMax, ProtocolLimits Limits);
