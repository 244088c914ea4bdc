using System.Buffers;
using System.Text;
using System.Text.Json;
using Hedgerow.Leaf.Search.Highlighting;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Reads what a request wants of its hits: source, whole or filtered, and highlights. One search.</summary>
internal sealed class HitReader
{
    /// <summary>Characters of a snippet: two or three lines.</summary>
    private const int SnippetCharacters = 160;

    /// <summary>Bytes of a document whose reading costs about as much as a block of postings.</summary>
    private const int BytesPerBlock = 4_096;

    private readonly SearchRequest _request;
    private readonly SourceFilter? _filter;
    private readonly List<(FieldSchema Field, byte[][] Names, int Number, IHighlightTerms Terms)> _highlights;
    private readonly List<(string Field, byte[][][] Members, FieldHighlighter Highlighter)> _cutters;
    private readonly ValueReader? _values;
    private readonly CollectionFields _fields;
    private readonly SearchBudget _budget;
    private readonly ArrayBufferWriter<byte> _json = new();

    private HitReader(
        SearchRequest request,
        List<(FieldSchema Field, byte[][] Names, int Number, IHighlightTerms Terms)> highlights,
        List<(string Field, byte[][][] Members, FieldHighlighter Highlighter)> cutters,
        ValueReader? values,
        CollectionFields fields,
        SourceFilter? filter,
        SearchBudget budget)
    {
        _budget = budget;
        _cutters = cutters;
        _values = values;
        _request = request;
        _filter = filter;
        _highlights = highlights;
        _fields = fields;
    }

    /// <summary>A reader for a request.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="query">Its query, with the texts parsed.</param>
    /// <param name="planner">Knows the schema, and plans queries to highlight by.</param>
    /// <param name="budget">What it may spend.</param>
    /// <param name="problem">Why there is none: a field to highlight that is no text field, or a pattern.</param>
    public static HitReader? For(
        SearchRequest request, QueryNode query, QueryPlanner planner, SearchBudget budget, out string? problem)
    {
        var scope = new HighlightScope(budget, planner.WordsOf);
        var cutters = Cutters(request, query, planner, scope, out problem);
        var reader = problem is null
            ? For(
                request, field => TermsOf(query, field, planner.Fields, scope), cutters, planner.Fields, budget,
                out problem)
            : null;
        problem ??= scope.Problem;
        return problem is null ? reader : null;
    }

    /// <summary>The same with other words to mark.</summary>
    public static HitReader? For(
        SearchRequest request, Func<FieldSchema, IHighlightTerms> termsOf, CollectionFields fields,
        SearchBudget budget, out string? problem) => For(request, termsOf, [], fields, budget, out problem);

    private static HitReader? For(
        SearchRequest request, Func<FieldSchema, IHighlightTerms> termsOf,
        List<(string Field, byte[][][] Members, FieldHighlighter Highlighter)> cutters, CollectionFields fields,
        SearchBudget budget, out string? problem)
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

