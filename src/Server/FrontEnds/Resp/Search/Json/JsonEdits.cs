using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hedgerow.Protocol;
using Hedgerow.Server.FrontEnds.Resp.Commands;

namespace Hedgerow.Server.FrontEnds.Resp.Search;

/// <summary>
/// Commands that change one place in a JSON value: JSON.SET and JSON.DEL of a path, JSON.NUMINCRBY, JSON.ARRAPPEND.
/// Each reads, changes and stores on the condition that nothing came between.
/// </summary>
internal static class JsonEdits
{
    private const string NoKey = "ERR could not perform this operation on a key that doesn't exist";

    private static readonly JsonSerializerOptions Form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // A member that stands twice would be lost by a change.
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>JSON.SET of a path that is not the root.</summary>
    /// <param name="call">The command.</param>
    /// <param name="path">Leads to one place.</param>
    /// <param name="value">Valid JSON.</param>
    /// <param name="onlyNew">NX: nothing may be there.</param>
    /// <param name="onlyPresent">XX: something has to be.</param>
    public static ValueTask SetAsync(RespCall call, JsonPath path, byte[] value, bool onlyNew, bool onlyPresent)
    {
        var isSet = false;
        return ChangeAsync(
            call, path, "ERR new objects must be created at the root",
            place =>
            {
                isSet = place.CanTake && !(place.Exists ? onlyNew : onlyPresent);
                if (isSet) place.Put(JsonNode.Parse(value, documentOptions: Once));
                return isSet;
            },
            reply =>
            {
                if (isSet) reply.Ok();
                else reply.Null();
            });
    }

    /// <summary>JSON.DEL of a path that is not the root.</summary>
    public static ValueTask DeleteAsync(RespCall call, JsonPath path)
    {
        var deleted = 0;
        return ChangeAsync(
            call, path, null,
            place =>
            {
                deleted = place.Exists ? 1 : 0;
                if (place.Exists) place.Remove();
                return deleted > 0;
            },
            reply => reply.Integer(deleted));
    }

    /// <summary>JSON.NUMINCRBY key path number.</summary>
    public static ValueTask Increment(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        if (Path(call, arguments.Text("path")) is not { } path) return default;
        var text = arguments.Text("value");
        var isNumber = DialectCursor.TryNumber(text, out var by) && double.IsFinite(by);
        if (!isNumber) arguments.Fail("ERR value is not a number");
        if (!arguments.IsAtEnd) arguments.FailUnknown();
        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return default;
        }

