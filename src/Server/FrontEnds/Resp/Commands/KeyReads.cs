using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Commands;

/// <summary>DEL, EXISTS, TYPE and what else treats keys of either type alike.</summary>
internal static class KeyReads
{
    private static readonly RespAnswer Deleted = static (reply, number, in outcome, value) =>
    {
        reply.Integer(outcome.Status == StatusCode.Ok ? 1 : 0);
        return outcome.Status == StatusCode.Ok;
    };

    private static readonly RespAnswer Found = static (reply, number, in outcome, value) =>
    {
        reply.Integer(outcome.Status == StatusCode.Ok ? 1 : 0);
        return false;
    };

    private static readonly RespAnswer TypeName = static (reply, number, in outcome, value) =>
    {
        reply.Simple(outcome.Status != StatusCode.Ok ? "none"u8 : NameOf(outcome.Kind));
        return false;
    };

    /// <summary>DEL and UNLINK of one key.</summary>
    public static Translation Del(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (args.Count > 2) return Translation.Run;
        one.Command = new CacheCommand { Opcode = Opcode.Delete, Path = args[1] };
        one.Answer = Deleted;
        one.Event = KeyEvents.Del;
        return Translation.Send;
    }

    /// <summary>EXISTS and TOUCH of one key.</summary>
    public static Translation Exists(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        if (args.Count > 2) return Translation.Run;
        one.Command = new CacheCommand { Opcode = Opcode.Head, Path = args[1] };
        one.Answer = Found;
        return Translation.Send;
    }

    /// <summary>TYPE key.</summary>
    public static Translation Type(RespClient client, in RespArgs args, RespReply reply, ref OneCommand one)
    {
        one.Command = new CacheCommand { Opcode = Opcode.Head, Path = args[1] };
        one.Answer = TypeName;
        return Translation.Send;
    }

    /// <summary>DEL and UNLINK of many keys, of any shards: each for itself.</summary>
    public static ValueTask DelMany(RespCall call) => CountEach(call, Opcode.Delete, KeyEvents.Del);

    /// <summary>EXISTS and TOUCH of many keys; a key that is named twice counts twice.</summary>
    public static ValueTask ExistsMany(RespCall call) => CountEach(call, Opcode.Head, null);

    /// <summary>The name of an entry's type.</summary>
    public static ReadOnlySpan<byte> NameOf(EntryKind kind) => kind == EntryKind.Value ? "string"u8 : "hash"u8;

    private static async ValueTask CountEach(RespCall call, Opcode opcode, RespEvent? what)
    {
        var sends = new Tally(call);
        for (var at = 1; at < call.Count; at++)
        {
            sends.Add(at, call.SendAsync(new CacheCommand { Opcode = opcode, Path = call[at] }), what);
            if (sends.IsFull) await sends.WaitAsync();
        }

        await sends.WaitAsync();
        if (!sends.Failed()) call.Reply.Integer(sends.Done);
    }
}
