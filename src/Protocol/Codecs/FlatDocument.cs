using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Hedgerow.Protocol;

/// <summary>
/// A document of a <see cref="DocumentShape.Hash"/> collection, which is JSON, and the map of fields that clients see:
/// one and the same thing in two spellings. Thread-safe.
/// </summary>
/// <remarks>
/// A field is a member whose value is a string. A value that is no UTF-8, such as a vector of floats, is an object with
/// the one member <c>$base64</c>. Of a document that was written as JSON, a number or a boolean is a field of its text,
/// an array or another object a field of its JSON, and null is no field.
/// </remarks>
public static class FlatDocument
{
    private const string Binary = "$base64";

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true,
    };

    /// <summary>Writes the map of a document's fields; nothing where there are none.</summary>
    /// <returns>False when it is no JSON object, or has more fields than a map may; nothing was written then.</returns>
    public static bool TryWriteMap(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        var pairs = new ArrayBufferWriter<byte>(json.Length + 64);
        try
        {
            if (!TryReadPairs(json, pairs)) return false;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }

        if (!FieldList.TryRead(pairs.WrittenSpan, out var list, out _)) return false;
        if (list.Count == 0) return true;
        using var edit = FieldMapEdit.Set(default, list, pairs.WrittenSpan, onlyIfAbsent: false);
        if (edit.Count > FieldMap.FieldsMax || edit.Bytes > Array.MaxLength) return false;
        var bytes = (int)edit.Bytes;
        edit.WriteTo(output.GetSpan(bytes)[..bytes]);
        output.Advance(bytes);
        return true;
    }

    /// <summary>The bytes of one field's value: of a string, or of what stands for bytes that are none.</summary>
    /// <param name="reader">On the value; on its last token afterwards, unless there are no bytes.</param>
    /// <returns>Null where the value is something else.</returns>
    public static byte[]? ReadValue(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
            return TryReadBinary(ref reader, out var bytes) ? bytes : null;
        if (reader.TokenType != JsonTokenType.String) return null;
        var text = new byte[reader.ValueSpan.Length];
        return text[..reader.CopyString(text)];
    }

    /// <summary>Writes the document of a map's fields.</summary>
    /// <returns>False when a field's name is no UTF-8.</returns>
    public static bool TryWriteJson(FieldMap map, IBufferWriter<byte> output, [NotNullWhen(false)] out string? error)
    {
        foreach (var field in map)
        {
            if (Utf8.IsValid(field.Name)) continue;
            error = "The name of a field of a document has to be valid UTF-8.";
            return false;
        }

        using var writer = new Utf8JsonWriter(output, Options);
        writer.WriteStartObject();
        foreach (var (name, value) in map)
        {
            if (Utf8.IsValid(value))
            {
                writer.WriteString(name, value);
                continue;
            }

            writer.WriteStartObject(name);
            writer.WriteBase64String(Binary, value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        error = null;
        return true;
    }

    private static bool TryReadPairs(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> pairs)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (!TryWriteString(ref name, pairs, FieldMap.NameBytesMax)) return false;
            if (!TryWriteValue(ref reader, json, pairs)) return false;
        }

        return true;
    }

    private static bool TryWriteValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ArrayBufferWriter<byte> pairs)
    {
        if (reader.TokenType == JsonTokenType.String) return TryWriteString(ref reader, pairs, int.MaxValue);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            FieldList.Write(pairs, reader.ValueSpan);
            return true;
        }

        var begin = (int)reader.TokenStartIndex;
        var binary = reader;
        if (reader.TokenType == JsonTokenType.StartObject && TryReadBinary(ref binary, out var bytes))
        {
            reader = binary;
            FieldList.Write(pairs, bytes);
            return true;
        }

        reader.Skip();
        FieldList.Write(pairs, json[begin..(int)reader.BytesConsumed]);
        return true;
    }

    private static bool TryReadBinary(ref Utf8JsonReader reader, out byte[] bytes)
    {
        bytes = [];
        return reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(Binary)
            && reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out bytes!)
            && reader.Read() && reader.TokenType == JsonTokenType.EndObject;
    }

    private static bool TryWriteString(ref Utf8JsonReader reader, ArrayBufferWriter<byte> pairs, int bytesMax)
    {
        if (!reader.ValueIsEscaped)
        {
            if (reader.ValueSpan.Length > bytesMax) return false;
            FieldList.Write(pairs, reader.ValueSpan);
            return true;
        }

        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            var length = reader.CopyString(rented);
            if (length > bytesMax) return false;
            FieldList.Write(pairs, rented.AsSpan(0, length));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
