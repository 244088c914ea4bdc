using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>HSET and what else changes a hash.</summary>
internal static class HashWrites
{
    private static readonly RespAnswer Count = AnswerCount;

    private static readonly RespAnswer Sum = static (reply, number, in outcome, value) =>
    {
        reply.Integer(ValueLengths.ReadNumber(value));
        return true;
    };

    private static readonly RespAnswer Stored = static (reply, number, in outcome, value) =>
    {
        reply.Ok();
        return true;
    };

    private static readonly RespAnswer CountSet = static (reply, number, in outcome, value) =>
    {
        reply.Integer(ValueLengths.ReadNumber(value));
        return true;
    };

    /// <summary>HSET key field value [field value ...]: how many are new.</summary>
    public static Translation HSet(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        SetPairs("hset", args, reply, CountSet, ref one);

    /// <summary>HMSET key field value [field value ...].</summary>
    public static Translation HMSet(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        SetPairs("hmset", args, reply, Stored, ref one);

    /// <summary>HSETNX key field value.</summary>
    public static Translation HSetNx(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Command = new CacheCommand
        {
            Opcode = Opcode.FieldSet, Path = args[1], Value = FieldArguments.Pack(args, 2), OnlyIfAbsent = true,
        };
        one.Answer = Count;
        one.Event = KeyEvents.HSet;
        return Translation.Send;
    }

    /// <summary>HDEL key field [field ...]: how many were there.</summary>
    public static Translation HDel(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        // Who listens wants to know whether the last field went.
        if (client.Server.Notifications.AreOn) return Translation.Run;
        one.Command = Delete(args[1], FieldArguments.Pack(args, 2));
        one.Answer = Count;
        return Translation.Send;
    }

    /// <summary>HDEL where somebody may listen: with the hash's end comes the key's.</summary>
    public static async ValueTask HDelTold(RespCall call)
    {
        using var written = await call.SendAsync(
            Delete(call[1], FieldArguments.Pack(call.Args, 2)) with { ReturnEntry = true }, FrameFlags.ReturnEntry);
        if (Steps.Failed(call, written)) return;
        var count = written.Status == StatusCode.Ok ? ValueLengths.ReadNumber(written.Value) : 0;
        call.Reply.Integer(count);
        if (count == 0) return;
        call.Notify(KeyEvents.HDel, call[1]);
        // A hash that is still there stands behind the number.
        if (written.Value.Length == sizeof(long)) call.Notify(KeyEvents.Del, call[1]);
    }

    /// <summary>HINCRBY key field increment.</summary>
    public static Translation HIncrBy(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (!args.TryLong(3, out var delta))
        {
            reply.Error(RespErrors.NotAnInteger);
            return Translation.Replied;
        }

        one.Command = Increment(args[1], args[2], delta);
        one.Answer = Sum;
        one.Event = KeyEvents.HIncrBy;
        return Translation.Send;
    }

    /// <summary>HINCRBY where the field would not do: says which of the two reasons it was.</summary>
    public static async ValueTask HIncrByInSteps(RespCall call)
    {
        _ = call.Args.TryLong(3, out var delta);
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var written = await call.SendAsync(Increment(call[1], call[2], delta));
            if (written.Status == StatusCode.Ok)
            {
                call.Notify(KeyEvents.HIncrBy, call[1]);
                call.Reply.Integer(ValueLengths.ReadNumber(written.Value));
                return;
            }

            if (written.Status != StatusCode.NotANumber && Steps.Failed(call, written)) return;
            using var read = await ReadField(call);
            if (Steps.Failed(call, read)) return;
            if (!TryField(read, out var text)) continue;
            if (!RedisInteger.TryParse(text, out var number))
            {
                call.Reply.Error("ERR hash value is not an integer"u8);
                return;
            }

            if (!Counters.Overflows(number, delta)) continue;
            call.Reply.Error(Counters.WouldOverflow);
            return;
        }

        Steps.GiveUp(call);
    }

    /// <summary>HINCRBYFLOAT key field increment.</summary>
    public static async ValueTask HIncrByFloat(RespCall call)
    {
        if (!ExtendedFloat.TryParse(call[3], out var delta))
        {
            call.Reply.Error(RespErrors.NotAFloat);
            return;
        }

        if (delta.IsInfinite)
        {
            call.Reply.Error("ERR value is NaN or Infinity"u8);
            return;
        }

        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await ReadField(call);
            if (Steps.Failed(call, read)) return;
            if (!TrySum(call, read, delta, out var sum)) return;
            using var written = await StoreField(call, read, sum);
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            call.Notify(KeyEvents.HIncrByFloat, call[1]);
            call.Reply.Bulk(sum);
            return;
        }

        Steps.GiveUp(call);
    }

