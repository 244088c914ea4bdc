using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>JSON.SET, JSON.GET and JSON.DEL.</summary>
internal static class JsonCommands
{
    /// <summary>Paths of one command.</summary>
    public const int PathsMax = 64;

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

        if (names.Count > PathsMax)
            arguments.Fail($"ERR {names.Count} paths are named; at most {PathsMax} are allowed");
        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return;
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
    /// one leads nowhere.
    /// </summary>
    /// <returns>False where it leads to too much.</returns>
    public static bool TryFind(ReadOnlyMemory<byte> json, JsonPath path, JsonAllowance left, out byte[]? found)
    {
        using var document = JsonDocument.Parse(json);
        return TryFind(document.RootElement, path, left, out found);
    }

    /// <summary>What is wrong with JSON; null when nothing is.</summary>
    public static string? Problem(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return $"the value is not valid UTF-8 at byte {InvalidAt(json)}";
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
                if (isText && reader.ValueIsEscaped && JsonText.LoneSurrogateAt(reader.ValueSpan) is >= 0 and var at)
                    return $"the value has half a pair of surrogates at byte {reader.TokenStartIndex + 1 + at}";
            }

            return null;
        }
        catch (JsonException error)
        {
            return "the value is not valid JSON: " + error.Message;
        }
    }

    private static int InvalidAt(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }

    private static void Write(RespReply reply, ReadOnlyMemory<byte> json, List<JsonPath> paths, List<string> names)
    {
        using var document = JsonDocument.Parse(json);
        var found = new byte[]?[paths.Count];
        var left = new JsonAllowance(json.Length);
        for (var i = 0; i < found.Length; i++)
        {
            if (!TryFind(document.RootElement, paths[i], left, out found[i]))
            {
                reply.Error(JsonPath.TooMany(names[i]));
                return;
            }

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
            writer.WriteRawValue(found[i]!, skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        reply.Bulk(output.WrittenSpan);
    }

    private static bool TryFind(JsonElement root, JsonPath path, JsonAllowance left, out byte[]? found)
    {
        var values = new List<JsonElement>();
        found = null;
        if (!path.TryFind(root, values, left)) return false;
        if (path.IsOld)
        {
            found = values.Count > 0 ? JsonMarshal.GetRawUtf8Value(values[0]).ToArray() : null;
            return true;
        }

        var length = values.Sum(value => JsonMarshal.GetRawUtf8Value(value).Length + 1);
        var output = new ArrayBufferWriter<byte>(length + 2);
        output.Write("["u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            output.Write(JsonMarshal.GetRawUtf8Value(values[i]));
        }

        output.Write("]"u8);
        found = output.WrittenSpan.ToArray();
        return true;
    }
}
