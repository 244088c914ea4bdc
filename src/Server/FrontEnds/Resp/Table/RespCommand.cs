using Hedgerow.Server.FrontEnds.Commands;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What a command does and where it may run: Redis's flags of the same names.</summary>
[Flags]
internal enum RespFlags
{
    None = 0,

    /// <summary>May change an entry.</summary>
    Write = 1 << 0,

    /// <summary>Changes nothing.</summary>
    ReadOnly = 1 << 1,

    /// <summary>May need more memory.</summary>
    DenyOom = 1 << 2,

    /// <summary>For operators.</summary>
    Admin = 1 << 3,

    /// <summary>About channels.</summary>
    PubSub = 1 << 4,

    /// <summary>Not from scripts; there are none, clients are told all the same.</summary>
    NoScript = 1 << 5,

    /// <summary>Runs while data is loaded.</summary>
    Loading = 1 << 6,

    /// <summary>Runs on a stale replica.</summary>
    Stale = 1 << 7,

    /// <summary>Constant or logarithmic time.</summary>
    Fast = 1 << 8,

    /// <summary>Runs before AUTH.</summary>
    NoAuth = 1 << 9,

    /// <summary>Not inside MULTI.</summary>
    NoMulti = 1 << 10,

    /// <summary>Runs at once inside MULTI instead of being queued. Ours; Redis has it in code.</summary>
    RunsInMulti = 1 << 11,

    /// <summary>Runs for a RESP2 client that has subscribed. Ours; Redis has it in code.</summary>
    RunsSubscribed = 1 << 12,

    /// <summary>Of the category @dangerous without being for operators.</summary>
    Dangerous = 1 << 13,
}

/// <summary>Where a command's keys stand, as COMMAND reports it: positions count the name as 0.</summary>
/// <param name="First">The first key; 0: there are none.</param>
/// <param name="Last">The last; negative counts from the end.</param>
/// <param name="Step">From one to the next.</param>
internal readonly record struct RespKeys(int First, int Last, int Step)
{
    /// <summary>No keys.</summary>
    public static readonly RespKeys None;

    /// <summary>One key behind the name.</summary>
    public static readonly RespKeys One = new(1, 1, 1);

    /// <summary>Every argument is a key.</summary>
    public static readonly RespKeys All = new(1, -1, 1);

    /// <summary>Key and value in turn, as MSET has them.</summary>
    public static readonly RespKeys Pairs = new(1, -1, 2);

    /// <summary>Two keys behind the name.</summary>
    public static readonly RespKeys Two = new(1, 2, 1);

    /// <summary>One key behind a subcommand.</summary>
    public static readonly RespKeys Second = new(2, 2, 1);

    /// <summary>Position of the last key of a command of so many arguments; below First when there is none.</summary>
    public int LastOf(int count) => Last >= 0 ? Math.Min(Last, count - 1) : count + Last;
}

/// <summary>Answers at once, without the store or with what the process has: PING, HELLO, CLIENT, INFO.</summary>
internal delegate void RespNow(RespClient client, in RespArgs args, RespReply reply);

/// <summary>
/// Turns a command into one cache command. The view it leaves in <paramref name="one"/> may point into
/// <paramref name="args"/>; nothing is kept.
/// </summary>
internal delegate Translation RespOne(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one);

/// <summary>
/// Does a command that needs several steps. <paramref name="call"/> owns copies of the arguments and a reply of its
/// own; exactly one answer must be in it when the task is done. Completes synchronously when nothing has to be waited
/// for. Whatever it throws becomes an internal error of this command alone.
/// </summary>
internal delegate ValueTask RespRun(RespCall call);

/// <summary>One row of <see cref="RespTable"/>: everything that is known of a command.</summary>
internal sealed class RespCommand
{
    /// <summary>In lower case; a subcommand's is its own word only.</summary>
    public required string Name { get; init; }

    /// <summary>Arguments with the name: exactly so many, or at least so many where negative.</summary>
    public required int Arity { get; init; }

    /// <summary>What it does and where it may run.</summary>
    public required RespFlags Flags { get; init; }

    /// <summary>Where its keys stand.</summary>
    public RespKeys Keys { get; init; }

    /// <summary>Redis's group: string, hash, generic, connection, server, pubsub, transactions.</summary>
    public required string Group { get; init; }

    /// <summary>The Redis version that has it first.</summary>
    public required string Since { get; init; }

    /// <summary>What it does, in one sentence without a full stop.</summary>
    public required string Summary { get; init; }

    /// <summary>Where it behaves otherwise than Redis 7.0, and why; null where it does not.</summary>
    public string? Difference { get; init; }

    /// <summary>How it answers at once; null when it needs the store.</summary>
    public RespNow? Now { get; init; }

    /// <summary>How it becomes one cache command; null when it never does.</summary>
    public RespOne? One { get; init; }

    /// <summary>How it runs in steps; null when it never does.</summary>
    public RespRun? Run { get; init; }

    /// <summary>Its subcommands; without one of them it does nothing, unless <see cref="Now"/> is set.</summary>
    public IReadOnlyList<RespCommand> Subcommands { get; init; } = [];

    /// <summary>The container, for a subcommand. Set by the table.</summary>
    public RespCommand? Parent { get; set; }

    /// <summary>Its place in the table; counters are kept by it. Set by the table.</summary>
    public int Index { get; set; }

    /// <summary>Name as COMMAND shows it: <c>get</c>, <c>client|id</c>.</summary>
    public string FullName => Parent == null ? Name : Parent.Name + "|" + Name;

    /// <summary>Whether it may change an entry.</summary>
    public bool IsWrite => (Flags & RespFlags.Write) != 0;

    /// <summary>Whether so many arguments, the name counted, are right.</summary>
    public bool Takes(int count) => Arity >= 0 ? count == Arity : count >= -Arity;

    /// <summary>Whether it is no command as it stands: a container without one of its words.</summary>
    public bool NeedsSubcommand(int count) => Subcommands.Count > 0 && (Now == null || count > 1);

    /// <summary>What it may run beside, when it has so many arguments.</summary>
    public OrderClass OrderOf(int count)
    {
        // WATCH is neither read nor write: what is read behind it must not be older than what it saw.
        var isPlain = IsWrite || Has(RespFlags.ReadOnly);
        if (Keys.First == 0 || !isPlain) return Has(RespFlags.ReadOnly) ? OrderClass.ReadMany : OrderClass.Barrier;
        var hasOneKey = Keys.LastOf(count) - Keys.First < Keys.Step;
        if (IsWrite) return hasOneKey ? OrderClass.Write : OrderClass.Barrier;
        return hasOneKey ? OrderClass.Read : OrderClass.ReadMany;
    }

    /// <summary>Whether it has all of these flags.</summary>
    public bool Has(RespFlags flags) => (Flags & flags) == flags;
}
