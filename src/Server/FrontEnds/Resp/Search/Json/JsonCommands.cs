using System.Buffers;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>JSON.SET, JSON.GET and JSON.DEL.</summary>
internal static class JsonCommands
{
    /// <summary>JSON.SET key path value [NX | XX].</summary>
    public static async ValueTask Set(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var path = arguments.Text("path");
        var value = arguments.Bytes("value");
        bool onlyNew = arguments.TryWord("NX"), onlyPresent = !onlyNew && arguments.TryWord("XX");
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (arguments.Error is { } error) call.Reply.Error(error);
        else if (!JsonPath.TryParse(path, out var parsed, out var wrong)) call.Reply.Error("ERR " + wrong);
        else if (Problem(value) is { } problem) call.Reply.Error($"ERR {problem}");
        else if (parsed.IsDefinite) await JsonEdits.SetAsync(call, parsed, value, onlyNew, onlyPresent);
        else if (!parsed.IsRoot) call.Reply.Error(JsonPath.OnlyOnePlace(path));
        else await StoreAsync(call, onlyNew ? Opcode.Add : onlyPresent ? Opcode.Replace : Opcode.Set, value);
    }

    /// <summary>
    /// JSON.GET key [path …]: of paths that begin with $ an array of what is there, of others the value.
    /// </summary>
    public static async ValueTask Get(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var names = new List<string>();
        while (!arguments.IsAtEnd)
        {
            // Blanks and line ends that a client may ask for are not written.
            if (arguments.TryWord("INDENT") || arguments.TryWord("NEWLINE") || arguments.TryWord("SPACE"))
                arguments.Text("format");
            else
                names.Add(arguments.Text("path"));
        }

        if (names.Count == 0) names.Add(".");
        var paths = new List<JsonPath>();
        foreach (var name in names)
        {
            if (JsonPath.TryParse(name, out var path, out var problem))
            {
                paths.Add(path);
                continue;
            }

            call.Reply.Error("ERR " + problem);
            return;
        }

        using var read = await call.SendAsync(new CacheCommand { Opcode = Opcode.Get, Path = call[1] });
        if (Steps.Failed(call, read)) return;
        if (read.Status != StatusCode.Ok) call.Reply.Null();
        else if (!IsJson(read))
            call.Reply.Error(RespErrors.WrongType);
        else Write(call.Reply, read.ValueMemory, paths, names);
    }

    /// <summary>JSON.DEL key [path]: how many values were deleted.</summary>
    public static async ValueTask Delete(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var text = arguments.IsAtEnd ? "$" : arguments.Text("path");
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (!JsonPath.TryParse(text, out var path, out var wrong)) arguments.Fail("ERR " + wrong);
        else if (!path.IsRoot && !path.IsDefinite) arguments.Fail(JsonPath.OnlyOnePlace(text));
        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return;
        }

        if (!path!.IsRoot)
        {
            await JsonEdits.DeleteAsync(call, path);
            return;
        }

        using var written = await call.SendAsync(new CacheCommand { Opcode = Opcode.Delete, Path = call[1] });
        if (!Steps.Failed(call, written)) call.Reply.Integer(written.Status == StatusCode.Ok ? 1 : 0);
    }

    private static async ValueTask StoreAsync(RespCall call, Opcode opcode, byte[] value)
    {
        using var written = await call.SendAsync(new CacheCommand { Opcode = opcode, Path = call[1], Value = value });
        if (Steps.Failed(call, written)) return;
        if (written.Status == StatusCode.Ok) call.Reply.Ok();
        else call.Reply.Null();
    }

    /// <summary>Whether an entry was read whose value is JSON.</summary>
    public static bool IsJson(in EntryResult read) =>
        read.Status == StatusCode.Ok && read.Outcome.Kind == EntryKind.Value && Problem(read.Value) is null;

    /// <summary>
    /// What a path leads to: of one with a dollar an array of the values, of an old one the first; null where an old
    /// one leads nowhere, or to too many.
    /// </summary>
    public static string? Found(ReadOnlyMemory<byte> json, JsonPath path)
    {
        using var document = JsonDocument.Parse(json);
        var values = new List<JsonElement>();
        return path.TryFind(document.RootElement, values) ? Found(values, path) : null;
    }

    /// <summary>What is wrong with JSON; null when nothing is.</summary>
    public static string? Problem(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException error)
        {
            return "the value is not valid JSON: " + error.Message;
        }
    }

    private static void Write(RespReply reply, ReadOnlyMemory<byte> json, List<JsonPath> paths, List<string> names)
    {
        using var document = JsonDocument.Parse(json);
        var found = new string?[paths.Count];
        for (var i = 0; i < found.Length; i++)
        {
            var values = new List<JsonElement>();
            if (!paths[i].TryFind(document.RootElement, values))
            {
                reply.Error(JsonPath.TooMany(names[i]));
                return;
            }

            found[i] = Found(values, paths[i]);
            if (found[i] is not null) continue;
            reply.Error($"ERR Path '{names[i]}' does not exist");
            return;
        }

        if (found is [var only])
        {
            reply.Bulk(only!);
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        for (var i = 0; i < found.Length; i++)
        {
            writer.WritePropertyName(names[i]);
            writer.WriteRawValue(found[i]!);
        }

        writer.WriteEndObject();
        writer.Flush();
        reply.Bulk(output.WrittenSpan);
    }

    private static string? Found(List<JsonElement> values, JsonPath path) => !path.IsOld
        ? $"[{string.Join(',', values.Select(value => value.GetRawText()))}]"
        : values.Count > 0 ? values[0].GetRawText() : null;
}
