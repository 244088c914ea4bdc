using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>What a translation came to.</summary>
internal enum Translation
{
    /// <summary>Run the cache command.</summary>
    Send,

    /// <summary>The answer is written already: an error of syntax, or nothing to do.</summary>
    Replied,

    /// <summary>These options need several steps: the row's <see cref="RespCommand.Run"/> does it.</summary>
    Run,
}

/// <summary>
/// Writes the answer to one cache command.
/// </summary>
/// <param name="reply">Takes exactly one value.</param>
/// <param name="number">What the translation left in <see cref="OneCommand.Number"/>.</param>
/// <param name="outcome">
/// How it ended: Ok, NotFound, Exists or VersionMismatch. Other statuses never come here: the session answers them, or
/// of NotANumber lets the row's <see cref="RespCommand.Run"/> say what was wrong, if it has one.
/// </param>
/// <param name="value">What the operation appended: a value, or an increment's result as decimal text.</param>
/// <returns>Whether something changed: then <see cref="OneCommand.Event"/> is published.</returns>
internal delegate bool RespAnswer(
    RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value);

/// <summary>A command that became one cache command, and how its answer looks.</summary>
internal ref struct OneCommand
{
    /// <summary>The operation. Its path is hashed by the session.</summary>
    public CacheCommand Command;

    /// <summary>Flags of the frame where it has to travel: ReturnEntry, FromOwner.</summary>
    public FrameFlags Flags;

    /// <summary>Writes the answer; with <see cref="ValueIsReply"/>, only where the status is not Ok.</summary>
    public RespAnswer Answer;

    /// <summary>One number for <see cref="Answer"/>, which keeps nothing else: the time now, a count.</summary>
    public long Number;

    /// <summary>The value, as a bulk string, is the answer when the status is Ok: copied once.</summary>
    public bool ValueIsReply;

    /// <summary>What keyspace notifications say when something changed; null for reads.</summary>
    public RespEvent? Event;
}

/// <summary>Classes of keyspace notifications, with the letters of notify-keyspace-events.</summary>
[Flags]
internal enum EventClasses
{
    None = 0,

    /// <summary>K: channels __keyspace@0__:KEY.</summary>
    Keyspace = 1 << 0,

    /// <summary>E: channels __keyevent@0__:EVENT.</summary>
    Keyevent = 1 << 1,

    /// <summary>g: DEL, EXPIRE, RENAME.</summary>
    Generic = 1 << 2,

    /// <summary>$: strings.</summary>
    String = 1 << 3,

    /// <summary>h: hashes.</summary>
    Hash = 1 << 4,

    /// <summary>x: expired.</summary>
    Expired = 1 << 5,

    /// <summary>e: evicted.</summary>
    Evicted = 1 << 6,

    /// <summary>n: new keys.</summary>
    New = 1 << 7,

    /// <summary>m: misses.</summary>
    Miss = 1 << 8,

    /// <summary>l: lists. There are none here; the letter is taken all the same, as are the next ones.</summary>
    List = 1 << 9,

    /// <summary>s: sets.</summary>
    Set = 1 << 10,

    /// <summary>z: sorted sets.</summary>
    SortedSet = 1 << 11,

    /// <summary>t: streams.</summary>
    Stream = 1 << 12,

    /// <summary>d: modules' own types.</summary>
    Module = 1 << 13,
}

/// <summary>Something that happened to a key, as notifications name it.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Name">Its name, such as <c>set</c>.</param>
/// <param name="Next">What happened with it, such as <c>expire</c> after a SET with EX; null for nothing.</param>
internal sealed record RespEvent(EventClasses Class, string Name, RespEvent? Next = null)
{
    /// <summary>The name in UTF-8.</summary>
    public byte[] NameBytes { get; } = System.Text.Encoding.UTF8.GetBytes(Name);
}
