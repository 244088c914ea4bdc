using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Sockets;

/// <summary>
/// One thread that runs the sessions of its connections. Other threads only <see cref="Post(Action)"/> and
/// <see cref="Adopt"/>: queues that it empties each time round. It sleeps in <see cref="Wait"/>, and is woken by a
/// signal only when it does: <c>_isAsleep</c> is set before the queues are looked at for the last time.
/// </summary>
internal abstract class SessionLoop : IDirectThread, IDisposable
{
    private const int InputBytes = 64 * 1024;
    private const long LingerMs = 2_000;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>What makes searches, indexing and merges on the same processor give way.</summary>
    private static readonly ThreadSlice Slice = new(ThreadSlice.OfSockets);

    [ThreadStatic]
    private static SessionLoop? _current;

    private readonly TimeProvider _time;
    private readonly long _ticksPerMs;
    private readonly ConcurrentQueue<SessionConnection> _posted = new();
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly HashSet<SessionConnection> _connections = [];
    private readonly HashSet<SessionConnection> _watched = [];
    private readonly List<SessionConnection> _told = [];
    private readonly Thread _thread;
    private ITimer? _timer;
    private long _received;
    private long _sent;
    private int _isAsleep;
    private int _count;
    private volatile bool _isStopped;

    /// <param name="index">From 0.</param>
    /// <param name="time">For ages.</param>
    protected SessionLoop(int index, TimeProvider time)
    {
        Index = index;
        _time = time;
        _ticksPerMs = Math.Max(1, time.TimestampFrequency / 1_000);
        Gathering = new EventGathering(time.TimestampFrequency);
        ReadClock();
        _thread = new Thread(Run) { IsBackground = true, Name = $"hedgerow-loop-{index}" };
    }

    /// <summary>The loop that runs the calling thread; null on any other.</summary>
    public static SessionLoop? Current => _current;

    /// <summary>Which it is.</summary>
    public int Index { get; }

    /// <summary>Milliseconds of a clock that only goes forward, read once each time round.</summary>
    public long NowMs { get; private set; }

    /// <inheritdoc/>
    public long NowTicks { get; private set; }

    /// <summary>Where a connection without held bytes receives; valid until the session returns.</summary>
    public byte[] Input { get; } = GC.AllocateUninitializedArray<byte>(InputBytes, pinned: true);

    /// <summary>Whether it may hold up many clients for some microseconds, to hear them together.</summary>
    public bool Gathers { get; set; }

    /// <summary>Who was heard from lately. On the loop.</summary>
    public EventGathering Gathering { get; }

    /// <summary>Its thread's buffers.</summary>
    public SessionBuffers Buffers { get; } = new();

    /// <summary>Connections it runs or was given. Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes received since the start. Any thread.</summary>
    public long BytesReceived => Volatile.Read(ref _received);

    /// <summary>Bytes sent since the start. Any thread.</summary>
    public long BytesSent => Volatile.Read(ref _sent);

    /// <summary>Begins to run.</summary>
    public void Start() => _thread.Start();

    /// <summary>The clock of <see cref="NowMs"/>, read now. Any thread.</summary>
    public long ClockMs() => _time.GetTimestamp() / _ticksPerMs;

    /// <summary>Has a connection's events taken soon. Any thread.</summary>
    public void Post(SessionConnection connection)
    {
        if (_current == this)
        {
            _told.Add(connection);
            return;
        }

        _posted.Enqueue(connection);
        SignalIfAsleep();
    }

    /// <inheritdoc/>
    public void Post(Action action)
    {
        _actions.Enqueue(action);
        SignalIfAsleep();
    }

    /// <summary>
    /// Connects a socket that is to be adopted next, as far as this kind of loop needs it; the rest shows as an event.
    /// Any thread.
    /// </summary>
    /// <exception cref="SocketException">It can't be connected.</exception>
    public virtual async ValueTask ConnectAsync(Socket socket, IPEndPoint endPoint, CancellationToken cancel)
    {
        await socket.ConnectAsync(endPoint, cancel);
        socket.Blocking = false;
    }

    /// <summary>Takes a connection in. Any thread.</summary>
    public void Adopt(Socket socket, long id, ISessionOwner owner, ISessionFactory factory)
    {
        Interlocked.Increment(ref _count);
        Post(() => Open(socket, id, owner, factory));
    }

