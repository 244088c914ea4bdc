using System.Net;
using Hedgerow.Leaf.Cache;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Resp;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// The listeners of the text protocols. Ports are taken before the data is opened; connections are accepted after.
/// </summary>
internal sealed class TextFrontEnds : IAsyncDisposable
{
    // What travels beside the arguments of a command of many: their heads.
    private const int HeadBytes = 32 * 1024 * 1024;

    private readonly ServerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly SessionLoops _loops;
    private readonly SessionListener? _resp;
    private readonly KeyspaceNotifications? _notifications;
    private RespMeter? _meter;

    private TextFrontEnds(ServerSettings settings, SessionLoops loops, TimeProvider time, ILoggerFactory logs)
    {
        _loops = loops;
        _settings = settings;
        _time = time;
        _logs = logs;
        if (settings.RespListen == null) return;
        _notifications = new KeyspaceNotifications(new PubSubHub());
        _resp = SessionListener.Bind(RespOptions(settings), loops, time, logs.CreateLogger<SessionListener>());
    }

    /// <summary>Where RESP is; null when off.</summary>
    public IPEndPoint? RespEndPoint => _resp?.EndPoint;

    /// <summary>Hears of entries that leave by themselves; null when nobody could be told.</summary>
    public IEntryEvents? EntryEvents => _notifications;

    /// <summary>Takes the ports.</summary>
    /// <exception cref="StartException">A port is taken.</exception>
    public static TextFrontEnds Bind(
        ServerSettings settings, SessionLoops loops, TimeProvider time, ILoggerFactory logs) =>
        new(settings, loops, time, logs);

    /// <summary>Accepts connections from now on.</summary>
    public void Start(INode node)
    {
        if (_resp == null) return;
        var server = new RespServer(
            node.Commands, _settings, node, _notifications!, _time, _logs.CreateLogger<RespServer>())
        {
            Loops = _loops,
        };
        _meter = new RespMeter(server, _resp);
        _resp.Start(server);
    }

    /// <summary>Accepts no more, and lets what is under way finish until <paramref name="giveUp"/>.</summary>
    public Task DrainAsync(CancellationToken giveUp) => _resp?.DrainAsync(giveUp) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _meter?.Dispose();
        if (_resp != null) await _resp.DisposeAsync();
    }

    private static SessionListenerOptions RespOptions(ServerSettings settings) => new()
    {
        EndPoint = settings.RespListen!.Resolve("resp.listen"),
        Name = "resp",
        ConnectionsMax = settings.RespConnectionsMax,
        IdleTimeout = settings.RespIdleTimeout,
        OutputBytesMax = settings.RespOutputBytesMax,
        InputBytesMax = (int)Math.Min(RespServer.CommandBytes(settings) + HeadBytes, int.MaxValue),
    };
}
