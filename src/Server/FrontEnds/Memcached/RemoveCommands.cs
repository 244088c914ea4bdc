using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>delete and md: removing, marking stale, and emptying. Thread-safe.</summary>
internal sealed class RemoveCommands(EntryCalls calls)
{
    /// <summary>Whether a request is one operation of the store.</summary>
    public static bool IsOneOperation(in EntryRequest request) =>
        !request.Invalidates && !request.RemovesValue && !(request.HasCompare && request.Compare == 0);

    /// <summary>The answer to an outcome; false for an error.</summary>
    public static bool TryPutAnswer(
        ref ReplyLine reply, in CommandLine line, in EntryRequest request, ReadOnlySpan<byte> key, StatusCode status)
    {
        var code = status switch
        {
            StatusCode.Ok => "HD"u8,
            StatusCode.NotFound => "NF"u8,
            StatusCode.VersionMismatch or StatusCode.VersionTooOld => "EX"u8,
            _ => default,
        };
        if (code.IsEmpty) return false;
        if (request.IsMeta) MetaReply.Plain(ref reply, code, line, request, key);
        else reply.Put(status == StatusCode.Ok ? "DELETED\r\n"u8 : "NOT_FOUND\r\n"u8);
        return true;
    }

    /// <summary>What the counters make of an outcome.</summary>
    public static CommandResult ResultOf(StatusCode status) =>
        status == StatusCode.Ok ? CommandResult.Hit : CommandResult.Miss;

    /// <summary>Runs one to its answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(PendingCommand command)
    {
        for (var tries = 0; tries < MemcachedLimits.TriesMax; tries++)
        {
            var outcome = IsOneOperation(command.Request)
                ? await calls.RunAsync(Delete(command), command.Value).ConfigureAwait(false)
                : await RewriteAsync(command).ConfigureAwait(false);
            if (outcome.Status == StatusCode.Cancelled) continue;
            Answer(command, outcome.Status);
            return;
        }

        command.Answer.Write(ErrorText.Busy);
    }

    private static EntryCall Delete(PendingCommand command) => new()
    {
        Opcode = Opcode.Delete,
        Path = command.Key,
        Version = command.Request.HasNewCas ? command.Request.NewCas : 0,
        CompareVersion = command.Request.HasCompare ? command.Request.Compare : 0,
    };

    private static void Answer(PendingCommand command, StatusCode status)
    {
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        var line = new CommandLine(command.Line);
        if (!TryPutAnswer(ref reply, line, command.Request, command.Key.Span, status))
        {
            if (!command.Request.IsQuiet || command.Request.IsMeta)
                ErrorLines.Write(command.Answer, status, command.Value.WrittenSpan);
            return;
        }

        command.Result = ResultOf(status);
        if (command.Request.IsQuiet && (status == StatusCode.Ok || !command.Request.IsMeta)) return;
        command.Answer.Write(reply.Written);
    }

    // The entry stays: marked stale and free to be won again, or without its value. Cancelled: start over.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CommandOutcome> RewriteAsync(PendingCommand command)
    {
        var request = command.Request;
        var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = FrameFlags.FromOwner };
        var stored = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
        if (stored.Status != StatusCode.Ok) return stored;
        if (request.HasCompare && request.Compare != stored.Version)
            return new CommandOutcome { Status = StatusCode.VersionMismatch };
        if (stored.Kind != EntryKind.Value) return new CommandOutcome { Status = StatusCode.WrongKind };
        var put = new EntryCall
        {
            Opcode = Opcode.CompareAndSet,
            Path = command.Key,
            Value = request.RemovesValue ? default : command.Value.Written,
            EntryFlags = request.RemovesValue ? request.ClientFlags : stored.EntryFlags,
            ExpiresAtMs = request.HasTtl || request.RemovesValue ? request.ExpiresAtMs : stored.ExpiresAtMs,
            Version = request.HasNewCas ? request.NewCas : 0,
            CompareVersion = stored.Version,
            Mark = request.Invalidates ? EntryMark.Stale : EntryMark.None,
        };
        var done = await calls.RunAsync(put, command.Error).ConfigureAwait(false);
        return done.Status is StatusCode.VersionMismatch or StatusCode.NotFound
            ? new CommandOutcome { Status = StatusCode.Cancelled }
            : done;
    }
}
