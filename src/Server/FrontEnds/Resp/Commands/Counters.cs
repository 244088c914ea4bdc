using System.Buffers.Text;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>INCR and its siblings.</summary>
internal static class Counters
{
    private static readonly RespAnswer Sum = static (reply, number, in outcome, value) =>
    {
        _ = Utf8Parser.TryParse(value, out long sum, out _);
        reply.Integer(sum);
        return true;
    };

    /// <summary>The sum leaves 64 bits.</summary>
    public static ReadOnlySpan<byte> WouldOverflow => "ERR increment or decrement would overflow"u8;

    /// <summary>The sum is no number to store.</summary>
    public static ReadOnlySpan<byte> NotFinite => "ERR increment would produce NaN or Infinity"u8;

    /// <summary>INCR key.</summary>
    public static Translation Incr(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(args[1], 1, ref one);

    /// <summary>DECR key.</summary>
    public static Translation Decr(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Translate(args[1], -1, ref one);

    /// <summary>INCRBY key increment.</summary>
    public static Translation IncrBy(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (args.TryLong(2, out var delta)) return Translate(args[1], delta, ref one);
        reply.Error(RespErrors.NotAnInteger);
        return Translation.Replied;
    }

    /// <summary>DECRBY key decrement.</summary>
    public static Translation DecrBy(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (!args.TryLong(2, out var delta)) reply.Error(RespErrors.NotAnInteger);
        else if (delta == long.MinValue) reply.Error("ERR decrement would overflow"u8);
        else return Translate(args[1], -delta, ref one);
        return Translation.Replied;
    }

    /// <summary>Any of the four where the value would not do: says which of the two reasons it was.</summary>
    public static async ValueTask InSteps(RespCall call)
    {
        var delta = DeltaOf(call);
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var written = await call.SendAsync(Increment(call[1], delta));
            if (written.Status == StatusCode.Ok)
            {
                _ = Utf8Parser.TryParse(written.Value, out long sum, out _);
                call.Notify(KeyEvents.IncrBy, call[1]);
                call.Reply.Integer(sum);
                return;
            }

            if (written.Status != StatusCode.NotANumber && Steps.Failed(call, written)) return;
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            if (read.Status != StatusCode.Ok) continue;
            if (!RedisInteger.TryParse(read.Value, out var number))
            {
                call.Reply.Error(RespErrors.NotAnInteger);
                return;
            }

            if (!Overflows(number, delta)) continue;
            call.Reply.Error(WouldOverflow);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>INCRBYFLOAT key increment.</summary>
    public static async ValueTask IncrByFloat(RespCall call)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            var number = default(ExtendedFloat);
            var isStored = read.Status == StatusCode.Ok;
            var isNumber = !isStored || ExtendedFloat.TryParse(read.Value, out number);
            if (!isNumber || !ExtendedFloat.TryParse(call[2], out var delta))
            {
                call.Reply.Error(RespErrors.NotAFloat);
                return;
            }

            var sum = number + delta;
            if (sum.IsInfinite)
            {
                call.Reply.Error(NotFinite);
                return;
            }

            var text = sum.Format();
            using var written = await Steps.Store(call, 1, read, text, read.Outcome.ExpiresAtMs);
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            call.Notify(KeyEvents.IncrByFloat, call[1]);
            call.Reply.Bulk(text);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>Whether a sum leaves 64 bits.</summary>
    public static bool Overflows(long number, long delta) =>
        delta > 0 ? number > long.MaxValue - delta : number < long.MinValue - delta;

    private static long DeltaOf(RespCall call)
    {
        long delta = 1;
        if (call.Count > 2) _ = call.Args.TryLong(2, out delta);
        return call.Command.Name.StartsWith("decr", StringComparison.Ordinal) ? -delta : delta;
    }

    private static Translation Translate(ReadOnlySpan<byte> key, long delta, ref OneCommand one)
    {
        one.Command = Increment(key, delta);
        one.Answer = Sum;
        one.Event = KeyEvents.IncrBy;
        return Translation.Send;
    }

    private static CacheCommand Increment(ReadOnlySpan<byte> key, long delta) => new()
    {
        Opcode = Opcode.Increment, Path = key, Delta = delta, HasInitial = true, Initial = delta,
    };
}
