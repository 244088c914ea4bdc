using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What CLIENT REPLY asked for.</summary>
internal enum ReplyMode
{
    /// <summary>Every command is answered.</summary>
    On,

    /// <summary>None is.</summary>
    Off,

    /// <summary>The next one is not.</summary>
    SkipNext,
}

/// <summary>
/// What the server knows of one connection: protocol, name, rights, transaction. Belongs to the connection's loop
/// thread; a <see cref="RespCall"/> that waits elsewhere may change it only while nothing else of the connection runs.
/// </summary>
internal sealed class RespClient
{
    private ReplyMode _replies;
    private bool _isRestricted;
    private RespTransaction? _transaction;
    private int _protocol = 2;

    /// <param name="server">What all connections share.</param>
    /// <param name="session">Its connection; null in tests of commands alone.</param>
    /// <param name="id">Grows with every connection.</param>
    public RespClient(RespServer server, RespSession? session, long id)
    {
        Server = server;
        Session = session;
        Id = id;
        Executor = SessionExecutor.Of(server.Executor, server.Settings.RespSession, id);
        _isRestricted = server.Access.IsSet;
        Changed();
    }

    /// <summary>What all connections share.</summary>
    public RespServer Server { get; }

    /// <summary>Its connection; null in tests of commands alone.</summary>
    public RespSession? Session { get; }

    /// <summary>Runs operations on entries.</summary>
    public ICommandExecutor Executor { get; }

    /// <summary>Grows by one with every connection; CLIENT ID.</summary>
    public long Id { get; }

    /// <summary>Whether nothing of its state decides about a command: the common case.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>2 or 3.</summary>
    public int Protocol
    {
        get => _protocol;
        set
        {
            _protocol = value;
            Changed();
        }
    }

    /// <summary>Whether AUTH succeeded, or is not asked for.</summary>
    public bool IsAuthenticated
    {
        get => !_isRestricted;
        set
        {
            _isRestricted = !value;
            Changed();
            Session?.RightsChanged();
        }
    }

    /// <summary>CLIENT REPLY.</summary>
    public ReplyMode Replies
    {
        get => _replies;
        set
        {
            _replies = value;
            Changed();
        }
    }

    /// <summary>Whether the command that runs now is not answered.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>CLIENT SETNAME; empty for none.</summary>
    public string Name { get; set; } = "";

    /// <summary>CLIENT SETINFO LIB-NAME.</summary>
    public string LibraryName { get; set; } = "";

    /// <summary>CLIENT SETINFO LIB-VER.</summary>
    public string LibraryVersion { get; set; } = "";

    /// <summary>CLIENT NO-EVICT ON: a flag that CLIENT LIST shows.</summary>
    public bool IsNoEvict { get; set; }

    /// <summary>CLIENT NO-TOUCH ON: a flag that CLIENT LIST shows.</summary>
    public bool IsNoTouch { get; set; }

    /// <summary>The last command, for CLIENT LIST.</summary>
    public RespCommand? LastCommand { get; set; }

    /// <summary>The transaction that MULTI began; null outside of one.</summary>
    public RespTransaction? Transaction
    {
        get => _transaction;
        set
        {
            _transaction = value;
            Changed();
        }
    }

    /// <summary>What WATCH has seen; null when nothing is watched.</summary>
    public WatchedKeys? Watched { get; set; }

    /// <summary>
    /// Whether a read has to be the owner's: what a client that watches reads decides what its transaction writes, and
    /// a replica that is behind the watched version would not be found out.
    /// </summary>
    public bool ReadsFromOwner(Opcode opcode) =>
        Watched is not null && opcode is Opcode.Get or Opcode.Head or Opcode.FieldGet;

    /// <summary>Names it listens to, of each kind.</summary>
    public HashSet<byte[]>[] Subscriptions { get; } =
        [new(ByteStrings.Instance), new(ByteStrings.Instance), new(ByteStrings.Instance)];

    /// <summary>Channels and patterns it listens to: what SUBSCRIBE answers.</summary>
    public int ChannelCount =>
        Subscriptions[(int)SubscriptionKind.Channel].Count + Subscriptions[(int)SubscriptionKind.Pattern].Count;

    /// <summary>Whether it may only change subscriptions: a RESP2 client that has some.</summary>
    public bool IsListening =>
        _protocol == 2 && (ChannelCount > 0 || Subscriptions[(int)SubscriptionKind.Shard].Count > 0);

    /// <summary>Subscriptions changed.</summary>
    public void SubscriptionsChanged() => Changed();

    /// <summary>A command begins; whether it is answered is settled now.</summary>
    public void BeginSilence()
    {
        IsSilent = _replies != ReplyMode.On;
        if (_replies == ReplyMode.SkipNext) Replies = ReplyMode.On;
    }

    /// <summary>A command ended. True: what it answered must not be sent.</summary>
    public bool EndSilence(RespCommand? command)
    {
        var isSilent = command?.FullName == "client|reply" ? _replies != ReplyMode.On : IsSilent;
        IsSilent = false;
        return isSilent;
    }

    /// <summary>Tells subscribers of keyspace notifications; costs a test of a field when there are none.</summary>
    public void Notify(RespEvent what, ReadOnlySpan<byte> key) => Server.Notifications.Publish(what, key);

    /// <summary>Writes the answer to one cache command.</summary>
    /// <returns>Whether something changed.</returns>
    public static bool Answer(
        RespReply reply, bool valueIsReply, RespAnswer answer, long number, in CommandOutcome outcome,
        ReadOnlySpan<byte> value)
    {
        switch (outcome.Status)
        {
            case StatusCode.Ok when valueIsReply && outcome.Kind == EntryKind.Value:
                reply.Bulk(value);
                return true;
            case StatusCode.Ok when valueIsReply:
                reply.Error(RespErrors.WrongType);
                return false;
            case StatusCode.Ok or StatusCode.NotFound or StatusCode.Exists or StatusCode.VersionMismatch:
                return answer(reply, number, outcome, value);
            default:
                RespErrors.WriteFailure(reply, outcome.Status, value);
                return false;
        }
    }

    private void Changed() =>
        IsPlain = !_isRestricted && _transaction == null && _replies == ReplyMode.On && !IsListening;
}
