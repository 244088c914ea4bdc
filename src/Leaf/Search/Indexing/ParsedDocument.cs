using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The indexed values of one JSON document, taken out and checked against the schema before anything is stored. Members
/// that are no field of the schema are passed over, refused, or become fields, as its mapping says; null is the same as
/// absent; an array gives several values, also where it is an object's that has fields within. One thread; reused.
/// </summary>
internal sealed partial class ParsedDocument
{
    private const string DateForms = "a date or time such as \"2024-05-31T10:00:00Z\" or \"2024-05-31\", " +
        "milliseconds since 1970, or an array of them";

    /// <summary>Room kept from document to document: 512 KiB.</summary>
    private const int KeptCharactersMax = 256 * 1024;

    private readonly List<IndexedValue> _values = [];
    private readonly List<FieldSchema> _found = [];
    private readonly List<long> _places = [];
    private char[] _characters = new char[1024];
    private float[] _floats = [];
    private int _length;
    private int _floatCount;

    /// <summary>The values in the order of the document.</summary>
    public ReadOnlySpan<IndexedValue> Values => CollectionsMarshal.AsSpan(_values);

    /// <summary>
    /// Fields that a dynamic schema has to get before the values are taken in; they are numbered behind its own.
    /// </summary>
    public IReadOnlyList<FieldSchema> Found => _found;

    /// <summary>The text of a text or keyword value.</summary>
    public ReadOnlySpan<char> Text(in IndexedValue value) => _characters.AsSpan(value.Start, value.Length);

    /// <summary>The numbers of a vector, as they are compared.</summary>
    public ReadOnlySpan<float> Vector(in IndexedValue value) => _floats.AsSpan(value.Start, value.Length);

    /// <summary>Takes the values out of a document.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="schema">What it has to fit.</param>
    /// <param name="error">What is wrong, with the field and what is allowed.</param>
    /// <returns>Ok or BadDocument.</returns>
    public StatusCode Read(ReadOnlySpan<byte> json, CollectionFields schema, out string? error)
    {
        _values.Clear();
        _found.Clear();
        _length = 0;
        _floatCount = 0;
        if (_characters.Length > KeptCharactersMax) _characters = new char[1024];
        if (!Utf8.IsValid(json))
        {
            error = "the document is not valid UTF-8";
            return StatusCode.BadDocument;
        }

        try
        {
            error = ReadDocument(json, schema);
        }
        catch (JsonException exception)
        {
            error = "the document is not valid JSON: " + exception.Message;
        }
        catch (InvalidOperationException exception)
        {
            // The reader's way to say that an escaped surrogate has no partner.
            error = "the document is not valid JSON: " + exception.Message;
        }

        return error is null ? StatusCode.Ok : StatusCode.BadDocument;
    }

