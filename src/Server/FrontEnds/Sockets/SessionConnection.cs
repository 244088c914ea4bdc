using System.Net;
using System.Net.Sockets;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// One accepted socket between its loop and its session. What differs between loops is how bytes are tried to be
/// received and sent, and how the loop hears that a try is worth it again.
/// </summary>
/// <remarks>
/// A turn: send what could not be sent, feed the session what is held, receive and feed. Bytes are received into the
/// loop's own buffer; only what a session leaves is copied into one that the connection holds until it is consumed, so
/// an idle connection holds none. A turn takes at most <see cref="TurnBytes"/>; then the other connections have theirs.
/// Closing after a flush says "no more" (FIN) and then reads until the peer does: a socket closed with unread input
/// resets the connection, and the peer could lose the answers it had not read yet.
/// </remarks>
internal abstract class SessionConnection : SessionContext
{
    /// <summary>What a try returns when the socket must be waited for.</summary>
    protected const int WouldBlock = -1;

    /// <summary>What a try returns when the connection broke.</summary>
    protected const int Broken = -2;

    private const int TurnBytes = 256 * 1024;
    private const int LingerBytesMax = 1024 * 1024;

    private readonly HeldInput _held;
    private readonly ISessionOwner _owner;
    private readonly long _openedAtMs;
    private ClientSession _session = null!;
    private int _events;
    private int _heardIn;
    private int _lingered;
    private long _lastActiveMs;
    private bool _isReadable = true;
    private bool _isSendBlocked;
    private bool _isThrottled;
    private bool _isEnding;
    private bool _hasEnded;
    private bool _isClosing;
    private bool _isAborted;
    private bool _isLingering;
    private bool _isClosed;

    /// <param name="id">Unique in the process.</param>
    /// <param name="socket">Accepted and not blocking; owned from here on.</param>
    /// <param name="loop">The one that runs it.</param>
    /// <param name="owner">Who accepted or opened it.</param>
    protected SessionConnection(long id, Socket socket, SessionLoop loop, ISessionOwner owner)
        : base(id, new SessionOutput(loop.Buffers, owner.Options.OutputBytesSoft))
    {
        Socket = socket;
        Loop = loop;
        _owner = owner;
        _held = new HeldInput(loop.Buffers);
        Peer = socket.RemoteEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        Local = socket.LocalEndPoint ?? owner.Options.EndPoint;
        _openedAtMs = _lastActiveMs = loop.NowMs;
    }

    /// <summary>What happened to a connection, told to its loop from any thread.</summary>
    [Flags]
    internal enum Events
    {
        /// <summary>Nothing.</summary>
        None = 0,

        /// <summary>The session asked for <see cref="ClientSession.OnWake"/>.</summary>
        Woken = 1,

        /// <summary>Somebody closes it.</summary>
        Killed = 2,

        /// <summary>A receive is worth a try.</summary>
        Readable = 4,

        /// <summary>A send is worth a try.</summary>
        Writable = 8,

        /// <summary>The listener drains.</summary>
        Draining = 16,

        /// <summary>Its turn was over before its input was.</summary>
        Again = 32,

        /// <summary>The peer said no more, or the connection broke: behind what is there comes the end.</summary>
        Ending = 64,
    }

    /// <inheritdoc/>
    public override EndPoint Peer { get; }

    /// <inheritdoc/>
    public override EndPoint Local { get; }

    /// <inheritdoc/>
    public override TimeSpan Age => TimeSpan.FromMilliseconds(Math.Max(0, Loop.ClockMs() - _openedAtMs));

    /// <inheritdoc/>
    public override TimeSpan Idle =>
        TimeSpan.FromMilliseconds(Math.Max(0, Loop.ClockMs() - Volatile.Read(ref _lastActiveMs)));

    /// <inheritdoc/>
    public override int LoopIndex => Loop.Index;

    /// <inheritdoc/>
    public override long BufferBytes => _held.Capacity + Output.Capacity;

    /// <summary>Its session; null until its loop has made one. Any thread.</summary>
    public ClientSession? Session => Volatile.Read(ref _session);

    /// <summary>Whether only the peer's end is waited for.</summary>
    public bool IsLingering => _isLingering;

    /// <summary>Whether it is gone.</summary>
    protected bool IsClosed => _isClosed;

