using System.Buffers;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.FrontEnds.Http;

/// <summary>
/// One line of a bulk request. Three forms:
/// <code>
/// {"path":"/wiki/1","document":{"title":"One"}}     the document of a path
/// {"path":"/wiki/1","delete":true}                  its deletion
/// {"id":"1","title":"One"}                          the document of /wiki/1, by its member id, which stays in it
/// </code>
/// </summary>
/// <param name="Path">The document's path.</param>
/// <param name="Json">The document; empty deletes. Lies in the line's own buffer.</param>
internal readonly record struct BulkLine(string Path, ReadOnlyMemory<byte> Json)
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">The line; <see cref="Json"/> may point into it.</param>
    /// <param name="collection">The collection's name.</param>
    /// <param name="idField">The member that names a document without a path.</param>
    /// <param name="result">The document, when the return value is null.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> line, string collection, string idField, out BulkLine result)
    {
        result = default;
        try
        {
            if (JsonBody.ProblemOfTexts(line.Span) is { } problem) return $"The line is not JSON: {problem}.";
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return "The line is no JSON object.";
            if (root.TryGetProperty("path", out var path) && HasOperation(root, out var document))
                return ReadOperation(path, document, out result);
            return ReadDocument(root, line, collection, idField, out result);
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

    private static string? ReadOperation(JsonElement path, JsonElement? document, out BulkLine result)
    {
        result = default;
        if (path.ValueKind != JsonValueKind.String) return "path is not text.";
        var json = document == null ? default : Encoding.UTF8.GetBytes(document.Value.GetRawText());
        result = new BulkLine(path.GetString()!, json);
        return ProblemOf(result.Path);
    }

    private static string? ReadDocument(
        JsonElement root, ReadOnlyMemory<byte> line, string collection, string idField, out BulkLine result)
    {
        result = default;
        if (!root.TryGetProperty(idField, out var id)
            || id.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return $"The line has neither 'path' with 'document' or 'delete', nor a member '{idField}' that is text "
                + "or a number.";
        var text = id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText();
        if (text.Length == 0) return $"The member '{idField}' is empty.";
        result = new BulkLine($"/{collection}/{text}", line);
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

/// <summary>The lines of one bulk request: which were broken, and which line each document came from.</summary>
internal sealed class BulkRun
{
    private const int SkippedMax = 10_000;

    private readonly string _collection;
    private readonly string _idField;

    // For each line that is no document, how many documents stood before it; ascending.
    private readonly List<long> _skippedAfter = [];
    private long _line;
    private byte[] _buffer = [];

    public BulkRun(string collection, string idField)
    {
        _collection = collection;
        _idField = idField;
    }

    /// <summary>Lines that hold no document and are not blank.</summary>
    public List<BulkLineFailure> Broken { get; } = [];

    /// <summary>Documents taken so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Reads the next line; false when it is blank or broken. It lasts until the next call.</summary>
    /// <exception cref="ApiException">BadDocument: so many lines are broken that this is no bulk request.</exception>
    public bool TryTake(ReadOnlySequence<byte> sequence, out BulkLine document)
    {
        document = default;
        _line++;
        var line = Contiguous(sequence);
        var isBlank = line.Span.Trim(" \t\r"u8).IsEmpty;
        var error = isBlank ? "" : BulkLine.TryRead(line, _collection, _idField, out document);
        if (error == null)
        {
            Documents++;
            return true;
        }

        if (error.Length > 0) Broken.Add(new BulkLineFailure(_line, Metrics.Words.Of(StatusCode.BadDocument), error));
        _skippedAfter.Add(Documents);
        if (_skippedAfter.Count <= SkippedMax) return false;
        throw new ApiException(
            StatusCode.BadDocument,
            $"{SkippedMax} of {_line} lines are blank or broken; {Documents} documents were taken. The last: {error}");
    }

    /// <summary>The line, from 1, of a document by its place among the documents, from 0.</summary>
    public long LineOf(int index)
    {
        // Lines skipped before the document: those with at most index documents before them.
        var place = _skippedAfter.BinarySearch(index);
        if (place < 0) place = ~place;
        while (place < _skippedAfter.Count && _skippedAfter[place] == index) place++;
        return index + 1L + place;
    }

    private ReadOnlyMemory<byte> Contiguous(ReadOnlySequence<byte> sequence)
    {
        if (sequence.IsSingleSegment) return sequence.First;
        var length = (int)sequence.Length;
        if (_buffer.Length < length) _buffer = new byte[Math.Max(length, _buffer.Length * 2)];
        sequence.CopyTo(_buffer);
        return _buffer.AsMemory(0, length);
    }
}
