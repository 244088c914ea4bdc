using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;
using Hedgerow.Router;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// One line of a bulk request. Three forms:
/// <code>
/// {"path":"/wiki/1","document":{"title":"One"}}     the document of a path
/// {"path":"/wiki/1","delete":true}                  its deletion
/// {"id":"1","title":"One"}                          the document of /wiki/1, by its member id, which stays in it
/// </code>
/// The first two may have a condition, as PUT and DELETE have it in their headers: <c>"ifMatch"</c> a version, or
/// <c>"*"</c> for any; <c>"ifNoneMatch":"*"</c>. <c>"version"</c> is what exports write there.
/// </summary>
/// <param name="Path">The document's path.</param>
/// <param name="Json">The document; empty deletes. Lies in the line's own buffer.</param>
/// <param name="Condition">What has to be stored for it to be written.</param>
/// <param name="Version">The version that the line says it had; 0 where it says none.</param>
internal readonly record struct BulkLine(
    string Path, ReadOnlyMemory<byte> Json, WriteCondition Condition = default, ulong Version = 0)
{
    private static readonly string[] Members = ["path", "document", "delete", "ifMatch", "ifNoneMatch", "version"];

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line; <see cref="Json"/> may point into it.</param>
    /// <param name="prefix">What paths of the collection begin with.</param>
    /// <param name="idField">The member that names a document without a path.</param>
    /// <param name="result">The document, when the return value is null.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> line, string prefix, string idField, out BulkLine result)
    {
        result = default;
        try
        {
            if (JsonBody.ProblemOfTexts(line.Span) is { } problem) return $"The line is not JSON: {problem}.";
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return "The line is no JSON object.";
            if (root.TryGetProperty("path", out var path) && HasOperation(root, out var document))
                return ReadOperation(root, path, document, out result);
            return ReadDocument(root, line, prefix, idField, out result);
        }
        catch (JsonException e)
        {
            return $"The line is not JSON: {e.Message}";
        }
    }

    private static bool HasOperation(JsonElement root, out JsonElement? document)
    {
        document = root.TryGetProperty("document", out var given) ? given : null;
        if (document != null) return true;
        return root.TryGetProperty("delete", out var delete) && delete.ValueKind == JsonValueKind.True;
    }

    private static string? ReadOperation(
        JsonElement root, JsonElement path, JsonElement? document, out BulkLine result)
    {
        result = default;
        if (path.ValueKind != JsonValueKind.String) return "path is not text.";
        foreach (var member in root.EnumerateObject())
        {
            if (!Members.Contains(member.Name))
                return $"'{member.Name}' is no member of a line; allowed are {string.Join(", ", Members)}.";
        }

        var isDelete = root.TryGetProperty("delete", out var delete) && delete.ValueKind == JsonValueKind.True;
        if (isDelete && document is not null) return "The line has both 'document' and 'delete'; one is allowed.";
        if (ReadCondition(root, isDelete, out var condition) is { } problem) return problem;
        var version = 0UL;
        if (root.TryGetProperty("version", out var had) && !TryReadVersion(had, out version))
            return $"version is {had.GetRawText()}; it must be a version, such as \"116943871223889920\".";
        var json = document == null ? default : Encoding.UTF8.GetBytes(document.Value.GetRawText());
        result = new BulkLine(path.GetString()!, json, condition, version);
        return ProblemOf(result.Path);
    }

    private static string? ReadCondition(JsonElement root, bool isDelete, out WriteCondition condition)
    {
        condition = default;
        var hasMatch = root.TryGetProperty("ifMatch", out var match);
        if (root.TryGetProperty("ifNoneMatch", out var noneMatch))
        {
            condition = WriteCondition.OnlyIfAbsent;
            return hasMatch ? "ifMatch and ifNoneMatch are both there; at most one is allowed."
                : isDelete ? "ifNoneMatch has no meaning for a deletion; ifMatch has."
                : IsAny(noneMatch) ? null
                : $"ifNoneMatch is {noneMatch.GetRawText()}; a write takes \"*\" only.";
        }

        if (!hasMatch) return null;
        var isAny = IsAny(match);
        condition = isAny ? WriteCondition.OnlyIfPresent : default;
        if (isAny) return null;
        if (!TryReadVersion(match, out var version))
            return $"ifMatch is {match.GetRawText()}; it must be \"*\" or a version, such as \"116943871223889920\".";
        condition = WriteCondition.OnlyIfVersion(version);
        return null;
    }

    private static bool IsAny(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals("*"u8);

    /// <summary>
    /// A version as a number, as text (numbers so high are not exact everywhere), or as the text of an ETag.
    /// </summary>
    private static bool TryReadVersion(JsonElement value, out ulong version)
    {
        version = 0;
        if (value.ValueKind == JsonValueKind.Number) return value.TryGetUInt64(out version) && version > 0;
        if (value.ValueKind != JsonValueKind.String) return false;
        var text = value.GetString()!.AsSpan();
        if (text is ['"', .., '"'] && text.Length > 2) text = text[1..^1];
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version) && version > 0;
    }

    private static string? ReadDocument(
        JsonElement root, ReadOnlyMemory<byte> line, string prefix, string idField, out BulkLine result)
    {
        result = default;
        if (!root.TryGetProperty(idField, out var id)
            || id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return $"The line has neither 'path' with 'document' or 'delete', nor a member '{idField}' that is text "
                + "or a number.";
        var text = id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText();
        if (text.Length == 0) return $"The member '{idField}' is empty.";
        result = new BulkLine(prefix + text, line);
        return ProblemOf(result.Path);
    }

    /// <summary>What no entry's path is; that it is one of the collection's is the router's to say.</summary>
    private static string? ProblemOf(string path)
    {
        var bytes = Encoding.UTF8.GetByteCount(path);
        return bytes is > 0 and <= ProtocolLimits.PathBytesMax
            ? null
            : $"The path has {bytes} bytes; 1 to {ProtocolLimits.PathBytesMax} are allowed.";
    }
}
