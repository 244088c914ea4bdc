using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>OBJECT and MEMORY USAGE: what can be said of an entry that is packed, not a tree of objects.</summary>
internal static class KeyInspection
{
    /// <summary>Bytes that the store takes for an entry besides path and value, at most.</summary>
    private const int OverheadBytes = 24;

    /// <summary>Longest string that Redis embeds into its object.</summary>
    private const int EmbeddedBytesMax = 44;

    /// <summary>Redis packs hashes of so many fields, none longer than <see cref="PackedBytesMax"/>.</summary>
    private const int PackedFieldsMax = 128;
    private const int PackedBytesMax = 64;

    private const string PolicyNote = "Please note that when switching between policies at runtime LRU and LFU data "
        + "will take some time to adjust.";

    private static readonly RespAnswer Usage = static (reply, pathBytes, in outcome, value) =>
    {
        if (outcome.Status != StatusCode.Ok) reply.Null();
        else reply.Integer(pathBytes + ValueLengths.Read(value) + OverheadBytes);
        return false;
    };

    private static readonly RespAnswer EncodingName = static (reply, number, in outcome, value) =>
    {
        if (outcome.Status != StatusCode.Ok) reply.Null();
        else reply.Bulk(EncodingOf(outcome.Kind, value));
        return false;
    };

    private static readonly RespAnswer One = static (reply, number, in outcome, value) =>
    {
        if (outcome.Status != StatusCode.Ok) reply.Null();
        else reply.Integer(1);
        return false;
    };

    private static readonly RespAnswer NoIdleTime = static (reply, number, in outcome, value) =>
    {
        if (outcome.Status != StatusCode.Ok) reply.Null();
        else reply.Error("ERR An LFU maxmemory policy is selected, idle time not tracked. " + PolicyNote);
        return false;
    };

    private static readonly RespAnswer UseCount = static (reply, number, in outcome, value) =>
    {
        if (outcome.Status != StatusCode.Ok) reply.Null();
        else reply.Integer((outcome.Mark & EntryMark.WasRead) != 0 ? 1 : 0);
        return false;
    };

    /// <summary>OBJECT ENCODING key: what Redis would choose for this value.</summary>
    public static Translation Encoding(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Get, Path = args[2] };
        one.Answer = EncodingName;
        return Translation.Send;
    }

    /// <summary>OBJECT REFCOUNT key.</summary>
    public static Translation RefCount(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Head(args, One, ref one);

    /// <summary>OBJECT IDLETIME key: not tracked.</summary>
    public static Translation IdleTime(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Head(args, NoIdleTime, ref one);

    /// <summary>OBJECT FREQ key: whether eviction remembers a reading of it.</summary>
    public static Translation Frequency(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one) =>
        Head(args, UseCount, ref one);

    /// <summary>MEMORY USAGE key [SAMPLES count].</summary>
    public static Translation MemoryUsage(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (args.Count != 3 && !(args.Count == 5 && args.Is(3, "SAMPLES"u8)))
        {
            reply.Error(RespErrors.Syntax);
            return Translation.Replied;
        }

        one.Number = args[2].Length;
        return Head(args, Usage, ref one);
    }

    private static Translation Head(in RespArgs args, RespAnswer answer, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Head, Path = args[2] };
        one.Answer = answer;
        return Translation.Send;
    }

    private static ReadOnlySpan<byte> EncodingOf(EntryKind kind, ReadOnlySpan<byte> value)
    {
        if (kind == EntryKind.Value)
        {
            if (RedisInteger.TryParse(value, out _)) return "int"u8;
            return value.Length <= EmbeddedBytesMax ? "embstr"u8 : "raw"u8;
        }

        _ = HashMap.TryOf(kind, value, out var map);
        if (map.Count > PackedFieldsMax) return "hashtable"u8;
        foreach (var (name, content) in map)
            if (name.Length > PackedBytesMax || content.Length > PackedBytesMax) return "hashtable"u8;
        return "listpack"u8;
    }
}
