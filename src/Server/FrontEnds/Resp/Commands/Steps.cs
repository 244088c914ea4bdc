using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>
/// What the commands of several steps have in common. Each is a loop: read from the owner, compute, write on the
/// condition that nothing came between, and again if something did.
/// </summary>
internal static class Steps
{
    /// <summary>
    /// Rounds of one loop. Each lost round is another client's write that succeeded, so 64 in a row is contention that
    /// the client should know of.
    /// </summary>
    public const int RoundsMax = 64;

    /// <summary>Whether an operation ended in a way that no command expects; the answer is written then.</summary>
    public static bool Failed(RespCall call, in EntryResult result)
    {
        if (result.Status is StatusCode.Ok or StatusCode.NotFound or StatusCode.Exists or StatusCode.VersionMismatch)
            return false;
        RespErrors.WriteFailure(call.Reply, result.Status, result.Value);
        return true;
    }

    /// <summary>As <see cref="Failed"/>, and also when there is an entry that is not a plain value.</summary>
    public static bool FailedOrFields(RespCall call, in EntryResult result)
    {
        if (Failed(call, result)) return true;
        if (result.Status != StatusCode.Ok || result.Outcome.Kind == EntryKind.Value) return false;
        call.Reply.Error(RespErrors.WrongType);
        return true;
    }

    /// <summary>As <see cref="Failed"/>, and also when there is an entry that is not a map of fields.</summary>
    public static bool FailedOrValue(RespCall call, in EntryResult result)
    {
        if (Failed(call, result)) return true;
        if (result.Status != StatusCode.Ok || result.Outcome.Kind != EntryKind.Value) return false;
        call.Reply.Error(RespErrors.WrongType);
        return true;
    }

    /// <summary>Reads an entry from the owner, for a write that depends on it.</summary>
    public static ValueTask<EntryResult> Read(RespCall call, int keyAt) =>
        call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[keyAt] }, FrameFlags.FromOwner);

    /// <summary>As <see cref="Read"/> without the value.</summary>
    public static ValueTask<EntryResult> Head(RespCall call, int keyAt) =>
        call.SendAsync(new CacheCommand { Opcode = Opcode.Head, Path = call[keyAt] }, FrameFlags.FromOwner);

    /// <summary>
    /// Stores a plain value where <paramref name="read"/> still stands, or where it found nothing, still nothing. The
    /// outcome is Ok, or one after which to read again: see <see cref="Lost"/>.
    /// </summary>
    public static ValueTask<EntryResult> Store(
        RespCall call, int keyAt, in EntryResult read, ReadOnlySpan<byte> value, long expiresAtMs)
    {
        var isNew = read.Status == StatusCode.NotFound;
        return call.SendAsync(new CacheCommand
        {
            Opcode = isNew ? Opcode.Add : Opcode.CompareAndSet,
            Path = call[keyAt],
            Value = value,
            EntryFlags = isNew ? 0 : read.Outcome.EntryFlags,
            ExpiresAtMs = expiresAtMs,
            CompareVersion = isNew ? 0 : read.Outcome.Version,
        });
    }

    /// <summary>Whether a conditional write found that another came between.</summary>
    public static bool Lost(in EntryResult written) => written.Status != StatusCode.Ok;

    /// <summary>
    /// Whether an answer has more bytes than a client may leave untaken; then that is the answer. For what becomes
    /// large by many keys: a key that is named a million times would fill the memory.
    /// </summary>
    public static bool IsTooMuch(RespCall call, long bytes)
    {
        var most = call.Client.Server.AnswerBytesMax;
        if (bytes <= most) return false;
        call.Restart();
        call.Reply.Error($"ERR the answer would have more than {most} bytes, which resp.output allows");
        return true;
    }

    /// <summary>Answers after <see cref="RoundsMax"/> lost rounds.</summary>
    public static void GiveUp(RespCall call) => call.Reply.Error(
        $"TRYAGAIN other clients changed the key {RoundsMax} times while the command ran; nothing was done");
}
