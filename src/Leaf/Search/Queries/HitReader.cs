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
    private readonly SourceFilter? _filter;
    private readonly List<(FieldSchema Field, byte[][] Names, int Number, IHighlightTerms Terms)> _highlights;
    private readonly CollectionFields _fields;
    private readonly ArrayBufferWriter<byte> _json = new();

    private HitReader(
        SearchRequest request,
        List<(FieldSchema Field, byte[][] Names, int Number, IHighlightTerms Terms)> highlights,
        CollectionFields fields,
        SourceFilter? filter)
    {
        _request = request;
        _filter = filter;
        _highlights = highlights;
        _fields = fields;
    }

    /// <summary>A reader for a request.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="query">Its query, with the texts parsed.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="problem">Why there is none: a field to highlight that is no text field, or a pattern.</param>
    public static HitReader? For(
        SearchRequest request, QueryNode query, CollectionFields fields, out string? problem) =>
        For(
            request,
            field => HighlightTerms.Of(query, field, fields.QueryAnalyzer(fields.Find(field.Name))), fields, out problem);

    /// <summary>The same with other words to mark.</summary>
    public static HitReader? For(
        SearchRequest request, Func<FieldSchema, IHighlightTerms> termsOf, CollectionFields fields,
        out string? problem)
    {
        var highlights = new List<(FieldSchema, byte[][], int, IHighlightTerms)>();
        foreach (var name in request.HighlightFields)
        {
            var number = fields.Find(name);
            if (number < 0 && fields.TakesUnknown) continue;
            if (number < 0 || fields.Fields[number].Type != FieldType.Text)
            {
                problem = $"field '{name}' cannot be highlighted; the collection's text fields are " +
                    fields.Names(FieldType.Text);
                return null;
            }

            var terms = termsOf(fields.Fields[number]);
            // What is fed by several members is shown by the first.
            var source = CollectionFields.SourcesOf(fields.Fields[number])[0];
            byte[][] names = [.. source.Split('.').Select(Encoding.UTF8.GetBytes)];
            highlights.Add((fields.Fields[number], names, number, terms));
        }

        var filter = SourceFilter.For(request.SourceFields, request.SourceExcludes, out problem);
        return problem is null ? new HitReader(request, highlights, fields, filter) : null;
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
            if (_request.WithSource) source = _filter?.Filter(_json.WrittenSpan) ?? _json.WrittenSpan.ToArray();
            if (_highlights.Count > 0) highlights = Highlights();
        }

        return new SearchHit
        {
            Path = segment.Paths.ReadText(place.Document),
            Score = place.Score,
            Version = segment.Version(place.Document),
            Source = source,
            Highlights = highlights,
        };
    }

    private List<Highlight> Highlights()
    {
        var snippets = new List<Highlight>();
        foreach (var (field, names, number, terms) in _highlights)
        {
            if (TextOf(names) is { } text)
                snippets.Add(new Highlight(
                    field.Name, Highlighter.Snippet(_fields.Analyzer(number), text, terms, SnippetCharacters)));
        }

        return snippets;
    }

    /// <summary>A field's text in the document; the strings of arrays one after another.</summary>
    private string? TextOf(byte[][] names)
    {
        var reader = new Utf8JsonReader(_json.WrittenSpan);
        reader.Read();
        var texts = new List<string>();
        AddTexts(ref reader, names, texts);
        return texts.Count == 0 ? null : string.Join(" ", texts);
    }

    /// <summary>Adds the strings of the value that the reader stands on, or of a member in it.</summary>
    private static void AddTexts(ref Utf8JsonReader reader, ReadOnlySpan<byte[]> names, List<string> texts)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String when names.IsEmpty:
                texts.Add(reader.GetString()!);
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    AddTexts(ref reader, names, texts);
                break;
            case JsonTokenType.StartObject when !names.IsEmpty:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var isWanted = reader.ValueTextEquals(names[0]);
                    reader.Read();
                    if (isWanted) AddTexts(ref reader, names[1..], texts);
                    else reader.Skip();
                }

                break;
            default:
                reader.Skip();
                break;
        }
    }
}