    /// <summary>Whether bytes are under way that <see cref="TrySend"/> counted as sent.</summary>
    protected virtual bool IsSending => false;

    /// <summary>The accepted socket.</summary>
    protected Socket Socket { get; }

    /// <summary>The one that runs it.</summary>
    protected SessionLoop Loop { get; }

    /// <inheritdoc/>
    public override void Wake() => Tell(Events.Woken);

    /// <inheritdoc/>
    public override void Kill() => Tell(Events.Killed);

    /// <inheritdoc/>
    public override void CloseAfterFlush() => _isClosing = true;

    /// <inheritdoc/>
    public override void Abort() => _isAborted = true;

    /// <summary>Has the loop look at this soon. Any thread.</summary>
    public void Tell(Events events)
    {
        if (Interlocked.Or(ref _events, (int)events) == 0) Loop.Post(this);
    }

    /// <summary>Makes the session; on the loop, before anything else.</summary>
    public void Open(ISessionFactory factory)
    {
        Volatile.Write(ref _session, factory.Create(this));
        Take(Events.None);
    }

    /// <summary>Does what was told. On the loop.</summary>
    public void TakeTold() => Take((Events)Interlocked.Exchange(ref _events, 0));

    /// <summary>Does what the system tells of its socket. On the loop.</summary>
    public void Hear(Events events)
    {
        if (_heardIn != Loop.Gathering.Window && !_owner.Options.IsToLeaf)
        {
            _heardIn = Loop.Gathering.Window;
            Loop.Gathering.Heard();
        }

        Take(events);
    }

    /// <summary>Does what these events ask for. On the loop; never throws what a session throws.</summary>
    public void Take(Events events)
    {
        if (_isClosed) return;
        try
        {
            if ((events & Events.Readable) != 0) _isReadable = true;
            if ((events & Events.Ending) != 0) _isEnding = true;
            if ((events & Events.Writable) != 0) _isSendBlocked = false;
            if ((events & Events.Draining) != 0) _isClosing = true;
            if ((events & Events.Killed) != 0) _isAborted = true;
            else if ((events & Events.Woken) != 0 && !_isLingering) _session.OnWake();
            if (_isLingering && !_isAborted) Linger();
            else Turn();
        }
        catch (Exception defect)
        {
            // A session's defect closes that session and reaches no other.
            _owner.ReportDefect(this, defect);
            Close();
        }
    }

    /// <summary>Closes what was idle or lingered for too long. On the loop.</summary>
    public void CheckAge(long nowMs, long lingerMs)
    {
        var idleMs = (long)_owner.Options.IdleTimeout.TotalMilliseconds;
        var age = nowMs - _lastActiveMs;
        var welcomeMs = (long)_owner.Options.WelcomeTimeout.TotalMilliseconds;
        if (_isLingering ? age >= lingerMs : idleMs > 0 && age >= idleMs && !_session.HasUnanswered) Close();
        else if (welcomeMs > 0 && !_session.IsWelcome && nowMs - _openedAtMs >= welcomeMs) Close();
        else if (!_isLingering && idleMs == 0 && _session.IsWelcome) Loop.Unwatch(this);
    }

