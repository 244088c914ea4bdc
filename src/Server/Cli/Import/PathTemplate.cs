using System.Globalization;
using System.Text;
using System.Text.Json;
using Hedgerow.Protocol;

namespace Hedgerow.Server.Cli.Import;

/// <summary>
/// Where a document goes: text with fields of the document in braces, such as <c>/words/{id}</c>; <c>{line}</c> is the
/// line number. Also the check that a line is a JSON object at all.
/// </summary>
internal sealed class PathTemplate
{
    private const string LineName = "line";
    private readonly string[] _texts;
    private readonly string[] _fields;

    private PathTemplate(string[] texts, string[] fields)
    {
        _texts = texts;
        _fields = fields;
    }

    /// <summary>A prefix and one field.</summary>
    public static PathTemplate Of(string prefix, string field) => new([prefix, ""], [field]);

    /// <summary>Reads a template.</summary>
    /// <exception cref="CliException">Braces do not match, or no document would stay apart from another.</exception>
    public static PathTemplate Parse(string template, string collection)
    {
        var texts = new List<string>();
        var fields = new List<string>();
        var rest = template.AsSpan();
        while (rest.IndexOf('{') is var open and >= 0)
        {
            var length = rest[(open + 1)..].IndexOf('}');
            if (length <= 0)
                throw CliException.Usage($"--path-template: '{template}' has a brace without a field name and an end.");
            texts.Add(rest[..open].ToString());
            fields.Add(rest.Slice(open + 1, length).ToString());
            rest = rest[(open + length + 2)..];
        }

        texts.Add(rest.ToString());
        if (fields.Count == 0)
            throw CliException.Usage($"--path-template: '{template}' names no field, as in /{collection}/{{id}}.");
        // Other paths may be those of a collection with a prefix of its own: the server knows.
        if (template[0] == '/' && !template.StartsWith($"/{collection}/", StringComparison.Ordinal))
            throw CliException.Usage($"--path-template: '{template}' must begin with /{collection}/.");
        return new PathTemplate([.. texts], [.. fields]);
    }

    /// <summary>Reads one line and makes its path.</summary>
    /// <returns>Null when all is well, else what was wrong, where, and what is allowed.</returns>
    public LineError? TryMakePath(ReadOnlySpan<byte> json, long line, out string path)
    {
        path = "";
        var values = new string?[_fields.Length];
        for (var i = 0; i < _fields.Length; i++)
        {
            if (_fields[i] == LineName) values[i] = line.ToString(CultureInfo.InvariantCulture);
        }

        try
        {
            if (ReadMembers(json, values) is { } error) return error;
        }
        catch (JsonException broken)
        {
            return new LineError((broken.BytePositionInLine ?? 0) + 1, FirstSentence(broken.Message));
        }

        var missing = Array.IndexOf(values, null);
        if (missing >= 0) return new LineError(1, $"expected a field '{_fields[missing]}' for the path; there is none");
        path = Join(values!);
        var bytes = Encoding.UTF8.GetByteCount(path);
        if (bytes > ProtocolLimits.PathBytesMax) return new LineError(1, CacheCommand.TooLongPath(bytes));
        return null;
    }

    private LineError? ReadMembers(ReadOnlySpan<byte> json, string?[] values)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return new LineError(reader.TokenStartIndex + 1, $"expected a JSON object, found {Name(reader.TokenType)}");
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName) continue;
            var index = IndexOf(ref reader);
            reader.Read();
            if (index < 0) continue;
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
            {
                var found = Name(reader.TokenType);
                return new LineError(
                    reader.TokenStartIndex + 1, $"expected a string or a number as '{_fields[index]}', found {found}");
            }

            var value = reader.TokenType == JsonTokenType.String
                ? reader.GetString()!
                : Encoding.UTF8.GetString(reader.ValueSpan);
            if (value.Length == 0)
                return new LineError(reader.TokenStartIndex + 1, $"'{_fields[index]}' is empty; the path needs it");
            for (var i = index; i < values.Length; i++)
            {
                if (_fields[i] == _fields[index]) values[i] = value;
            }
        }

        return null;
    }

    private int IndexOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < _fields.Length; i++)
        {
            if (_fields[i] != LineName && reader.ValueTextEquals(_fields[i])) return i;
        }

        return -1;
    }

    private string Join(string[] values)
    {
        if (values.Length == 1) return string.Concat(_texts[0], values[0], _texts[1]);
        var path = new StringBuilder(_texts[0]);
        for (var i = 0; i < values.Length; i++) path.Append(values[i]).Append(_texts[i + 1]);
        return path.ToString();
    }

    private static string Name(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    /// <summary>The library's own words, without the place, which is told better.</summary>
    private static string FirstSentence(string message)
    {
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (place < 0 ? message : message[..place]).TrimEnd('.');
    }
}

/// <summary>What was wrong in a line.</summary>
/// <param name="Column">Byte in the line, from 1.</param>
/// <param name="Message">What was found and what is expected, without a full stop.</param>
internal readonly record struct LineError(long Column, string Message);
