using System.Net;
using Hedgerow.Leaf;
using Hedgerow.Protocol;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Memcached;
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

    // A memcached command beside its data: a line, and what ends it and the data.
    private const int LineBytes = 4 * 1024;

    private readonly ServerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly SessionLoops _loops;
    private readonly SessionListener? _resp;
    private readonly SessionListener? _memcached;
    private readonly KeyspaceNotifications? _notifications;
    private readonly List<IDisposable> _owned = [];
    private IAsyncDisposable? _links;

    private TextFrontEnds(ServerSettings settings, SessionLoops loops, TimeProvider time, ILoggerFactory logs)
    {
        _loops = loops;
        _settings = settings;
        _time = time;
        _logs = logs;
        _resp = Bind(settings.RespListen, RespOptions);
        _memcached = Bind(settings.MemcachedListen, MemcachedListenerOptions);
        if (_resp != null) _notifications = new KeyspaceNotifications(new PubSubHub());
    }

    /// <summary>Where RESP is; null when off.</summary>
    public IPEndPoint? RespEndPoint => _resp?.EndPoint;

    /// <summary>Where memcached is; null when off.</summary>
    public IPEndPoint? MemcachedEndPoint => _memcached?.EndPoint;

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
        if (_resp != null) StartResp(node, _resp);
        if (_memcached != null) StartMemcached(node, _memcached);
    }

    /// <summary>Accepts no more, and lets what is under way finish until <paramref name="giveUp"/>.</summary>
    public Task DrainAsync(CancellationToken giveUp) => Task.WhenAll(
        _resp?.DrainAsync(giveUp) ?? Task.CompletedTask, _memcached?.DrainAsync(giveUp) ?? Task.CompletedTask);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_links != null) await _links.DisposeAsync();
        foreach (var owned in _owned) owned.Dispose();
        if (_resp != null) await _resp.DisposeAsync();
        if (_memcached != null) await _memcached.DisposeAsync();
    }

    private SessionListener? Bind(ListenAddress? address, Func<ListenAddress, SessionListenerOptions> options) =>
        address == null
            ? null
            : SessionListener.Bind(options(address), _loops, _time, _logs.CreateLogger<SessionListener>());

    private void StartResp(INode node, SessionListener listener)
    {
        var server = new RespServer(
            node.Commands, _settings, node, _notifications!, _time, _logs.CreateLogger<RespServer>())
        {
            Loops = _loops,
        };
        _links = node.Link(_notifications!);
        _owned.Add(new RespMeter(server, listener));
        listener.Start(server);
    }

    private void StartMemcached(INode node, SessionListener listener)
    {
        var options = new MemcachedOptions
        {
            ValueBytesMax = _settings.ValueBytesMax,
            AnswerBytesMax = _settings.AnswerBytesMax,
            OutputBytesMax = _settings.MemcachedOutputBytesMax,
            Token = _settings.AuthToken,
            ConnectionsMax = _settings.MemcachedConnectionsMax,
            MemoryBytes = _settings.Role == NodeRole.Router ? 0 : _settings.MemoryBytes,
            HasSessions = _settings.MemcachedSession,
            Threads = _loops.Count,
            EndPoint = listener.EndPoint,
        };
        var frontEnd = new MemcachedFrontEnd(
            node.Commands, options, cancel => ReadLeavesAsync(node, cancel), _time,
            _logs.CreateLogger<MemcachedFrontEnd>());
        _owned.Add(frontEnd);
        _owned.Add(new MemcachedMeter(frontEnd));
        listener.Start(frontEnd);
    }

    private static async ValueTask<IReadOnlyList<StatsReply>> ReadLeavesAsync(INode node, CancellationToken cancel)
    {
        if (node.Leaves.Count > 0 || node.Client == null) return [.. node.Leaves.Select(leaf => leaf.Stats())];
        var leaves = await node.Client.StatusAsync(cancel);
        return [.. leaves.Select(leaf => leaf.Stats).OfType<StatsReply>()];
    }

    private SessionListenerOptions RespOptions(ListenAddress address) => new()
    {
        EndPoint = address.Resolve("resp.listen"),
        Name = "resp",
        ConnectionsMax = _settings.RespConnectionsMax,
        IdleTimeout = _settings.RespIdleTimeout,
        OutputBytesMax = _settings.RespOutputBytesMax,
        InputBytesMax = (int)Math.Min(RespServer.CommandBytes(_settings) + HeadBytes, int.MaxValue),
    };

    private SessionListenerOptions MemcachedListenerOptions(ListenAddress address) => new()
    {
        EndPoint = address.Resolve("memcached.listen"),
        Name = "memcached",
        ConnectionsMax = _settings.MemcachedConnectionsMax,
        IdleTimeout = _settings.MemcachedIdleTimeout,
        OutputBytesMax = _settings.MemcachedOutputBytesMax,
        InputBytesMax = _settings.ValueBytesMax + LineBytes,
    };
}
