using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Memcached;

/// <summary>
/// incr, decr and ma: unsigned 64-bit numbers, which the store's own increment (signed, checked) does not have; so read
/// from the owner, compute, compare. Thread-safe.
/// </summary>
/// <remarks>
/// As in memcached, a number that became shorter keeps the length of the value, with blanks behind it, and the answer
/// has no blanks.
/// </remarks>
internal sealed class CountCommands(EntryCalls calls)
{
    private const int DigitsMax = 20;

    /// <summary>Runs one to its answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask RunAsync(PendingCommand command)
    {
        for (var tries = 0; tries < MemcachedLimits.TriesMax; tries++)
        {
            var get = new EntryCall { Opcode = Opcode.Get, Path = command.Key, Flags = FrameFlags.FromOwner };
            var stored = await calls.RunAsync(get, command.Value).ConfigureAwait(false);
            if (stored.Status == StatusCode.NotFound && !command.Request.Vivifies)
            {
                Refuse(command, "NF"u8, CommandResult.Miss);
                return;
            }

            if (stored.Status is not (StatusCode.Ok or StatusCode.NotFound))
            {
                Fail(command, stored.Status, command.Value.WrittenSpan);
                return;
            }

            var isNew = stored.Status == StatusCode.NotFound;
            var number = command.Request.Initial;
            if (!isNew && !TryCompute(command, stored, out number)) return;
            if (await WriteAsync(command, stored, isNew, number).ConfigureAwait(false)) return;
        }

        if (!command.Request.IsQuiet || command.Request.IsMeta) command.Answer.Write(ErrorText.Busy);
    }

    // False: answered, there is no number to write.
    private static bool TryCompute(PendingCommand command, in CommandOutcome stored, out ulong number)
    {
        var request = command.Request;
        number = 0;
        if (command.Value.Length == 0)
        {
            Fail(command, StatusCode.NotANumber, default);
            return false;
        }

        if (request.HasCompare && request.Compare != 0 && request.Compare != stored.Version)
        {
            Refuse(command, "EX"u8, CommandResult.BadValue);
            return false;
        }

        if (stored.Kind != EntryKind.Value || !Numbers.TryUInt64(command.Value.WrittenSpan, out var value))
        {
            Fail(command, StatusCode.NotANumber, default);
            return false;
        }

        if (request.IsDecrement) number = request.Delta > value ? 0 : value - request.Delta;
        else number = unchecked(value + request.Delta);
        return true;
    }

    // False: somebody was quicker, start over.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WriteAsync(PendingCommand command, CommandOutcome stored, bool isNew, ulong number)
    {
        var request = command.Request;
        var newTtl = request.HasTtl ? request.ExpiresAtMs : request.VivifyExpiresAtMs;
        var keptTtl = request.HasTtl ? request.ExpiresAtMs : stored.ExpiresAtMs;
        var length = isNew ? 0 : command.Value.Length;
        var text = ArrayPool<byte>.Shared.Rent(Math.Max(DigitsMax, length));
        try
        {
            Utf8Formatter.TryFormat(number, text, out var digits);
            if (digits < length) text.AsSpan(digits, length - digits).Fill((byte)' ');
            var put = new EntryCall
            {
                Opcode = isNew ? Opcode.Add : Opcode.CompareAndSet,
                Path = command.Key,
                Value = text.AsMemory(0, Math.Max(digits, length)),
                EntryFlags = stored.EntryFlags,
                ExpiresAtMs = isNew ? newTtl : keptTtl,
                Version = request.HasNewCas ? request.NewCas : 0,
                CompareVersion = stored.Version,
                Mark = stored.Mark & (EntryMark.Stale | EntryMark.Won),
            };
            var done = await calls.RunAsync(put, command.Error).ConfigureAwait(false);
            if (done.Status == StatusCode.Ok) Answer(command, text.AsSpan(0, digits), put.ExpiresAtMs, done.Version);
            else if (IsRace(done.Status, isNew)) return false;
            else if (done.Status == StatusCode.VersionTooOld) Refuse(command, "EX"u8, CommandResult.BadValue);
            else Fail(command, done.Status, command.Error.WrittenSpan);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private static bool IsRace(StatusCode status, bool isNew) =>
        isNew ? status == StatusCode.Exists : status is StatusCode.VersionMismatch or StatusCode.NotFound;

    private static void Answer(PendingCommand command, ReadOnlySpan<byte> digits, long expiresAtMs, ulong version)
    {
        command.Result = CommandResult.Hit;
        if (command.Request.IsQuiet) return;
        if (!command.Request.IsMeta)
        {
            command.Answer.Write(digits);
            command.Answer.Write("\r\n"u8);
            return;
        }

        var facts = new MetaFacts { Cas = version, ExpiresAtMs = expiresAtMs, NowMs = command.NowMs };
        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Counted(
            ref reply, new CommandLine(command.Line), command.Request, command.Key.Span, facts, digits);
        command.Answer.Write(reply.Written);
    }

    private static void Refuse(PendingCommand command, ReadOnlySpan<byte> code, CommandResult result)
    {
        command.Result = result;
        if (!command.Request.IsMeta)
        {
            if (!command.Request.IsQuiet) command.Answer.Write("NOT_FOUND\r\n"u8);
            return;
        }

        var reply = new ReplyLine(stackalloc byte[ReplyLine.BytesMax]);
        MetaReply.Plain(ref reply, code, new CommandLine(command.Line), command.Request, command.Key.Span);
        command.Answer.Write(reply.Written);
    }

    private static void Fail(PendingCommand command, StatusCode status, ReadOnlySpan<byte> text)
    {
        if (!command.Request.IsQuiet || command.Request.IsMeta) ErrorLines.Write(command.Answer, status, text);
    }
}
