using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>Commands that tell something of the values at a path: JSON.TYPE, lengths, names, and JSON.MGET.</summary>
internal static class JsonReads
{
    /// <summary>JSON.TYPE key [path].</summary>
    public static ValueTask Type(RespCall call) => EachAsync(call, (value, reply) =>
    {
        reply.Bulk(value.ValueKind switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
            JsonValueKind.Null => "null",
            _ => "boolean",
        });
        return true;
    });

    /// <summary>JSON.ARRLEN key [path].</summary>
    public static ValueTask ArrayLength(RespCall call) => CountAsync(
        call, static value => value.ValueKind == JsonValueKind.Array ? value.GetArrayLength() : null);

    /// <summary>JSON.OBJLEN key [path].</summary>
    public static ValueTask ObjectLength(RespCall call) => CountAsync(
        call, static value => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Count() : null);

    /// <summary>JSON.STRLEN key [path]: in bytes of UTF-8.</summary>
    public static ValueTask TextLength(RespCall call) => CountAsync(
        call, static value => value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetByteCount(value.GetString()!)
            : null);

    /// <summary>JSON.OBJKEYS key [path].</summary>
    public static ValueTask Names(RespCall call) => EachAsync(call, static (value, reply) =>
    {
        if (value.ValueKind != JsonValueKind.Object) return false;
        var names = value.EnumerateObject().Select(member => member.Name).ToArray();
        reply.ArrayHead(names.Length);
        foreach (var name in names) reply.Bulk(name);
        return true;
    });

    /// <summary>JSON.MGET key … path: of each key what JSON.GET gives; nothing where that is an error.</summary>
    public static async ValueTask Many(RespCall call)
    {
        var keys = call.Count - 2;
        var text = Encoding.UTF8.GetString(call[call.Count - 1]);
        if (!JsonPath.TryParse(text, out var path, out var problem))
        {
            call.Reply.Error("ERR " + problem);
            return;
        }

        var found = new byte[]?[keys];
        var left = new JsonAllowance();
        for (var i = 0; i < keys; i++)
        {
            using var read = await call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[i + 1] });
            if (Commands.Steps.Failed(call, read)) return;
            if (!JsonCommands.IsJson(read)) continue;
            left.Grant(read.Value.Length, 1);
            if (JsonCommands.TryFind(read.ValueMemory, path, left, out found[i])) continue;
            call.Reply.Error(JsonPath.TooMany(text));
            return;
        }

        call.Reply.ArrayHead(keys);
        foreach (var one in found)
        {
            if (one is null) call.Reply.Null();
            else call.Reply.Bulk(one);
        }
    }

    private static ValueTask CountAsync(RespCall call, Func<JsonElement, int?> count) => EachAsync(
        call,
        (value, reply) =>
        {
            if (count(value) is not { } number) return false;
            reply.Integer(number);
            return true;
        });

    // Of a path with a dollar an array with something for each value, of an old one the first value's.
    private static async ValueTask EachAsync(RespCall call, Func<JsonElement, RespReply, bool> write)
    {
        var text = call.Count > 2 ? Encoding.UTF8.GetString(call[2]) : ".";
        if (!JsonPath.TryParse(text, out var path, out var problem))
        {
            call.Reply.Error("ERR " + problem);
            return;
        }

        using var read = await call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[1] });
        if (Commands.Steps.Failed(call, read)) return;
        if (read.Status != StatusCode.Ok)
        {
            call.Reply.Null();
            return;
        }

        if (!JsonCommands.IsJson(read))
        {
            call.Reply.Error(RespErrors.WrongType);
            return;
        }

        using var document = JsonDocument.Parse(read.ValueMemory);
        var values = new List<JsonElement>();
        if (!path.TryFind(document.RootElement, values, new JsonAllowance(read.Value.Length)))
        {
            call.Reply.Error(JsonPath.TooMany(text));
        }
        else if (!path.IsOld)
        {
            call.Reply.ArrayHead(values.Count);
            foreach (var value in values)
                if (!write(value, call.Reply)) call.Reply.Null();
        }
        else if (values.Count == 0)
        {
            call.Reply.Error($"ERR Path '{text}' does not exist");
        }
        else if (!write(values[0], call.Reply))
        {
            call.Reply.Error("ERR wrong type of path value");
        }
    }
}
