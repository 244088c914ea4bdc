namespace Hedgerow.Server.FrontEnds.Resp;

/// <summary>
/// What MULTI collects. While a client has one, the session hands it every well-formed command that has not the flag
/// <see cref="RespFlags.RunsInMulti"/>, and answers QUEUED.
/// </summary>
internal abstract class RespTransaction
{
    /// <summary>Whether a command could not be queued: EXEC answers EXECABORT.</summary>
    public bool IsSpoiled { get; private set; }

    /// <summary>Commands queued so far.</summary>
    public abstract int Count { get; }

    /// <summary>A command was unknown, of wrong arity, or not allowed.</summary>
    public void Spoil() => IsSpoiled = true;

    /// <summary>Copies a command. Answers it with QUEUED, or with an error when it cannot be part of one.</summary>
    public abstract void Queue(RespCommand command, in RespArgs args, RespReply reply);
}

/// <summary>Keys under WATCH with the versions they had.</summary>
internal sealed class WatchedKeys
{
}
