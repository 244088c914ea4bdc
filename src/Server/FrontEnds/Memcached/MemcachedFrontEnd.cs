using System.Net;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Sockets;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>What the memcached front end is made with.</summary>
internal sealed record MemcachedOptions
{
    /// <summary>limits.value.</summary>
    public required int ValueBytesMax { get; init; }

    /// <summary>limits.answers.</summary>
    public long AnswerBytesMax { get; init; } = 64L << 20;

    /// <summary>memcached.output.</summary>
    public int OutputBytesMax { get; init; } = 1 << 30;

    /// <summary>auth.token; empty for none.</summary>
    public string Token { get; init; } = "";

    /// <summary>memcached.connections.</summary>
    public int ConnectionsMax { get; init; }

    /// <summary>memcached.session.</summary>
    public bool HasSessions { get; init; }

    /// <summary>leaf.memory; 0 for a router.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Loops that serve.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.None, 0);
}

/// <summary>
/// The memcached protocol before an executor: makes the sessions, and has what they share. Thread-safe.
/// </summary>
internal sealed class MemcachedFrontEnd : ISessionFactory, IDisposable
{
    private readonly Func<CancellationToken, ValueTask<IReadOnlyList<StatsReply>>> _readLeaves;
    private readonly TimeProvider _time;
    private readonly long _startedTicks;
    private readonly MemcachedOptions _options;
    private readonly FlushSchedule _schedule;
    private readonly ServerCommands _server;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly HashSet<MemcachedSession> _sessions = [];
    private readonly long[] _closed = new long[MemcachedCounters.Kinds];
    private readonly long[] _zero = new long[MemcachedCounters.Kinds];
    private long _opened;

    /// <param name="executor">What it stands before.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="readLeaves">Reads the statistics of the leaves that can be reached.</param>
    /// <param name="time">For delays and the uptime.</param>
    /// <param name="log">For defects.</param>
    public MemcachedFrontEnd(
        ICommandExecutor executor, MemcachedOptions options,
        Func<CancellationToken, ValueTask<IReadOnlyList<StatsReply>>> readLeaves, TimeProvider time, ILogger log)
    {
        Executor = executor;
        _options = options;
        _readLeaves = readLeaves;
        _time = time;
        _startedTicks = time.GetTimestamp();
        Token = new SharedToken(options.Token);
        _schedule = new FlushSchedule(executor, time, log);
        var calls = new EntryCalls(executor);
        _log = log;
        _server = new ServerCommands(calls, new StatsReport(this), _schedule);
        Runner = new CommandRunner(calls, _server, options, log);
    }

    /// <summary>What it stands before.</summary>
    public ICommandExecutor Executor { get; }

    /// <summary>Runs what may have to wait.</summary>
    public CommandRunner Runner { get; }

    /// <summary>What one connection executes by, and what runs its commands that may have to wait.</summary>
    public (ICommandExecutor Executor, CommandRunner Runner) Of(long connection)
    {
        var own = SessionExecutor.Of(Executor, _options.HasSessions, connection);
        return own == Executor
            ? (own, Runner)
            : (own, new CommandRunner(new EntryCalls(own), _server, _options, _log));
    }

    /// <summary>What clients must present.</summary>
    public SharedToken Token { get; }

    public int ValueBytesMax => _options.ValueBytesMax;

    public long AnswerBytesMax => _options.AnswerBytesMax;

    public int ConnectionsMax => _options.ConnectionsMax;

    public long MemoryBytes => _options.MemoryBytes;

    public int Threads => _options.Threads;

    public int Port => _options.EndPoint.Port;

    public string Address => _options.EndPoint.Address.ToString();

    public TimeSpan Uptime => _time.GetElapsedTime(_startedTicks);

    /// <summary>Sessions open now.</summary>
    public int Connections
    {
        get
        {
            lock (_gate) return _sessions.Count;
        }
    }

    /// <summary>Sessions since the start or the last reset.</summary>
    public long ConnectionsTotal => Interlocked.Read(ref _opened);

    /// <summary>Sessions open now, in the order they came.</summary>
    public IReadOnlyList<MemcachedSession> Sessions
    {
        get
        {
            lock (_gate) return [.. _sessions.OrderBy(session => session.Id)];
        }
    }

    /// <inheritdoc/>
    public ClientSession Create(SessionContext context)
    {
        var session = new MemcachedSession(context, this);
        Interlocked.Increment(ref _opened);
        lock (_gate) _sessions.Add(session);
        return session;
    }

    /// <summary>Keeps the counts of a session that is gone.</summary>
    public void OnClosed(MemcachedSession session)
    {
        lock (_gate)
        {
            if (_sessions.Remove(session)) session.Counters.AddTo(_closed);
        }
    }

    /// <summary>A counter of all sessions, since the last reset.</summary>
    public long Read(MemcachedCounter counter)
    {
        lock (_gate) return Sums()[(int)counter] - _zero[(int)counter];
    }

    /// <summary>A counter of all sessions, since the start.</summary>
    public long ReadTotal(MemcachedCounter counter)
    {
        lock (_gate) return Sums()[(int)counter];
    }

    /// <summary>Counts from 0 again.</summary>
    public void ResetCounters()
    {
        lock (_gate) Sums().CopyTo(_zero, 0);
    }

    /// <summary>Statistics of the leaves that can be reached.</summary>
    public ValueTask<IReadOnlyList<StatsReply>> ReadLeavesAsync(CancellationToken cancel) => _readLeaves(cancel);

    /// <inheritdoc/>
    public void Dispose() => _schedule.Dispose();

    private long[] Sums()
    {
        var sums = new long[MemcachedCounters.Kinds];
        _closed.CopyTo(sums, 0);
        foreach (var session in _sessions) session.Counters.AddTo(sums);
        return sums;
    }
}
