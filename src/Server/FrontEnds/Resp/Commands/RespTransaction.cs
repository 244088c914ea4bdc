using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// What MULTI collects. While a client has one, the session hands it every well-formed command that has not the flag
/// <see cref="RespFlags.RunsInMulti"/>, and answers QUEUED. Belongs to the connection's thread.
/// </summary>
internal sealed class RespTransaction
{
    /// <summary>Commands of one transaction, at most.</summary>
    public const int CommandsMax = 65_536;

    /// <summary>Bytes of their arguments, and 8 for each, at most.</summary>
    public const long BytesMax = 64L * 1024 * 1024;

    private readonly ICommandExecutor _executor;
    private readonly List<QueuedCommand> _commands = [];
    private long _bytes;

    /// <param name="executor">Knows the shards.</param>
    /// <param name="shard">The shard of the keys under WATCH; -1 when there are none.</param>
    public RespTransaction(ICommandExecutor executor, int shard)
    {
        _executor = executor;
        Shard = shard;
    }

    /// <summary>Whether a command could not be queued: EXEC answers EXECABORT.</summary>
    public bool IsSpoiled { get; private set; }

    /// <summary>The shard of all its keys; -1 while it has none.</summary>
    public int Shard { get; private set; }

    /// <summary>The commands, in order.</summary>
    public IReadOnlyList<QueuedCommand> Commands => _commands;

    /// <summary>How many.</summary>
    public int Count => _commands.Count;

    /// <summary>A command was unknown, of wrong arity, or not allowed.</summary>
    public void Spoil() => IsSpoiled = true;

    /// <summary>Copies a command. Answers it with QUEUED, or with an error when it cannot be part of one.</summary>
    public void Queue(RespCommand command, in RespArgs args, RespReply reply)
    {
        if (!Fits(command, args))
        {
            reply.Error(RespErrors.CrossSlot);
            Spoil();
            return;
        }

        _bytes += args.TotalBytes + ((long)args.Count * ArgSpan.Bytes);
        if (_commands.Count == CommandsMax || _bytes > BytesMax)
        {
            reply.Error($"ERR a transaction has at most {CommandsMax} commands of together {BytesMax} bytes");
            Spoil();
            return;
        }

        _commands.Add(new QueuedCommand(command, args));
        reply.Queued();
    }

    /// <summary>Whether all keys are of the transaction's shard, which the first one decides.</summary>
    private bool Fits(RespCommand command, in RespArgs args)
    {
        if (_executor.Shards == 1 || command.Keys.First == 0) return true;
        for (var at = command.Keys.First; at <= command.Keys.LastOf(args.Count); at += command.Keys.Step)
        {
            var shard = _executor.ShardOf(args[at]);
            if (Shard < 0) Shard = shard;
            if (shard != Shard) return false;
        }

        return true;
    }
}

/// <summary>A command that waits for EXEC, with its own copy of the arguments.</summary>
internal sealed class QueuedCommand
{
    private readonly byte[] _bytes;
    private readonly ArgSpan[] _spans;

    public QueuedCommand(RespCommand command, in RespArgs args)
    {
        Command = command;
        _bytes = new byte[args.TotalBytes];
        _spans = new ArgSpan[args.Count];
        args.CopyTo(_bytes, _spans);
    }

    /// <summary>Its row.</summary>
    public RespCommand Command { get; }

    /// <summary>Its arguments.</summary>
    public RespArgs Args => new(_bytes, _spans);
}

/// <summary>What a read of a key told of its history.</summary>
/// <param name="IsLive">Whether there was an entry.</param>
/// <param name="Version">Its version, or that of the deletion that the store still remembers; 0 for none.</param>
internal readonly record struct KeyState(bool IsLive, ulong Version)
{
    /// <summary>The state that a read found.</summary>
    public KeyState(in CommandOutcome outcome)
        : this(outcome.Status == StatusCode.Ok, outcome.Version)
    {
    }

    /// <summary>
    /// Whether the key was left alone since an earlier read. A deletion that was forgotten meanwhile is no change; one
    /// that is newer is, since what it deleted came in between.
    /// </summary>
    public bool IsSince(in KeyState earlier) =>
        IsLive == earlier.IsLive && (IsLive ? Version == earlier.Version : Version <= earlier.Version);
}

/// <summary>Keys under WATCH with the state they had. Belongs to one command at a time.</summary>
internal sealed class WatchedKeys
{
    /// <summary>Keys one client may watch: what one transaction can check.</summary>
    public const int KeysMax = TransactCodec.PathsMax;

    /// <summary>Key and state. The first reading counts.</summary>
    public Dictionary<byte[], KeyState> States { get; } = new(ByteStrings.Instance);

    /// <summary>The shard of all of them; -1 while there are none.</summary>
    public int Shard { get; set; } = -1;
}
