using System.Buffers;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>JSON.SET, JSON.GET and JSON.DEL: whole values, and reading of members by their names.</summary>
internal static class JsonCommands
{
    private const string OnlyRoot = "ERR only the root path, $ or ., may be written here";

    /// <summary>JSON.SET key $ value [NX | XX].</summary>
    public static async ValueTask Set(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        var path = arguments.Text("path");
        var value = arguments.Bytes("value");
        bool onlyNew = arguments.TryWord("NX"), onlyPresent = !onlyNew && arguments.TryWord("XX");
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (arguments.Error is { } error) call.Reply.Error(error);
        else if (!IsRoot(path)) call.Reply.Error(OnlyRoot);
        else if (Problem(value) is { } problem) call.Reply.Error($"ERR {problem}");
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
        else if (read.Outcome.Kind != EntryKind.Value || Problem(read.Value) is not null)
            call.Reply.Error(RespErrors.WrongType);
        else Write(call.Reply, read.ValueMemory, paths, names);
    }

    /// <summary>JSON.DEL key [$]: how many were deleted.</summary>
    public static async ValueTask Delete(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        if (!arguments.IsAtEnd && !IsRoot(arguments.Text("path")))
        {
            call.Reply.Error(OnlyRoot);
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

    private static bool IsRoot(string path) => path is "$" or ".";

    private static string? Problem(ReadOnlySpan<byte> json)
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
                reply.Error($"ERR Path '{names[i]}' leads to more than {JsonPath.ValuesMax} values, or past "
                    + $"{JsonPath.VisitsMax} places");
                return;
            }

            found[i] = !paths[i].IsOld
                ? $"[{string.Join(',', values.Select(value => value.GetRawText()))}]"
                : values.Count > 0 ? values[0].GetRawText() : null;
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
}