    private string? ReadDocument(ReadOnlySpan<byte> json, CollectionFields schema)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return "a document is a JSON object; this one begins with " + Describe(reader.TokenType);
        if (ReadMembers(ref reader, schema, schema.Root, "", 1) is { } error) return error;
        return reader.Read() ? "there is more behind the document" : null;
    }

    /// <summary>Reads an object's members up to its end.</summary>
    /// <param name="reader">On its beginning.</param>
    /// <param name="schema">All fields.</param>
    /// <param name="node">Those within; null when there are none yet.</param>
    /// <param name="prefix">Its name and a dot; empty for the document.</param>
    /// <param name="depth">1 for the document.</param>
    private string? ReadMembers(
        ref Utf8JsonReader reader, CollectionFields schema, FieldNode? node, string prefix, int depth)
    {
        if (depth > CollectionSchema.DepthMax)
            return $"'{prefix}' nests deeper than {CollectionSchema.DepthMax} objects, which is the limit for fields";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = node?.Find(ref reader);
            var error = member is null
                ? ReadUnknown(ref reader, schema, prefix, depth)
                : ReadMember(ref reader, schema, member, prefix, depth);
            if (error is not null) return error;
        }

        return null;
    }

    private string? ReadMember(
        ref Utf8JsonReader reader, CollectionFields schema, FieldNode member, string prefix, int depth)
    {
        // Most members are plain fields: their names are never put together.
        var name = member.HasMembers ? prefix + reader.GetString() : "";
        reader.Read();
        if (member.Fields is [var only] && schema.Fields[only].Type is FieldType.DenseVector or FieldType.GeoPoint)
            return ReadWhole(ref reader, schema, only);
        if (reader.TokenType != JsonTokenType.StartArray) return ReadElement(ref reader, schema, member, name, depth);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (ReadElement(ref reader, schema, member, name, depth) is { } error) return error;
        return null;
    }

    /// <summary>A value that an array is one of, or that knows arrays itself.</summary>
    private string? ReadWhole(ref Utf8JsonReader reader, CollectionFields schema, ushort index)
    {
        var field = schema.Fields[index];
        var before = reader;
        var (values, floats) = (_values.Count, _floatCount);
        var isBlob = schema.Schema.Shape == DocumentShape.Hash;
        var error = field.Type == FieldType.GeoPoint
            ? ReadPlaces(ref reader, field, index)
            : ReadVector(ref reader, field, index, isBlob);
        if (error is null || !schema.Schema.IgnoreMalformed) return error;
        reader = before;
        reader.Skip();
        CollectionsMarshal.SetCount(_values, values);
        _floatCount = floats;
        return null;
    }

    private string? ReadElement(
        ref Utf8JsonReader reader, CollectionFields schema, FieldNode member, string name, int depth)
    {
        if (reader.TokenType == JsonTokenType.StartObject && member.HasMembers)
            return ReadMembers(ref reader, schema, member, name + ".", depth + 1);
        if (member.Fields.Length > 0) return ReadValues(ref reader, schema, member.Fields);
        return schema.Schema.Mapping switch
        {
            _ when reader.TokenType == JsonTokenType.Null => null,
            MappingMode.Ignore => Passed(ref reader),
            MappingMode.Strict =>
                $"member '{name}' is {Describe(reader.TokenType)}; the schema, which is strict, has an object there",
            _ => ReadFound(ref reader, schema, name, depth),
        };
    }

    /// <summary>One value into all the fields that it feeds.</summary>
    private string? ReadValues(ref Utf8JsonReader reader, CollectionFields schema, ushort[] fields)
    {
        for (var i = 0; i < fields.Length - 1; i++)
        {
            var again = reader;
            if (ReadInto(ref again, schema, fields[i]) is { } error) return error;
        }

        return ReadInto(ref reader, schema, fields[^1]);
    }

    private string? ReadInto(ref Utf8JsonReader reader, CollectionFields schema, ushort field) =>
        schema.Schema.IgnoreMalformed
            ? ReadOrPass(ref reader, schema.Fields[field], field)
            : ReadValue(ref reader, schema.Fields[field], field);

    /// <summary>A member that no name of the schema leads to.</summary>
    private string? ReadUnknown(ref Utf8JsonReader reader, CollectionFields schema, string prefix, int depth)
    {
        if (schema.Schema.Mapping == MappingMode.Ignore)
        {
            reader.Read();
            return Passed(ref reader);
        }

        var name = prefix + reader.GetString();
        if (schema.Schema.Mapping == MappingMode.Strict)
        {
            return $"member '{name}' is no field, and collection '{schema.Schema.Name}' is strict; it has "
                + schema.Names(Enum.GetValues<FieldType>());
        }

        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return ReadFound(ref reader, schema, name, depth);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (ReadFound(ref reader, schema, name, depth) is { } error) return error;
        return null;
    }

    /// <summary>A value that makes a field, or belongs to one that an earlier value made.</summary>
    private string? ReadFound(ref Utf8JsonReader reader, CollectionFields schema, string name, int depth)
    {
        FieldType type;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.StartObject:
                return ReadMembers(ref reader, schema, null, name + ".", depth + 1);
            case JsonTokenType.String:
                type = FieldType.Text;
                break;
            case JsonTokenType.Number:
                type = FieldType.Number;
                break;
            case JsonTokenType.True or JsonTokenType.False:
                type = FieldType.Boolean;
                break;
            default:
                return $"member '{name}' has an array within an array, which no field can be made of";
        }

        var known = schema.Find(name);
        if (known >= 0) return ReadValue(ref reader, schema.Fields[known], (ushort)known);
        var found = _found.FindIndex(field => field.Name == name);
        if (found < 0)
        {
            if (FoundProblem(schema, name) is { } problem) return problem;
            found = _found.Count;
            _found.Add(new FieldSchema { Name = name, Type = type });
        }

        return ReadValue(ref reader, _found[found], (ushort)(schema.Fields.Length + found));
    }

    private string? FoundProblem(CollectionFields schema, string name)
    {
        if (schema.Fields.Length + _found.Count >= CollectionSchema.FieldsMax)
        {
            return $"member '{name}' would become field {CollectionSchema.FieldsMax + 1} of the collection; at most " +
                $"{CollectionSchema.FieldsMax} are allowed";
        }

        return name.Length is > 0 and <= CollectionSchema.FieldNameCharsMax
            ? null
            : $"a member's name has {name.Length} characters; 1 to {CollectionSchema.FieldNameCharsMax} are allowed";
    }

    private static string? Passed(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    /// <summary>What does not fit the field's type is not indexed.</summary>
    private string? ReadOrPass(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        var (before, length) = (_values.Count, _length);
        if (ReadValue(ref reader, field, index) is null) return null;
        CollectionsMarshal.SetCount(_values, before);
        _length = length;
        // Of an object or an array its end; other values end where they begin.
        reader.Skip();
        return null;
    }

    private string? ReadValue(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        return field.Type switch
        {
            FieldType.Text or FieldType.Keyword => ReadText(ref reader, field, index),
            FieldType.Number => ReadNumber(ref reader, field, index),
            FieldType.Integer => ReadInteger(ref reader, field, index),
            FieldType.Boolean => ReadBoolean(ref reader, field, index),
            FieldType.Completion => ReadCompletion(ref reader, field, index),
            FieldType.GeoPoint => ReadPlaces(ref reader, field, index),
            _ => ReadDate(ref reader, field, index),
        };
    }

    private string? ReadText(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        var start = _length;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                Reserve(reader.ValueSpan.Length);
                _length += reader.CopyString(_characters.AsSpan(_length));
                break;
            case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                Reserve(reader.ValueSpan.Length);
                foreach (var b in reader.ValueSpan) _characters[_length++] = (char)b;
                break;
            default:
                return Mismatch(field, "a string, a number, a boolean, or an array of them", reader.TokenType);
        }

        if (field.Type == FieldType.Keyword) return AddKeywords(field, index, start);
        _values.Add(new IndexedValue(index, start, _length - start, 0));
        return null;
    }

    private string? AddKeywords(FieldSchema field, ushort index, int start)
    {
        var text = _characters.AsSpan(start, _length - start);
        if (field.FoldCase) System.Text.Ascii.ToLowerInPlace(text, out _);
        if (field.FoldCase && !System.Text.Ascii.IsValid(text)) text.ToString().AsSpan().ToLowerInvariant(text);
        var at = 0;
        while (KeywordText.TryNext(field, text, ref at, out var part))
        {
            var (offset, length) = part.GetOffsetAndLength(text.Length);
            var bytes = System.Text.Encoding.UTF8.GetByteCount(text.Slice(offset, length));
            if (bytes > TermDictionary.TermBytesMax)
            {
                return $"field '{field.Name}' has a keyword of {bytes} bytes; at most " +
                    $"{TermDictionary.TermBytesMax} are allowed";
            }

            _values.Add(new IndexedValue(index, start + offset, length, 0));
        }

        return null;
    }

    private string? ReadNumber(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        double number;
        var ok = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetDouble(out number) && double.IsFinite(number),
            JsonTokenType.String => FieldValue.TryReadNumber(reader.GetString()!, out number),
            _ => NotA(out number),
        };
        if (!ok) return Mismatch(field, "a finite number, or an array of them", reader.TokenType);
        _values.Add(new IndexedValue(index, 0, 0, FieldValue.Sortable(number)));
        return null;

        static bool NotA(out double number)
        {
            number = 0;
            return false;
        }
    }

    private string? ReadInteger(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        long number = 0;
        var ok = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out number),
            JsonTokenType.String => FieldValue.TryReadInteger(reader.GetString()!, out number),
            _ => false,
        };
        if (!ok) return Mismatch(field, "a whole number of 64 bits, or an array of them", reader.TokenType);
        _values.Add(new IndexedValue(index, 0, 0, number));
        return null;
    }

    private string? ReadBoolean(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        long value = reader.TokenType == JsonTokenType.True ? 1 : 0;
        var ok = reader.TokenType switch
        {
            JsonTokenType.True or JsonTokenType.False => true,
            JsonTokenType.String => FieldValue.TryReadBoolean(reader.GetString()!, out value),
            _ => false,
        };
        if (!ok) return Mismatch(field, "true, false, or an array of them", reader.TokenType);
        _values.Add(new IndexedValue(index, 0, 0, value));
        return null;
    }

    private string? ReadDate(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        long milliseconds = 0;
        var ok = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out milliseconds),
            JsonTokenType.String => FieldValue.TryReadDate(reader.GetString()!, out milliseconds),
            _ => false,
        };
        if (!ok)
            return Mismatch(field, DateForms, reader.TokenType);
        _values.Add(new IndexedValue(index, 0, 0, milliseconds));
        return null;
    }

    private string? ReadVector(ref Utf8JsonReader reader, FieldSchema field, ushort index, bool isBlob)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        foreach (ref readonly var value in Values)
            if (value.Field == index) return $"field '{field.Name}' has a second vector; a document has one at most";
        var options = field.Vector!;
        if (_floats.Length < _floatCount + options.Dims)
            Array.Resize(ref _floats, Math.Max(_floats.Length * 2, _floatCount + options.Dims));
        var vector = _floats.AsSpan(_floatCount, options.Dims);
        var problem = isBlob
            ? VectorJson.ReadBlob(ref reader, options, vector)
            : VectorJson.Read(ref reader, options, vector);
        if (problem is not null) return $"the vector of field '{field.Name}' {problem}";
        _values.Add(new IndexedValue(index, _floatCount, options.Dims, 0));
        _floatCount += options.Dims;
        return null;
    }

    private string? ReadPlaces(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        _places.Clear();
        var start = reader;
        if (GeoPointJson.Read(ref reader, field, _places) is { } error)
        {
            // Whoever passes it over goes on from where it began.
            reader = start;
            return error;
        }

        foreach (var place in _places) _values.Add(new IndexedValue(index, 0, 0, place));
        return null;
    }

    private void Reserve(int characters)
    {
        if (_characters.Length - _length < characters)
            Array.Resize(ref _characters, Math.Max(_characters.Length * 2, _length + characters));
    }

    private static string Mismatch(FieldSchema field, string allowed, JsonTokenType found) =>
        $"field '{field.Name}' is of type {field.Type}: it takes {allowed}, not {Describe(found)}";

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "this string",
        JsonTokenType.Number => "this number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}

/// <summary>One value of one field.</summary>
/// <param name="Field">Number of the field in the schema.</param>
/// <param name="Start">First character of a text.</param>
/// <param name="Length">Characters of a text.</param>
/// <param name="Bits">A number, date or boolean as its column holds it.</param>
internal readonly record struct IndexedValue(ushort Field, int Start, int Length, long Bits);