    /// <summary>The connection is closed. On the loop.</summary>
    public void Forget(SessionConnection connection)
    {
        _watched.Remove(connection);
        if (_connections.Remove(connection)) Interlocked.Decrement(ref _count);
    }

    /// <summary>Has a connection's age looked at from now on. On the loop.</summary>
    public void Watch(SessionConnection connection)
    {
        _watched.Add(connection);
        _timer ??= _time.CreateTimer(
            static loop => ((SessionLoop)loop!).PostAgeCheck(), this, Tick, Tick);
    }

    /// <summary>Its age no longer matters. On the loop.</summary>
    public void Unwatch(SessionConnection connection) => _watched.Remove(connection);

    /// <summary>Adds to <see cref="BytesReceived"/>. On the loop.</summary>
    public void CountReceived(int bytes) => _received += bytes;

    /// <summary>Adds to <see cref="BytesSent"/>. On the loop.</summary>
    public void CountSent(int bytes) => _sent += bytes;

    /// <summary>Closes every connection, stops the thread and waits for it.</summary>
    public void Dispose()
    {
        if (_isStopped) return;
        _isStopped = true;
        SignalIfAsleep();
        if (_thread.IsAlive) _thread.Join();
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes the connection of an accepted socket.</summary>
    protected abstract SessionConnection Connect(Socket socket, long id, ISessionOwner owner);

    /// <summary>Takes the events that are there, and waits for some if it may.</summary>
    protected abstract void Wait(bool mayBlock);

    /// <summary>Ends a <see cref="Wait"/>. Any thread.</summary>
    protected abstract void Signal();

    /// <summary>After the thread ended.</summary>
    protected virtual void Dispose(bool disposing) => _timer?.Dispose();

    /// <summary>Ticks of <see cref="NowTicks"/>'s clock since the last wait was over.</summary>
    protected long TicksAwake => _time.GetTimestamp() - NowTicks;

    /// <summary>To be called when a wait is over, before its events are taken.</summary>
    protected void Awake()
    {
        Volatile.Write(ref _isAsleep, 0);
        ReadClock();
        Gathering.Woke(NowTicks);
    }

    private void Run()
    {
        _current = this;
        Slice.Take();
        while (!_isStopped)
        {
            TakePosted();
            Interlocked.Exchange(ref _isAsleep, 1);
            Wait(_told.Count == 0 && _posted.IsEmpty && _actions.IsEmpty && !_isStopped);
        }

        TakePosted();
        foreach (var connection in _connections.ToArray()) connection.Close();
    }

    // As many as were there at first: what a turn posts again waits until the sockets were looked at. But what those
    // turns wrote to other connections, such as requests to leaves, is sent before.
    private void TakePosted()
    {
        while (_actions.TryDequeue(out var action)) action();
        if (!_posted.IsEmpty)
        {
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var connection); left--)
                connection.TakeTold();
        }

        TakeTold();
        TakeTold();
    }

    private void TakeTold()
    {
        var count = _told.Count;
        if (count == 0) return;
        for (var i = 0; i < count; i++) _told[i].TakeTold();
        _told.RemoveRange(0, count);
    }

    private void SignalIfAsleep()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0) Signal();
    }

    private void Open(Socket socket, long id, ISessionOwner owner, ISessionFactory factory)
    {
        SessionConnection connection;
        try
        {
            connection = Connect(socket, id, owner);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // Closed by its peer before it was taken in, or no descriptor is left to watch it with.
            Interlocked.Decrement(ref _count);
            socket.Dispose();
            owner.Lost(e);
            return;
        }

        _connections.Add(connection);
        owner.Enter(connection);
        if (owner.Options.IdleTimeout > TimeSpan.Zero || owner.Options.WelcomeTimeout > TimeSpan.Zero)
            Watch(connection);
        connection.Open(factory);
    }

    private void PostAgeCheck() => Post(CheckAges);

    private void ReadClock()
    {
        NowTicks = _time.GetTimestamp();
        NowMs = NowTicks / _ticksPerMs;
    }

    private void CheckAges()
    {
        ReadClock();
        foreach (var connection in _watched.ToArray()) connection.CheckAge(NowMs, LingerMs);
        if (_watched.Count > 0) return;
        _timer?.Dispose();
        _timer = null;
    }
}
