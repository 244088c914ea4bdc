using System.Text.Json;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>Values of completion fields: strings, and objects of inputs and a weight.</summary>
internal sealed partial class ParsedDocument
{
    private const string CompletionForms = "a string, an object of input (a string or an array of them) and weight, " +
        "or an array of such";

    private string? ReadCompletion(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        if (reader.TokenType == JsonTokenType.String) return ReadInput(ref reader, field, index);
        if (reader.TokenType != JsonTokenType.StartObject) return Mismatch(field, CompletionForms, reader.TokenType);
        var first = _values.Count;
        long weight = 1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input"u8);
            var isWeight = reader.ValueTextEquals("weight"u8);
            var name = isInput || isWeight ? "" : reader.GetString();
            reader.Read();
            var error = isInput ? ReadInputs(ref reader, field, index)
                : isWeight ? ReadWeight(ref reader, field, out weight)
                : $"field '{field.Name}': a completion has no member '{name}'; it takes {CompletionForms}";
            if (error is not null) return error;
        }

        for (var i = first; i < _values.Count; i++) _values[i] = _values[i] with { Bits = weight };
        return null;
    }

    private string? ReadInputs(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return ReadInput(ref reader, field, index);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (ReadInput(ref reader, field, index) is { } error) return error;
        return null;
    }

    private string? ReadInput(ref Utf8JsonReader reader, FieldSchema field, ushort index)
    {
        if (reader.TokenType != JsonTokenType.String) return Mismatch(field, CompletionForms, reader.TokenType);
        var start = _length;
        Reserve(reader.ValueSpan.Length);
        _length += reader.CopyString(_characters.AsSpan(_length));
        var length = _length - start;
        _values.Add(new IndexedValue(index, start, length, 1));
        return length is > 0 and <= CompletionQuery.CharactersMax
            ? null
            : $"field '{field.Name}' has a completion of {length} characters; 1 to " +
                $"{CompletionQuery.CharactersMax} are allowed";
    }

    private static string? ReadWeight(ref Utf8JsonReader reader, FieldSchema field, out long weight)
    {
        weight = 0;
        var ok = reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out weight),
            JsonTokenType.String => FieldValue.TryReadInteger(reader.GetString()!, out weight),
            _ => false,
        };
        return ok && weight is >= 0 and <= CompletionQuery.WeightMax
            ? null
            : Mismatch(field, $"a weight that is a whole number of 0 to {CompletionQuery.WeightMax}", reader.TokenType);
    }
}
