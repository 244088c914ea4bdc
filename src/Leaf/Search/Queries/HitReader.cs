using System.Buffers;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Reads what a request wants of its hits: source, whole or filtered, and highlights. One search.</summary>
internal sealed class HitReader
{
    /// <summary>Characters of a snippet: two or three lines.</summary>
    private const int SnippetCharacters = 160;

    private readonly SearchRequest _request;
    private readonly byte[][] _sourceFields;
    private readonly List<(FieldSchema Field, byte[] Name, int Number, HighlightTerms Terms)> _highlights;
    private readonly CollectionFields _fields;
    private readonly ArrayBufferWriter<byte> _json = new();

    private HitReader(
        SearchRequest request,
        List<(FieldSchema Field, byte[] Name, int Number, HighlightTerms Terms)> highlights,
        CollectionFields fields)
    {
        _request = request;
        _sourceFields = [.. request.SourceFields.Select(Encoding.UTF8.GetBytes)];
        _highlights = highlights;
        _fields = fields;
    }

    /// <summary>A reader for a request.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="query">Its query, with the texts parsed.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="problem">Why there is none: a field to highlight that is no text field.</param>
    public static HitReader? For(
        SearchRequest request, QueryNode query, CollectionFields fields, out string? problem)
    {
        var highlights = new List<(FieldSchema, byte[], int, HighlightTerms)>();
        foreach (var name in request.HighlightFields)
        {
            var number = fields.Find(name);
            if (number < 0 || fields.Fields[number].Type != FieldType.Text)
            {
                problem = $"field '{name}' cannot be highlighted; the collection's text fields are " +
                    fields.Names(FieldType.Text);
                return null;
            }

            var terms = HighlightTerms.Of(query, fields.Fields[number]);
            highlights.Add((fields.Fields[number], Encoding.UTF8.GetBytes(name), number, terms));
        }

        problem = null;
        return new HitReader(request, highlights, fields);
    }

    /// <summary>Reads a hit.</summary>
    public SearchHit Read(SegmentView view, in HitPlace place)
    {
        var segment = view.Segment;
        var source = ReadOnlyMemory<byte>.Empty;
        IReadOnlyList<Highlight> highlights = [];
        if (_request.WithSource || _highlights.Count > 0)
        {
            _json.ResetWrittenCount();
            segment.Stored.Read(place.Document, _json);
            if (_request.WithSource) source = Source();
            if (_highlights.Count > 0) highlights = Highlights();
        }

        return new SearchHit
        {
            Path = Encoding.UTF8.GetString(segment.Paths.Read(place.Document)),
            Score = place.Score,
            Version = segment.Version(place.Document),
            Source = source,
            Highlights = highlights,
        };
    }

    private byte[] Source()
    {
        if (_sourceFields.Length == 0) return _json.WrittenSpan.ToArray();
        var filtered = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(filtered);
        var reader = new Utf8JsonReader(_json.WrittenSpan);
        writer.WriteStartObject();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = Find(ref reader);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (wanted is null) continue;
            writer.WritePropertyName(wanted);
            writer.WriteRawValue(_json.WrittenSpan[start..(int)reader.BytesConsumed], skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return filtered.WrittenSpan.ToArray();
    }

    private byte[]? Find(ref Utf8JsonReader reader)
    {
        foreach (var name in _sourceFields)
            if (reader.ValueTextEquals(name)) return name;
        return null;
    }

    private List<Highlight> Highlights()
    {
        var snippets = new List<Highlight>();
        foreach (var (field, name, number, terms) in _highlights)
        {
            if (TextOf(name) is { } text)
                snippets.Add(new Highlight(
                    field.Name, Highlighter.Snippet(_fields.Analyzer(number), text, terms, SnippetCharacters)));
        }

        return snippets;
    }

    /// <summary>A field's text in the document; the strings of an array one after another.</summary>
    private string? TextOf(byte[] name)
    {
        var reader = new Utf8JsonReader(_json.WrittenSpan);
        reader.Read();
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var wanted = reader.ValueTextEquals(name);
            reader.Read();
            if (!wanted)
            {
                reader.Skip();
                continue;
            }

            var isArray = reader.TokenType == JsonTokenType.StartArray;
            if (isArray) reader.Read();
            for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
            {
                if (reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
                reader.Skip();
                if (!isArray) break;
            }
        }

        return texts.Count == 0 ? null : string.Join(" ", texts);
    }
}
