using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>EXPIRE, TTL and their siblings.</summary>
internal static class Expiry
{
    private static readonly RespAnswer OneOrZero = static (reply, number, in outcome, value) =>
    {
        reply.Integer(outcome.Status == StatusCode.Ok ? 1 : 0);
        return outcome.Status == StatusCode.Ok;
    };

    private static readonly RespAnswer AnswerExpireTime = static (reply, number, in outcome, value) =>
        AnswerTime(reply, outcome, outcome.ExpiresAtMs / 1000);

    private static readonly RespAnswer AnswerPExpireTime = static (reply, number, in outcome, value) =>
        AnswerTime(reply, outcome, outcome.ExpiresAtMs);

    private static readonly RespAnswer AnswerTtl = static (reply, nowMs, in outcome, value) =>
        AnswerTime(reply, outcome, (Left(outcome, nowMs) + 500) / 1000);

    private static readonly RespAnswer AnswerPTtl = static (reply, nowMs, in outcome, value) =>
        AnswerTime(reply, outcome, Left(outcome, nowMs));

    /// <summary>EXPIRE key seconds [NX|XX|GT|LT].</summary>
    public static Translation Expire(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(ExpiryUnit.Seconds, "expire", client, args, reply, ref one);

    /// <summary>PEXPIRE key milliseconds [NX|XX|GT|LT].</summary>
    public static Translation PExpire(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(ExpiryUnit.Milliseconds, "pexpire", client, args, reply, ref one);

    /// <summary>EXPIREAT key seconds-since-1970 [NX|XX|GT|LT].</summary>
    public static Translation ExpireAt(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(ExpiryUnit.UnixSeconds, "expireat", client, args, reply, ref one);

    /// <summary>PEXPIREAT key milliseconds-since-1970 [NX|XX|GT|LT].</summary>
    public static Translation PExpireAt(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(ExpiryUnit.UnixMilliseconds, "pexpireat", client, args, reply, ref one);

    /// <summary>EXPIRE with a rule: what is stored decides.</summary>
    public static ValueTask ExpireInSteps(RespCall call) => ByRule(call, ExpiryUnit.Seconds);

    /// <summary>As <see cref="ExpireInSteps"/>.</summary>
    public static ValueTask PExpireInSteps(RespCall call) => ByRule(call, ExpiryUnit.Milliseconds);

    /// <summary>As <see cref="ExpireInSteps"/>.</summary>
    public static ValueTask ExpireAtInSteps(RespCall call) => ByRule(call, ExpiryUnit.UnixSeconds);

    /// <summary>As <see cref="ExpireInSteps"/>.</summary>
    public static ValueTask PExpireAtInSteps(RespCall call) => ByRule(call, ExpiryUnit.UnixMilliseconds);

    /// <summary>EXPIRETIME key.</summary>
    public static Translation ExpireTime(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Head(args, AnswerExpireTime, ref one);

    /// <summary>PEXPIRETIME key.</summary>
    public static Translation PExpireTime(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Head(args, AnswerPExpireTime, ref one);

    /// <summary>TTL key: rounded to the nearest second, as Redis does.</summary>
    public static Translation Ttl(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Number = client.Executor.UtcNowMs;
        return Head(args, AnswerTtl, ref one);
    }

    /// <summary>PTTL key.</summary>
    public static Translation PTtl(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Number = client.Executor.UtcNowMs;
        return Head(args, AnswerPTtl, ref one);
    }

    /// <summary>PERSIST key.</summary>
    public static async ValueTask Persist(RespCall call)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Head(call, 1);
            if (Steps.Failed(call, read)) return;
            if (read.Status != StatusCode.Ok || read.Outcome.ExpiresAtMs == 0)
            {
                call.Reply.Integer(0);
                return;
            }

            using var touched = await Change(call, 1, read.Outcome.Version, 0, 0);
            if (Steps.Failed(call, touched)) return;
            if (Steps.Lost(touched)) continue;
            call.Notify(KeyEvents.Persist, call[1]);
            call.Reply.Integer(1);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>
    /// Gives an entry of this version another expiry; a moment that has passed deletes it, and 0 is never.
    /// </summary>
    public static ValueTask<EntryResult> Change(
        RespCall call, int keyAt, ulong version, long expiresAtMs, long nowMs) =>
        call.SendAsync(new CacheCommand
        {
            Opcode = HasPassed(expiresAtMs, nowMs) ? Opcode.Delete : Opcode.Touch,
            Path = call[keyAt],
            CompareVersion = version,
            ExpiresAtMs = HasPassed(expiresAtMs, nowMs) ? 0 : expiresAtMs,
        });

    /// <summary>What notifications call such a change.</summary>
    public static RespEvent EventOf(long expiresAtMs, long nowMs) =>
        expiresAtMs == 0 ? KeyEvents.Persist : HasPassed(expiresAtMs, nowMs) ? KeyEvents.Del : KeyEvents.Expire;

    private static bool HasPassed(long expiresAtMs, long nowMs) => expiresAtMs != 0 && expiresAtMs <= nowMs;

    private static Translation Translate(
        ExpiryUnit unit, string name, RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        var nowMs = client.Executor.UtcNowMs;
        if (!TryRead(args, unit, name, nowMs, reply, out var rule, out var atMs)) return Translation.Replied;
        if (rule != ExpireRule.None) return Translation.Run;
        var delete = atMs <= nowMs;
        one.Command = new CacheCommand
        {
            Opcode = delete ? Opcode.Delete : Opcode.Touch, Path = args[1], ExpiresAtMs = delete ? 0 : atMs,
        };
        one.Answer = OneOrZero;
        one.Event = delete ? KeyEvents.Del : KeyEvents.Expire;
        return Translation.Send;
    }

    private static async ValueTask ByRule(RespCall call, ExpiryUnit unit)
    {
        var nowMs = call.Executor.UtcNowMs;
        if (!TryRead(call.Args, unit, call.Command.Name, nowMs, call.Reply, out var rule, out var atMs)) return;

        // 1970 is the past like any other, and 0 would be never.
        if (atMs <= 0) atMs = -1;
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Head(call, 1);
            if (Steps.Failed(call, read)) return;
            if (read.Status != StatusCode.Ok || !ExpireRules.Allows(rule, read.Outcome.ExpiresAtMs, atMs))
            {
                call.Reply.Integer(0);
                return;
            }

            using var touched = await Change(call, 1, read.Outcome.Version, atMs, nowMs);
            if (Steps.Failed(call, touched)) return;
            if (Steps.Lost(touched)) continue;
            call.Notify(EventOf(atMs, nowMs), call[1]);
            call.Reply.Integer(1);
            return;
        }

        Steps.GiveUp(call);
    }

    private static bool TryRead(
        in RespArgs args, ExpiryUnit unit, string name, long nowMs, RespReply reply, out ExpireRule rule,
        out long atMs)
    {
        atMs = 0;
        if (!TryReadRule(args, reply, out rule)) return false;
        if (!args.TryLong(2, out var amount)) reply.Error(RespErrors.NotAnInteger);
        else if (ExpiryTime.TryResolve(unit, amount, nowMs, out atMs)) return true;
        else reply.Error(RespErrors.InvalidExpire(name));
        return false;
    }

    private static bool TryReadRule(in RespArgs args, RespReply reply, out ExpireRule rule)
    {
        rule = ExpireRule.None;
        for (var at = 3; at < args.Count; at++)
        {
            var word = ExpireRules.Read(args[at]);
            if (word == ExpireRule.None)
            {
                reply.ErrorInBytes(RespErrors.UnsupportedOption(args[at]));
                return false;
            }

            rule |= word;
        }

        if (ExpireRules.Contradiction(rule) is not { } error) return true;
        reply.Error(error);
        return false;
    }

    private static Translation Head(in RespArgs args, RespAnswer answer, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Head, Path = args[1] };
        one.Answer = answer;
        return Translation.Send;
    }

    private static long Left(in CommandOutcome outcome, long nowMs) => Math.Max(0, outcome.ExpiresAtMs - nowMs);

    private static bool AnswerTime(RespReply reply, in CommandOutcome outcome, long time)
    {
        reply.Integer(outcome.Status != StatusCode.Ok ? -2 : outcome.ExpiresAtMs == 0 ? -1 : time);
        return false;
    }
}
