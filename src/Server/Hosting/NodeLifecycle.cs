using System.Reflection;
using Hedgerow.Protocol;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Http;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Metrics;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// One node from start to drain. HTTP listens first, so that probes see the recovery; the native port is taken at once
/// and accepts when the data is open. Stopping goes the other way: not ready, listeners closed, requests finished, data
/// flushed.
/// </summary>
internal sealed class NodeLifecycle : IAsyncDisposable
{
    private readonly ServerSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _log;
    private readonly NodeReadiness _readiness = new();
    private readonly ApiGate _gate = new();
    private SessionLoops? _loops;
    private NativeListener? _native;
    private HttpServer? _http;
    private TextFrontEnds? _text;
    private INode? _node;
    private NodeMeter? _meter;

    public NodeLifecycle(ServerSettings settings, TimeProvider time, ILoggerFactory logs)
    {
        _settings = settings;
        _time = time;
        _logs = logs;
        _log = logs.CreateLogger("Hedgerow.Server");
    }

    /// <summary>Where the native listener is; after <see cref="StartAsync"/>.</summary>
    public System.Net.IPEndPoint NativeEndPoint => _native!.EndPoint;

    /// <summary>Native requests not answered yet.</summary>
    public int NativeRequestsInFlight => _native!.RequestsInFlight;

    /// <summary>Where RESP is; null when off.</summary>
    public System.Net.IPEndPoint? RespEndPoint => _text?.RespEndPoint;

    /// <summary>Where memcached is; null when off.</summary>
    public System.Net.IPEndPoint? MemcachedEndPoint => _text?.MemcachedEndPoint;

    /// <summary>Where HTTP is; null when off.</summary>
    public System.Net.IPEndPoint? HttpEndPoint => _http?.EndPoint;

    /// <summary>What stands behind the listeners; after <see cref="StartAsync"/>.</summary>
    public INode Node => _node!;

    /// <summary>What was done in this process before; for log and metrics.</summary>
    public WarmUpReport Warmed { get; set; }

    /// <summary>Opens everything; the node serves when it returns.</summary>
    /// <exception cref="StartException">A port or the data can't be used.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        var limits = NodeOptions.Limits(_settings);
        var endPoint = _settings.NativeListen.Resolve("native.listen");
        _loops = SessionLoops.Start(_settings.LoopThreads, SessionLoopKind.BestOfSystem, _time);
        _native = NativeListener.Bind(
            new NativeListenerOptions(endPoint, _settings.NativeConnectionsMax, limits), _loops, _time,
            _logs.CreateLogger<NativeListener>());
        if (_settings.HttpListen != null)
            _http = await HttpServer.StartAsync(_settings, _gate, _readiness, _time, _logs);
        _text = TextFrontEnds.Bind(_settings, _loops, _time, _logs);
        _node = _settings.Role switch
        {
            NodeRole.Serve => await LocalNode.StartAsync(_settings, _text.EntryEvents, _time, _logs, cancel),
            NodeRole.Leaf => await LeafNode.StartAsync(_settings, _text.EntryEvents, _time, _logs, cancel),
            _ => RouterNode.Start(_settings, _time, _logs),
        };
        _meter = new NodeMeter(_node, _native, Warmed);
        var faults = _settings.AllowFaults ? ProtocolFeatures.Faults : ProtocolFeatures.None;
        var hello = new HelloReply { Features = _node.Features | faults, Name = _settings.Name, Limits = limits };
        var policy = new TokenHelloPolicy(hello, new SharedToken(_settings.AuthToken), () => _node.Epoch);
        _native.Start(_node.Handler, policy);
        _text.Start(_node);
        _gate.Open(_node);
        _readiness.Ready();
        LogServing();
    }

    /// <summary>Stops well: nothing acknowledged is lost, requests in flight finish within drain.timeout.</summary>
    public async Task DrainAsync()
    {
        _readiness.Draining();
        NodeLog.Draining(_log, _settings.DrainDelay, _settings.DrainTimeout);
        if (_settings.DrainDelay > TimeSpan.Zero) await Task.Delay(_settings.DrainDelay, _time);
        foreach (var leaf in _node!.Leaves) leaf.EndListening();
        using var giveUp = new CancellationTokenSource(_settings.DrainTimeout, _time);
        await Task.WhenAll(
            _native!.DrainAsync(giveUp.Token), _text!.DrainAsync(giveUp.Token),
            _http?.DrainAsync(giveUp.Token) ?? Task.CompletedTask);
        // Flushing has a time of its own: it must not be what a slow client used up.
        using var flush = new CancellationTokenSource(_settings.DrainTimeout, _time);
        await _node.DrainAsync(flush.Token);
        NodeLog.Stopped(_log);
    }

    /// <summary>Closes what is open, in whatever state the node is.</summary>
    public async ValueTask DisposeAsync()
    {
        _meter?.Dispose();
        if (_native != null) await _native.DisposeAsync();
        if (_text != null) await _text.DisposeAsync();
        if (_http != null) await _http.DisposeAsync();
        if (_node != null) await _node.DisposeAsync();
        _loops?.Dispose();
    }

    private void LogServing()
    {
        var version = typeof(NodeLifecycle).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        var number = version?.InformationalVersion.Split('+')[0] ?? "";
        var role = _settings.Role.ToString().ToLowerInvariant();
        var native = NativeEndPoint.ToString();
        var http = HttpEndPoint == null ? "off" : $"on http://{HttpEndPoint}";
        var data = _settings.DataDirectory == null ? "in memory" : Path.GetFullPath(_settings.DataDirectory);
        var memory = Quantities.FormatBytes(_settings.MemoryBytes);
        if (_settings.Role == NodeRole.Router) data = memory = "none";
        var resp = RespEndPoint?.ToString() ?? "off";
        var memcached = MemcachedEndPoint?.ToString() ?? "off";
        if (Warmed.Requests > 0) NodeLog.Warmed(_log, Warmed.Requests, Warmed.Methods, Warmed.Elapsed);
        NodeLog.Serving(_log, number, role, _node!.Summary, native, resp, memcached, http, data, memory);
    }
}
