using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>GET and what else reads strings, also those that change the entry as they read.</summary>
internal static class StringReads
{
    private static readonly RespAnswer Missing = static (reply, number, in outcome, value) =>
    {
        reply.Null();
        return false;
    };

    private static readonly RespAnswer Length = AnswerLength;

    /// <summary>GET key.</summary>
    public static Translation Get(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Get, Path = args[1] };
        one.Answer = Missing;
        one.ValueIsReply = true;
        return Translation.Send;
    }

    /// <summary>STRLEN key.</summary>
    public static Translation StrLen(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Head, Path = args[1] };
        one.Answer = Length;
        return Translation.Send;
    }

    /// <summary>GETRANGE and SUBSTR key start end.</summary>
    public static async ValueTask GetRange(RespCall call)
    {
        if (!call.Args.TryLong(2, out var first) || !call.Args.TryLong(3, out var last))
        {
            call.Reply.Error(RespErrors.NotAnInteger);
            return;
        }

        using var read = await call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[1] });
        if (Steps.FailedOrFields(call, read)) return;
        var value = read.Status == StatusCode.Ok ? read.Value : default;
        call.Reply.Bulk(value[ValueRange.Of(value.Length, first, last)]);
    }

    /// <summary>GETDEL key.</summary>
    public static async ValueTask GetDel(RespCall call)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            if (read.Status != StatusCode.Ok)
            {
                call.Reply.Null();
                return;
            }

            using var gone = await call.SendAsync(new CacheCommand
            {
                Opcode = Opcode.Delete, Path = call[1], CompareVersion = read.Outcome.Version,
            });
            if (Steps.Failed(call, gone)) return;
            if (Steps.Lost(gone)) continue;
            call.Notify(KeyEvents.Del, call[1]);
            call.Reply.Bulk(read.Value);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>GETEX key [EX|PX|EXAT|PXAT time|PERSIST].</summary>
    public static async ValueTask GetEx(RespCall call)
    {
        if (!SetOptions.TryReadGetEx(call.Args, 2, out var options))
        {
            call.Reply.Error(RespErrors.Syntax);
            return;
        }

        var nowMs = call.Executor.UtcNowMs;
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            if (read.Status != StatusCode.Ok)
            {
                call.Reply.Null();
                return;
            }

            // As in Redis, when what is not there would expire is not looked at.
            if (!options.TryExpiry(call.Args, "getex", nowMs, call.Reply, out var expiresAtMs)) return;
            if (options.Unit == ExpiryUnit.None && !(options.Persists && read.Outcome.ExpiresAtMs != 0))
            {
                call.Reply.Bulk(read.Value);
                return;
            }

            using var touched = await Expiry.Change(call, 1, read.Outcome.Version, expiresAtMs, nowMs);
            if (Steps.Failed(call, touched)) return;
            if (Steps.Lost(touched)) continue;
            call.Notify(Expiry.EventOf(expiresAtMs, nowMs), call[1]);
            call.Reply.Bulk(read.Value);
            return;
        }

        Steps.GiveUp(call);
    }

    private static bool AnswerLength(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (outcome.Status != StatusCode.Ok) reply.Integer(0);
        else if (outcome.Kind != EntryKind.Value) reply.Error(RespErrors.WrongType);
        else reply.Integer(ValueLengths.Read(value));
        return false;
    }
}