    /// <summary>Closes now, without sending what is left. On the loop.</summary>
    public void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        _held.Clear();
        Output.Clear();
        Release();
        Socket.Dispose();
        Loop.Forget(this);
        _owner.Forget(this);
        try
        {
            _session?.OnClosed();
        }
        catch (Exception defect)
        {
            _owner.ReportDefect(this, defect);
        }
    }

    /// <summary>Receives what is there: bytes, 0 at the peer's end, or one of the negative results.</summary>
    protected abstract int TryReceive(Span<byte> buffer);

    /// <summary>Sends what the socket takes: bytes, or one of the negative results.</summary>
    protected abstract int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>Before the socket is closed.</summary>
    protected virtual void Release()
    {
    }

    private void Turn()
    {
        Flush();
        WriteMore();
        var received = 0;
        while (!_isClosed && !_isAborted && MayFeed())
        {
            if (_held.Length > 0 && _held.Length >= _session.BytesWanted && FeedHeld()) continue;
            if (_session.IsWaiting || _isClosing || !_isReadable || _hasEnded) break;
            if (received >= TurnBytes)
            {
                Tell(Events.Again);
                break;
            }

            received += Receive();
        }

        // What was written in parts may have been what the session waited for.
        if (WriteMore() && MayFeed() && (_held.Length > 0 || _isReadable)) Tell(Events.Again);
        Settle();
    }

    // What is too large for one write goes part by part, as long as the peer takes them.
    private bool WriteMore()
    {
        var written = 0;
        while (Output.Length == 0 && !_isAborted && !_isClosed && _session.HasMoreOutput)
        {
            if (written >= TurnBytes)
            {
                Tell(Events.Again);
                break;
            }

            _session.WriteMore();
            written += Output.Length;
            Flush();
        }

        return written > 0;
    }

    private bool MayFeed() => !_isThrottled && !_isClosing && !_session.IsWaiting;

    // Receives once and feeds it. Returns the bytes.
    private int Receive()
    {
        var wanted = _session.BytesWanted;
        var isDirect = _held.Length == 0 && wanted <= Loop.Input.Length;
        var buffer = isDirect ? Loop.Input.AsSpan() : _held.Room(wanted);
        var count = TryReceive(buffer);
        if (count <= 0)
        {
            if (count == 0) _hasEnded = true;
            else if (count == Broken) _isAborted = true;
            _isReadable = false;
            return 0;
        }

        // A short receive emptied the socket, and what comes later is told again; but an end that was told with the
        // bytes is not.
        if (count < buffer.Length && !_isEnding) _isReadable = false;
        _lastActiveMs = Loop.NowMs;
        Loop.CountReceived(count);
        if (!isDirect)
        {
            _held.Added(count);
            return count;
        }

        var used = Feed(buffer[..count]);
        if (used < count && !_isAborted) _held.Append(buffer[used..count], _session.BytesWanted);
        return count;
    }

    // Whether the session got ahead.
    private bool FeedHeld()
    {
        var used = Feed(_held.Bytes);
        _held.Consumed(used);
        return used > 0;
    }

    private int Feed(ReadOnlySpan<byte> input)
    {
        var total = 0;
        do
        {
            var used = _session.Consume(input[total..]);
            if ((uint)used > (uint)(input.Length - total))
                throw new InvalidOperationException($"A session consumed {used} of {input.Length - total} bytes.");
            total += used;
            Flush();
            if (used == 0) break;
        }
        while (!_isAborted && total < input.Length && MayFeed() && input.Length - total >= _session.BytesWanted);

        return total;
    }

    private void Flush()
    {
        if (Output.Length > 0 && !_isSendBlocked && !_isAborted)
        {
            var length = Output.Length;
            var sent = TrySend(Output.Unsent);
            if (sent == Broken) _isAborted = true;
            else _isSendBlocked = sent < length;
            if (sent > 0)
            {
                Output.Sent(sent);
                Loop.CountSent(sent);
            }
        }

        if (Output.Length == 0)
        {
            _isThrottled = false;
            return;
        }

        if (Output.IsFull) _isThrottled = true;
        if (Output.Length <= _owner.Options.OutputBytesMax) return;
        _owner.ReportSlow(this, Output.Length);
        _isAborted = true;
    }

    // Ends what has nothing more to do.
    private void Settle()
    {
        if (_isClosed) return;
        var tooLarge = _session.BytesWanted > _owner.Options.InputBytesMax;
        if (tooLarge) _owner.ReportTooLarge(this, _session.BytesWanted);
        if (_isAborted || tooLarge)
        {
            Close();
            return;
        }

        if (!_isClosing && !_hasEnded) return;
        if (Output.Length > 0 || IsSending || _session.HasUnanswered) return;
        if (_hasEnded || !TryShutdown()) Close();
        else Linger();
    }

    private bool TryShutdown()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was quicker.
            return false;
        }

        _isLingering = true;
        Loop.Watch(this);
        return true;
    }

    private void Linger()
    {
        while (_isReadable)
        {
            var count = TryReceive(Loop.Input);
            if (count == WouldBlock)
            {
                _isReadable = false;
                return;
            }

            _lingered += Math.Max(0, count);
            if (count > 0 && _lingered < LingerBytesMax) continue;
            Close();
            return;
        }
    }
}