            // What is fed by several members is shown by the first.
            var names = MembersOf(fields.Fields[number])[0];
            if (!budget.Spend()) break;
            highlights.Add((fields.Fields[number], names, number, termsOf(fields.Fields[number])));
        }

        var filter = SourceFilter.For(request.SourceFields, request.SourceExcludes, out problem);
        var values = problem is null ? ValueReader.For(request.ValueFields, fields, out problem) : null;
        return problem is null ? new HitReader(request, highlights, cutters, values, fields, filter, budget) : null;
    }

    private static List<(string, byte[][][], FieldHighlighter)> Cutters(
        SearchRequest request, QueryNode query, QueryPlanner planner, HighlightScope scope, out string? problem)
    {
        problem = null;
        var fields = planner.Fields;
        var cutters = new List<(string Field, byte[][][] Members, FieldHighlighter Highlighter)>();
        foreach (var wanted in request.Highlighting)
        {
            if (!scope.Budget.Spend()) break;
            var fitting = NamePattern.Fitting(wanted.Name, fields, FieldType.Text).ToArray();
            if (fitting.Length == 0 && !wanted.Name.Contains('*', StringComparison.Ordinal) && !fields.TakesUnknown)
            {
                problem = $"field '{wanted.Name}' cannot be highlighted; the collection's text fields are " +
                    fields.Names(FieldType.Text);
                return cutters;
            }

            var marked = wanted.Query is null ? query : planner.Marked(wanted.Query);
            if (marked is null) return cutters; // the planner says why
            foreach (var field in fitting.Where(field => cutters.TrueForAll(row => row.Field != field.Name)))
            {
                if (!scope.Budget.Spend()) break;
                cutters.Add((field.Name, MembersOf(field), CutterOf(wanted, field, marked, fields, scope)));
            }
        }

        return cutters;
    }

    private static FieldHighlighter CutterOf(
        HighlightField wanted, FieldSchema field, QueryNode query, CollectionFields fields, HighlightScope scope)
    {
        var number = fields.Find(field.Name);
        var texts = fields.Fields.Where(f => f.Type == FieldType.Text).Select(f => f.Name);
        var terms = wanted.RequireFieldMatch
            ? TermsOf(query, field, fields, scope)
            : HighlightTerms.Of(query, texts, fields.QueryAnalyzer(number), ReadersOf(fields, number), scope);
        return new FieldHighlighter(wanted, fields.Analyzer(number), terms, scope.Budget);
    }

    /// <summary>What a query finds in a field.</summary>
    public static HighlightTerms TermsOf(
        QueryNode query, FieldSchema field, CollectionFields fields, HighlightScope? scope = null)
    {
        var number = fields.Find(field.Name);
        return HighlightTerms.Of(query, field, fields.QueryAnalyzer(number), ReadersOf(fields, number), scope);
    }

    private static ReadBy ReadersOf(CollectionFields fields, int number) =>
        (name, withSynonyms) => fields.QueryAnalyzer(number, name, withSynonyms);

    /// <summary>The names that lead to each member that feeds a field.</summary>
    private static byte[][][] MembersOf(FieldSchema field) =>
        [.. CollectionFields.SourcesOf(field).Select(name => name.Split('.').Select(Encoding.UTF8.GetBytes).ToArray())];

    /// <summary>Reads a hit.</summary>
    public SearchHit Read(SegmentView view, in HitPlace place)
    {
        var segment = view.Segment;
        var source = ReadOnlyMemory<byte>.Empty;
        IReadOnlyList<Highlight> highlights = [];
        if (_request.WithSource || _highlights.Count + _cutters.Count > 0)
        {
            _json.ResetWrittenCount();
            segment.Stored.Read(place.Document, _json);
            if (_request.WithSource) source = _filter?.Filter(_json.WrittenSpan) ?? _json.WrittenSpan.ToArray();
            if (_highlights.Count + _cutters.Count > 0) highlights = Highlights();
        }

        return new SearchHit
        {
            Path = segment.Paths.ReadText(place.Document),
            Score = _request.TellsScores ? Scorer.Told(place.Score) : 0,
            Version = _request.WithVersion ? segment.Version(place.Document) : 0,
            Source = source,
            Highlights = highlights,
            Fields = _values?.Read(view, place.Document) ?? [],
        };
    }

    private List<Highlight> Highlights()
    {
        var snippets = new List<Highlight>();
        foreach (var (field, names, number, terms) in _highlights)
        {
            if (TextsOf([names]) is { Count: > 0 } texts)
            {
                snippets.Add(new Highlight(
                    field.Name,
                    Highlighter.Snippet(
                        _fields.Analyzer(number), string.Join(" ", texts), terms, SnippetCharacters, _budget)));
            }
        }

        foreach (var (field, members, highlighter) in _cutters)
        {
            if (highlighter.Fragments(TextsOf(members)) is { Count: > 0 } fragments)
                snippets.Add(new Highlight(field, "") { Fragments = fragments });
        }

        return snippets;
    }

    /// <summary>The strings of some members of the document.</summary>
    private List<string> TextsOf(byte[][][] members)
    {
        var texts = new List<string>();
        foreach (var names in members)
        {
            for (var read = 0; read <= _json.WrittenCount; read += BytesPerBlock)
                if (!_budget.Spend()) return texts;
            var reader = new Utf8JsonReader(_json.WrittenSpan);
            reader.Read();
            AddTexts(ref reader, names, texts);
        }

        return texts;
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
