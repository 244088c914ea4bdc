using System.Collections.Concurrent;
using Hedgerow.Server.Config;
using Hedgerow.Server.FrontEnds.Commands;
using Hedgerow.Server.FrontEnds.Resp.Commands;
using Hedgerow.Server.FrontEnds.Native;
using Hedgerow.Server.FrontEnds.Resp.Search;
using Hedgerow.Server.FrontEnds.Sockets;
using Hedgerow.Server.Hosting;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What all RESP connections of a node share, and what makes their sessions. Thread-safe.</summary>
internal sealed partial class RespServer : ISessionFactory
{
    private readonly ConcurrentDictionary<long, RespSession> _sessions = new();
    private readonly ILogger _log;
    private long _accepted;
    private long _unknown;

    /// <summary>One with channels of its own.</summary>
    public RespServer(
        ICommandExecutor executor, ServerSettings settings, INode? node, TimeProvider time, ILogger log)
        : this(executor, settings, node, new KeyspaceNotifications(new PubSubHub()), time, log)
    {
    }

    /// <param name="executor">Runs operations on entries.</param>
    /// <param name="settings">Of the node.</param>
    /// <param name="node">What stands behind it; null in tests of commands alone.</param>
    /// <param name="notifications">What is said of keys, on the hub of all channels.</param>
    /// <param name="time">For uptime and TIME.</param>
    /// <param name="log">Of defects and slow clients.</param>
    public RespServer(
        ICommandExecutor executor, ServerSettings settings, INode? node, KeyspaceNotifications notifications,
        TimeProvider time, ILogger log)
    {
        Executor = executor;
        Settings = settings;
        Node = node;
        Time = time;
        _log = log;
        StartedAt = time.GetTimestamp();
        Indexes = new IndexCatalog(executor, time);
        Cursors = new RowCursors(time);
        Access = new SharedToken(settings.AuthToken);
        Notifications = notifications;
        Notifications.Classes = EventLetters.Parse(settings.RespNotify) ?? EventClasses.None;
        MessageBytesMax = settings.RespListenerBytesMax;
        Limits = new RespLimits { CommandBytesMax = CommandBytes(settings) };
    }

    /// <summary>Runs operations on entries.</summary>
    public ICommandExecutor Executor { get; }

    /// <summary>Of the node.</summary>
    public ServerSettings Settings { get; }

    /// <summary>What stands behind it; null in tests of commands alone.</summary>
    public INode? Node { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>When it was made, as a timestamp of the clock.</summary>
    public long StartedAt { get; }

    /// <summary>What AUTH must present.</summary>
    public SharedToken Access { get; }

    /// <summary>Bounds of commands.</summary>
    public RespLimits Limits { get; }

    /// <summary>Channels.</summary>
    public PubSubHub Hub => Notifications.Hub;

    /// <summary>What is said of keys.</summary>
    public KeyspaceNotifications Notifications { get; }

    /// <summary>Buffers of calls.</summary>
    public BufferPool Buffers { get; } = new();

    /// <summary>Commands that look at so much that they leave their loop.</summary>
    public LongReads LongReads { get; } = new();

    /// <summary>Counts of commands.</summary>
    public CommandStatistics Counters { get; } = new();

    /// <summary>The indexes that search commands name.</summary>
    public IndexCatalog Indexes { get; }

    /// <summary>Rows of aggregations that clients read in parts.</summary>
    public RowCursors Cursors { get; }

    /// <summary>Loops that serve the node's text connections; 0 in tests of commands alone.</summary>
    public int LoopCount => Loops?.Count ?? 0;

    /// <summary>The loops; null in tests of commands alone.</summary>
    public SessionLoops? Loops { get; init; }

    /// <summary>Bytes of an answer that is put together of many entries.</summary>
    public int AnswerBytesMax => Settings.RespOutputBytesMax;

    /// <summary>Bytes of messages a listener may leave untaken.</summary>
    public long MessageBytesMax { get; }

    /// <summary>Distinguishes this run of the server.</summary>
    public string RunId { get; } = Guid.NewGuid().ToString("N") + "00000000";

    /// <summary>Connections open now, in no order.</summary>
    public IEnumerable<RespSession> Sessions => _sessions.Values;

    /// <summary>Connections open now.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Connections since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Commands that have no row.</summary>
    public long UnknownCommands => Volatile.Read(ref _unknown);

    /// <summary>Bytes of all arguments of one command: the largest value, its key and room for options.</summary>
    public static long CommandBytes(ServerSettings settings) =>
        Math.Max(64L << 20, settings.ValueBytesMax + (1L << 20));

    /// <inheritdoc/>
    public ClientSession Create(SessionContext context) => new RespSession(context, this);

    /// <summary>The open connection with an id; null when there is none.</summary>
    public RespSession? Find(long id) => _sessions.GetValueOrDefault(id);

    /// <summary>Bytes received on text connections.</summary>
    public long BytesReceived() => Loops?.BytesReceived ?? 0;

    /// <summary>Bytes sent on text connections.</summary>
    public long BytesSent() => Loops?.BytesSent ?? 0;

    /// <summary>A connection is open.</summary>
    public void Opened(RespSession session)
    {
        Interlocked.Increment(ref _accepted);
        _sessions[session.Id] = session;
    }

    /// <summary>A connection is gone.</summary>
    public void Closed(RespSession session) => _sessions.TryRemove(session.Id, out _);

    /// <summary>Somebody asked for what is no command.</summary>
    public void CountUnknown() => Interlocked.Increment(ref _unknown);

    /// <summary>A command threw.</summary>
    public void ReportDefect(RespCommand command, Exception defect) => LogDefect(_log, command.FullName, defect);

    /// <summary>A listener left too much untaken.</summary>
    public void ReportSlowListener(RespSession session, long bytes) =>
        LogSlowListener(_log, session.Peer, bytes, MessageBytesMax);

    [LoggerMessage(Level = LogLevel.Error, Message = "The command {Command} failed in a way nobody foresaw.")]
    private static partial void LogDefect(ILogger logger, string command, Exception defect);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Closed {Peer}: it listens to channels and left {Bytes} bytes of messages untaken; "
        + "resp.messages allows {Allowed}.")]
    private static partial void LogSlowListener(ILogger logger, System.Net.EndPoint peer, long bytes, long allowed);
}
