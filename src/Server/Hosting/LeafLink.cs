using System.Net;
using System.Net.Sockets;
using Hedgerow.Protocol;
using Hedgerow.Router;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.Hosting;

/// <summary>
/// The connection of one loop to one leaf, over and over: opened by the first request that could use it, and again
/// after a break, with a pause in between that doubles. Its loop's thread, but for <see cref="Kill"/>.
/// </summary>
internal sealed partial class LeafLink : ISessionFactory, ISessionOwner
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);
    private static long _lastId;

    private readonly SessionLoop _loop;
    private readonly HelloRequest _hello;
    private readonly ProtocolLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly TimeSpan _patience;
    private readonly EndPoint? _endPoint;
    private volatile LeafLinkSession? _session;
    private volatile bool _isKilled;
    private TimeSpan _pause = PauseMin;
    private long _retryAt;
    private uint _attempts;
    private int _isConnecting;

    public LeafLink(
        string address, SessionLoop loop, HelloRequest hello, ProtocolLimits limits, TimeProvider time, ILogger log,
        TimeSpan? connectTimeout = null)
    {
        Address = address;
        _loop = loop;
        loop.Gathers = true;
        _hello = hello;
        _limits = limits;
        _time = time;
        _log = log;
        _patience = connectTimeout ?? TimeSpan.FromSeconds(2);
        _endPoint = EndPointOf(address);
        Options = new SessionListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Name = "leaf",
            IsToLeaf = true,
            InputBytesMax = limits.ChunkBytesMax + RequestHeader.Size,
            WelcomeTimeout = _patience,
        };
    }

    /// <summary>HOST:PORT of the leaf.</summary>
    public string Address { get; }

    /// <inheritdoc/>
    public SessionListenerOptions Options { get; }

    /// <summary>As <see cref="ClientLink.Begun"/>.</summary>
    public Action<ulong>? Begun { get; init; }

    /// <summary>Sends; false when it can't now, and a connection is tried for next time.</summary>
    public bool TrySend(
        in RequestHeader header, ReadOnlySpan<byte> body, out ValueTask<Reply> reply, CancellationToken cancel)
    {
        reply = default;
        return OpenOrConnect() is { } session && session.TrySend(header, body, out reply, cancel);
    }

    /// <summary>The connection, if it is open; else null, and one is tried for next time.</summary>
    public LeafLinkSession? OpenOrConnect()
    {
        if (_session is { } session) return session;
        if (_time.GetTimestamp() >= Volatile.Read(ref _retryAt) && _endPoint is not null && !_isKilled
            && Interlocked.Exchange(ref _isConnecting, 1) == 0) _ = ConnectAsync(_endPoint);
        return null;
    }

    /// <summary>Closes for good. Any thread.</summary>
    public void Kill()
    {
        _isKilled = true;
        _session?.Kill();
    }

    /// <inheritdoc/>
    public ClientSession Create(SessionContext context) =>
        new LeafLinkSession(
            context, this, new ClientLink(_hello, _limits, _time, context.Wake) { Begun = Begun });

    /// <inheritdoc/>
    public void Enter(SessionConnection connection)
    {
        if (_isKilled) connection.Kill();
    }

    /// <inheritdoc/>
    public void Forget(SessionConnection connection)
    {
        _session = null;
        Pause();
    }

    /// <inheritdoc/>
    public void Lost(Exception cause) => Fail(cause.Message);

    /// <inheritdoc/>
    public void ReportDefect(SessionConnection connection, Exception defect) => LogDefect(_log, Address, defect);

    /// <inheritdoc/>
    public void ReportSlow(SessionConnection connection, int bytes) => LogBroken(_log, Address, "it takes too little");

    /// <inheritdoc/>
    public void ReportTooLarge(SessionConnection connection, int bytes) =>
        LogTooLarge(_log, Address, bytes);

    /// <summary>The leaf's hello came. On the loop.</summary>
    internal void Opened(LeafLinkSession session)
    {
        _session = session;
        _pause = PauseMin;
    }

    /// <summary>The connection ended, for this reason. On the loop.</summary>
    internal void Broken(string reason) => LogBroken(_log, Address, reason);

    private static EndPoint? EndPointOf(string address)
    {
        if (IPEndPoint.TryParse(address, out var known)) return known;
        var colon = address.LastIndexOf(':');
        return colon > 0 && int.TryParse(address.AsSpan(colon + 1), out var port) && port is > 0 and < 65_536
            ? new DnsEndPoint(address[..colon], port)
            : null;
    }

    private async Task ConnectAsync(EndPoint endPoint)
    {
        Socket? socket = null;
        try
        {
            using var patience = new CancellationTokenSource(_patience, _time);
            var target = await ResolveAsync(endPoint, patience.Token);
            socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _loop.ConnectAsync(socket, target, patience.Token);
            _loop.Adopt(socket, Interlocked.Increment(ref _lastId), this, this);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            Fail(e.Message);
        }
    }

    // A name may have several addresses: each attempt takes the next.
    private async ValueTask<IPEndPoint> ResolveAsync(EndPoint endPoint, CancellationToken cancel)
    {
        if (endPoint is IPEndPoint known) return known;
        var name = (DnsEndPoint)endPoint;
        var addresses = await Dns.GetHostAddressesAsync(name.Host, cancel);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        return new IPEndPoint(addresses[_attempts++ % (uint)addresses.Length], name.Port);
    }

    private void Fail(string reason)
    {
        LogBroken(_log, Address, reason);
        Pause();
    }

    private void Pause()
    {
        Volatile.Write(
            ref _retryAt, _time.GetTimestamp() + (long)(_pause.TotalSeconds * _time.TimestampFrequency));
        _pause = _pause * 2 < PauseMax ? _pause * 2 : PauseMax;
        Volatile.Write(ref _isConnecting, 0);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Address}: a loop's link ended: {Reason}")]
    private static partial void LogBroken(ILogger logger, string address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Address}: a loop's link got a frame of {Bytes} bytes.")]
    private static partial void LogTooLarge(ILogger logger, string address, int bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Address}: a loop's link met a defect and was closed.")]
    private static partial void LogDefect(ILogger logger, string address, Exception defect);
}