    private static bool TrySum(RespCall call, in EntryResult read, ExtendedFloat delta, out byte[] sum)
    {
        sum = [];
        var number = default(ExtendedFloat);
        if (TryField(read, out var text) && (!ExtendedFloat.TryParse(text, out number) || number.IsInfinite))
        {
            call.Reply.Error("ERR hash value is not a float"u8);
            return false;
        }

        var total = number + delta;
        if (total.IsInfinite)
        {
            call.Reply.Error(Counters.NotFinite);
            return false;
        }

        sum = total.Format();
        return true;
    }

    private static ValueTask<EntryResult> ReadField(RespCall call) => call.SendAsync(
        new CacheCommand { Opcode = Opcode.FieldGet, Path = call[1], Value = FieldArguments.Pack(call[2]) },
        FrameFlags.FromOwner);

    private static bool TryField(in EntryResult read, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (read.Status != StatusCode.Ok || !FieldValues.TryRead(read.Value, out var values, out _)) return false;
        if (!values.MoveNext() || !values.IsPresent) return false;
        text = values.Value;
        return true;
    }

    private static ValueTask<EntryResult> StoreField(RespCall call, in EntryResult read, byte[] value)
    {
        if (read.Status == StatusCode.Ok)
        {
            return call.SendAsync(new CacheCommand
            {
                Opcode = Opcode.FieldSet,
                Path = call[1],
                CompareVersion = read.Outcome.Version,
                Value = FieldArguments.Pack(call[2], value),
            });
        }

        using var edit = FieldMapEdit.Set(default, call[2], value);
        var map = new byte[edit.Bytes];
        edit.WriteTo(map);
        return call.SendAsync(new CacheCommand
        {
            Opcode = Opcode.Add, Path = call[1], Kind = EntryKind.Fields, Value = map,
        });
    }

    private static CacheCommand Delete(ReadOnlySpan<byte> key, ReadOnlySpan<byte> names) => new()
    {
        Opcode = Opcode.FieldDelete, Path = key, Value = names,
    };

    private static CacheCommand Increment(ReadOnlySpan<byte> key, ReadOnlySpan<byte> field, long delta) => new()
    {
        Opcode = Opcode.FieldIncrement, Path = key, Value = FieldArguments.Pack(field), Delta = delta,
    };

    private static Translation SetPairs(
        string name, in RespArgs args, RespReply reply, RespAnswer answer, ref OneCommand one)
    {
        if (args.Count % 2 != 0)
        {
            reply.Error($"ERR wrong number of arguments for '{name}' command");
            return Translation.Replied;
        }

        one.Command = new CacheCommand
        {
            Opcode = Opcode.FieldSet, Path = args[1], Value = FieldArguments.Pack(args, 2),
        };
        one.Answer = answer;
        one.Event = KeyEvents.HSet;
        return Translation.Send;
    }

    private static bool AnswerCount(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        var count = outcome.Status == StatusCode.Ok ? ValueLengths.ReadNumber(value) : 0;
        reply.Integer(count);
        return count != 0;
    }
}