        string? sum = null;
        var isNumberThere = false;
        return ChangeAsync(
            call, path, NoKey,
            place =>
            {
                var value = place.Node as JsonValue;
                isNumberThere = value?.GetValueKind() == JsonValueKind.Number;
                sum = isNumberThere ? Sum(value!, text, by) : null;
                if (sum is not null) place.Put(JsonNode.Parse(sum));
                return sum is not null;
            },
            reply =>
            {
                if (isNumberThere && sum is null) reply.Error("ERR the sum is beyond all numbers");
                else if (!path.IsOld) reply.Bulk($"[{sum ?? "null"}]");
                else if (sum is not null) reply.Bulk(sum);
                else reply.Error("ERR wrong type of path value - expected a number");
            });
    }

    /// <summary>JSON.ARRAPPEND key path value …: how long the array is then.</summary>
    public static ValueTask Append(RespCall call)
    {
        var arguments = new ArgumentReader(call, 2);
        if (Path(call, arguments.Text("path")) is not { } path) return default;
        var values = new List<byte[]>();
        while (!arguments.IsAtEnd)
        {
            values.Add(arguments.Bytes("value"));
            if (JsonCommands.Problem(values[^1]) is { } problem) arguments.Fail("ERR " + problem);
        }

        if (arguments.Error is { } error)
        {
            call.Reply.Error(error);
            return default;
        }

        int? length = null;
        return ChangeAsync(
            call, path, NoKey,
            place =>
            {
                if (place.Node is not JsonArray array) return false;
                foreach (var value in values) array.Add(JsonNode.Parse(value, documentOptions: Once));
                length = array.Count;
                return true;
            },
            reply =>
            {
                if (!path.IsOld) reply.ArrayHead(1);
                if (length is { } count) reply.Integer(count);
                else if (path.IsOld) reply.Error("ERR wrong type of path value - expected an array");
                else reply.Null();
            });
    }

    // Null: the answer is an error.
    private static JsonPath? Path(RespCall call, string text)
    {
        if (!JsonPath.TryParse(text, out var path, out var error)) call.Reply.Error("ERR " + error);
        else if (!path.IsDefinite) call.Reply.Error(JsonPath.OnlyOnePlace(text));
        else return path;
        return null;
    }

    private static string? Sum(JsonValue value, string text, double by)
    {
        var isWhole = value.TryGetValue<long>(out var whole)
            & long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var step);
        if (isWhole && Int128.Abs((Int128)whole + step) < long.MaxValue)
            return (whole + step).ToString(CultureInfo.InvariantCulture);
        var sum = value.GetValue<double>() + by;
        return double.IsFinite(sum) ? sum.ToString("R", CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Reads a value, changes it, stores it, and again if another came between.</summary>
    /// <param name="call">The command; its first argument is the key.</param>
    /// <param name="path">Leads to one place.</param>
    /// <param name="noKey">The error where there is no such key; null where there is nothing to do then.</param>
    /// <param name="change">Changes the place; false leaves the value as it was. May run again.</param>
    /// <param name="answer">Writes the answer.</param>
    private static async ValueTask ChangeAsync(
        RespCall call, JsonPath path, string? noKey, Func<JsonPlace, bool> change, Action<RespReply> answer)
    {
        for (var round = 0; round < Steps.RoundsMax; round++)
        {
            using var read = await Steps.Read(call, 1);
            if (Steps.FailedOrFields(call, read)) return;
            if (read.Status != StatusCode.Ok && noKey is not null)
            {
                call.Reply.Error(noKey);
                return;
            }

            if (read.Status != StatusCode.Ok || !TryChange(call, path, read, change, out var changed))
            {
                if (call.Answer.Written.IsEmpty) answer(call.Reply);
                return;
            }

            using var written = await Steps.Store(call, 1, read, changed, read.Outcome.ExpiresAtMs);
            if (Steps.Failed(call, written)) return;
            if (Steps.Lost(written)) continue;
            answer(call.Reply);
            return;
        }

        Steps.GiveUp(call);
    }

    private static bool TryChange(
        RespCall call, JsonPath path, in EntryResult read, Func<JsonPlace, bool> change, out byte[] changed)
    {
        changed = [];
        try
        {
            var root = JsonNode.Parse(read.Value, documentOptions: Once);
            if (root is null || !change(path.PlaceIn(root))) return false;
            changed = JsonSerializer.SerializeToUtf8Bytes(root, Form);
            return true;
        }
        catch (JsonException problem)
        {
            call.Reply.Error("ERR the value is not JSON that can be changed: " + problem.Message);
            return false;
        }
    }
}

/// <summary>One place in a JSON value: what holds it, and by what name or number.</summary>
/// <param name="Holder">An object or an array; null where the way to it leads nowhere.</param>
/// <param name="Name">Of an object's member.</param>
/// <param name="Index">Of an array's element; beyond its end where there is none.</param>
internal sealed record JsonPlace(JsonNode? Holder, string Name, int Index)
{
    /// <summary>What is there; null also of JSON's null.</summary>
    public JsonNode? Node => !Exists ? null : Holder is JsonObject members ? members[Name] : Holder![Index];

    /// <summary>Whether anything is there.</summary>
    public bool Exists => Holder switch
    {
        JsonObject members => members.ContainsKey(Name),
        JsonArray array => Index >= 0 && Index < array.Count,
        _ => false,
    };

    /// <summary>Whether something can be put there.</summary>
    public bool CanTake => Exists || Holder is JsonObject;

    /// <summary>Puts something there.</summary>
    public void Put(JsonNode? node)
    {
        if (Holder is JsonObject members) members[Name] = node;
        else ((JsonArray)Holder!)[Index] = node;
    }

    /// <summary>Takes away what is there.</summary>
    public void Remove()
    {
        if (Holder is JsonObject members) members.Remove(Name);
        else ((JsonArray)Holder!).RemoveAt(Index);
    }
}
