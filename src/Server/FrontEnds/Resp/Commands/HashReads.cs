using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>HGET and what else reads a hash at one go.</summary>
internal static class HashReads
{
    private static readonly RespAnswer Value = AnswerValue;
    private static readonly RespAnswer Values = AnswerValues;
    private static readonly RespAnswer Presence = AnswerPresence;
    private static readonly RespAnswer Length = AnswerLength;
    private static readonly RespAnswer Size = AnswerSize;
    private static readonly RespAnswer All = AnswerAll;
    private static readonly RespAnswer Names = AnswerNames;
    private static readonly RespAnswer Contents = AnswerContents;

    /// <summary>HGET key field.</summary>
    public static Translation HGet(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadFields(args, Value, ref one);

    /// <summary>HMGET key field [field ...].</summary>
    public static Translation HMGet(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadFields(args, Values, ref one);

    /// <summary>HEXISTS key field.</summary>
    public static Translation HExists(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadFields(args, Presence, ref one);

    /// <summary>HSTRLEN key field.</summary>
    public static Translation HStrLen(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadFields(args, Length, ref one);

    /// <summary>HLEN key.</summary>
    public static Translation HLen(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadAll(args, Size, ref one);

    /// <summary>HGETALL key.</summary>
    public static Translation HGetAll(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadAll(args, All, ref one);

    /// <summary>HKEYS key.</summary>
    public static Translation HKeys(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadAll(args, Names, ref one);

    /// <summary>HVALS key.</summary>
    public static Translation HVals(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        ReadAll(args, Contents, ref one);

    private static Translation ReadFields(in RespArgs args, RespAnswer answer, ref OneCommand one)
    {
        one.Command = new CacheCommand
        {
            Opcode = Opcode.FieldGet, Path = args[1], Value = FieldArguments.Pack(args, 2),
        };
        one.Number = args.Count - 2;
        one.Answer = answer;
        return Translation.Send;
    }

    private static Translation ReadAll(in RespArgs args, RespAnswer answer, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Get, Path = args[1] };
        one.Answer = answer;
        return Translation.Send;
    }

    private static bool AnswerValue(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (TryFirst(outcome, value, out var field)) reply.Bulk(field);
        else reply.Null();
        return false;
    }

    private static bool AnswerValues(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        var values = default(FieldValues);
        if (outcome.Status == StatusCode.Ok) _ = FieldValues.TryRead(value, out values, out _);
        reply.ArrayHead((int)number);
        for (var i = 0; i < number; i++)
        {
            if (values.MoveNext() && values.IsPresent) reply.Bulk(values.Value);
            else reply.Null();
        }

        return false;
    }

    private static bool AnswerPresence(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        reply.Integer(TryFirst(outcome, value, out _) ? 1 : 0);
        return false;
    }

    private static bool AnswerLength(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        reply.Integer(TryFirst(outcome, value, out var field) ? field.Length : 0);
        return false;
    }

    private static bool AnswerSize(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (TryMap(reply, outcome, value, out var map)) reply.Integer(map.Count);
        return false;
    }

    private static bool AnswerAll(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (!TryMap(reply, outcome, value, out var map)) return false;
        reply.MapHead(map.Count);
        foreach (var (name, content) in map)
        {
            reply.Bulk(name);
            reply.Bulk(content);
        }

        return false;
    }

    private static bool AnswerNames(RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (!TryMap(reply, outcome, value, out var map)) return false;
        reply.ArrayHead(map.Count);
        foreach (var field in map) reply.Bulk(field.Name);
        return false;
    }

    private static bool AnswerContents(
        RespReply reply, long number, in CommandOutcome outcome, ReadOnlySpan<byte> value)
    {
        if (!TryMap(reply, outcome, value, out var map)) return false;
        reply.ArrayHead(map.Count);
        foreach (var field in map) reply.Bulk(field.Value);
        return false;
    }

    private static bool TryFirst(in CommandOutcome outcome, ReadOnlySpan<byte> value, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (outcome.Status != StatusCode.Ok || !FieldValues.TryRead(value, out var values, out _)) return false;
        if (!values.MoveNext() || !values.IsPresent) return false;
        field = values.Value;
        return true;
    }

    /// <summary>The map, without fields where there is no entry; false for a string, which is answered.</summary>
    private static bool TryMap(
        RespReply reply, in CommandOutcome outcome, ReadOnlySpan<byte> value, out FieldMap map)
    {
        map = default;
        if (outcome.Status != StatusCode.Ok) return true;
        if (HashMap.TryOf(outcome.Kind, value, out map)) return true;
        reply.Error(RespErrors.WrongType);
        return false;
    }
}