/// <summary>One connection of a <see cref="LeafLink"/>, as its loop sees it.</summary>
/// <remarks>
/// What the sessions of its loop send in one round leaves in one write at the round's end: see <see
/// cref="EventGathering"/> for what makes a round of many clients.
/// </remarks>
internal sealed class LeafLinkSession : ClientSession, IDirectLink
{
    private readonly LeafLink _owner;
    private readonly ClientLink _link;
    private string _end = "the leaf closed it";
    private bool _isFlushAsked;

    public LeafLinkSession(SessionContext context, LeafLink owner, ClientLink link)
        : base(context)
    {
        _owner = owner;
        _link = link;
        link.WriteHello(Output);
    }

    /// <summary>Writes a request; the round's last act is to send what the loop's sessions wrote.</summary>
    public bool TrySend(
        in RequestHeader header, ReadOnlySpan<byte> body, out ValueTask<Reply> reply, CancellationToken cancel)
    {
        reply = default;
        if (Output.IsFull || !_link.TrySend(header, body, Output, out reply, cancel)) return false;
        AskForFlush();
        return true;
    }

    /// <inheritdoc/>
    public bool TrySend(in RequestHeader header, ReadOnlySpan<byte> body, ILinkTaker taker, out uint requestId)
    {
        requestId = 0;
        if (Output.IsFull || !_link.TrySend(header, body, Output, taker, out requestId)) return false;
        AskForFlush();
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<Reply> Await(uint requestId, CancellationToken cancel) => _link.Await(requestId, cancel);

    /// <inheritdoc/>
    public void Drop(uint requestId) => _link.Drop(requestId);

    /// <inheritdoc/>
    public override bool IsWelcome => _link.IsOpen;

    /// <inheritdoc/>
    public override int Consume(ReadOnlySpan<byte> input)
    {
        var wasOpen = _link.IsOpen;
        var used = _link.Consume(input, out var error);
        BytesWanted = _link.BytesWanted;
        if (!wasOpen && _link.IsOpen) _owner.Opened(this);
        if (error is null) return used;
        _end = error;
        Abort();
        return used;
    }

    private void AskForFlush()
    {
        if (_isFlushAsked) return;
        _isFlushAsked = true;
        Wake();
    }

    /// <inheritdoc/>
    public override void OnWake()
    {
        _isFlushAsked = false;
        _link.TakeCancelled(Output);
    }

    /// <inheritdoc/>
    public override void OnClosed()
    {
        _owner.Broken(_end);
        _link.Close($"The connection to {_owner.Address} ended: {_end}.");
    }
}
