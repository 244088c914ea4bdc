using System.Diagnostics.CodeAnalysis;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>How a clause takes part in its sequence.</summary>
internal enum Sign
{
    None,
    Must,
    MustNot,
}

/// <summary>A clause of a sequence; its node is null where it asks for nothing.</summary>
internal readonly record struct Part(Sign Sign, QueryNode? Node);

/// <summary>A clause, or nothing to ask for (both null), or a problem.</summary>
internal readonly record struct ClauseResult(QueryNode? Node, string? Problem);

/// <summary>
/// What words, phrases and ranges of a query text mean on the fields of a schema. Counts the nodes it makes.
/// </summary>
internal sealed class QueryClauses
{
    private readonly Dictionary<string, FieldSchema> _fields;
    private readonly FieldChoice[] _defaults;
    private readonly CollectionSchema _schema;
    private readonly bool _takesUnknown;
    private readonly bool _isLenient;
    private readonly bool _allWords;
    private readonly TokenCounter _counter = new();

    /// <summary>Takes names that have no <see cref="Problem"/>.</summary>
    public QueryClauses(CollectionSchema schema, QueryStringQuery query)
    {
        _schema = schema;
        _fields = schema.Fields.ToDictionary(field => field.Name, StringComparer.Ordinal);
        _takesUnknown = schema.Mapping == MappingMode.Dynamic;
        _defaults = [.. FieldChoice.Of(schema, query.Fields, PlanScope.TermTypes, out _)];
        _isLenient = query.Lenient;
        _allWords = query.AllWords;
    }

    /// <summary>The tree that no document matches.</summary>
    public static QueryNode Nothing { get; } = new BooleanQuery([], [], [], []);

    /// <summary>Leaves made so far; what joins them is fewer.</summary>
    public int Nodes { get; private set; }

    /// <summary>What is wrong with the fields asked for; null when nothing is.</summary>
    public static string? Problem(CollectionSchema schema, QueryStringQuery query)
    {
        FieldChoice.Of(schema, query.Fields, PlanScope.TermTypes, out var problem);
        if (problem is not null || query.Lenient || schema.Mapping == MappingMode.Dynamic) return problem;
        return query.Fields.Count == 0 && schema.Fields.All(field => field.Type != FieldType.Text)
            ? $"collection '{schema.Name}' has no text field; name the fields to search"
            : null;
    }

    /// <summary>
    /// The field of a name. Where fields are found in documents, this shard may not have it yet and others may: then it
    /// is one that takes any clause and matches nothing.
    /// </summary>
    public bool TryField(string name, [NotNullWhen(true)] out FieldSchema? field)
    {
        if (!_fields.TryGetValue(name, out field) && _takesUnknown)
            field = new FieldSchema { Name = name, Type = FieldType.Keyword };
        return field is not null;
    }

    /// <summary>The error text for a field that does not exist.</summary>
    public string UnknownField(string name) =>
        FieldChoice.Unknown(name, _fields.Values) + "; or escape the colon as \\:";

    /// <summary>A word, on one field or on the default ones.</summary>
    public ClauseResult Word(FieldSchema? only, string word) => OnFields(
        only, field => field.Type == FieldType.Text ? Match(field, word) : Term(field, word));

    /// <summary>A quoted phrase.</summary>
    public ClauseResult Phrase(FieldSchema? only, string text, int slop) => OnFields(
        only, field => field.Type == FieldType.Text ? PhraseOf(field, text, slop) : Term(field, text));

    /// <summary>The beginning of a word.</summary>
    public ClauseResult Prefix(FieldSchema? only, string prefix) => OnFields(only, field => OfTerms(
        field, new PrefixQuery(field.Name, prefix), "a prefix"));

    /// <summary>A pattern of a word, and what is like it.</summary>
    public ClauseResult Wildcard(FieldSchema? only, string pattern, int edits = 0) => OnFields(only, field => OfTerms(
        field, new WildcardQuery(field.Name, pattern) { Edits = edits }, "a wildcard"));

    /// <summary>A regular expression of a word.</summary>
    public ClauseResult Regexp(FieldSchema? only, string pattern) => OnFields(only, field => OfTerms(
        field, new RegexpQuery(field.Name, pattern), "a regular expression"));

    /// <summary>The words of a text, whatever else is in it; null when it has none.</summary>
    public QueryNode? Plain(string text)
    {
        var words = string.Concat(text.Select(c => char.IsLetterOrDigit(c) || char.IsSurrogate(c) ? c : ' '));
        return OnFields(null, field => field.Type == FieldType.Text && HasTerms(field, words)
            ? new ClauseResult(new MatchQuery(field.Name, words, _allWords), null)
            : default).Node;
    }

    /// <summary>A word and those like it.</summary>
    public ClauseResult Fuzzy(FieldSchema? only, string word, int edits) => OnFields(only, field => OfTerms(
        field, new FuzzyQuery(field.Name, word, edits, 0), "a fuzzy word"));

    /// <summary>Values between bounds; null leaves a side open.</summary>
    public static ClauseResult Range(FieldSchema field, string? from, string? to, bool includeFrom, bool includeTo)
    {
        if (field.Type == FieldType.Text)
            return new ClauseResult(null, $"field '{field.Name}' holds text; ranges need keywords, numbers or dates");
        var problem = (from is null ? null : FieldValue.Problem(field, from))
            ?? (to is null ? null : FieldValue.Problem(field, to));
        return problem is null
            ? new ClauseResult(new RangeQuery(field.Name, from, to, includeFrom, includeTo), null)
            : new ClauseResult(null, problem);
    }

    /// <summary>Documents with any value in the field.</summary>
    public static QueryNode Exists(FieldSchema field) => new ExistsQuery(field.Name);

    /// <summary>A sequence of clauses as one node; null when none of them asks for anything.</summary>
    public static QueryNode? Combine(IReadOnlyList<Part> parts, bool allWords)
    {
        List<QueryNode> must = [], should = [], mustNot = [];
        foreach (var (sign, node) in parts)
        {
            if (node is null) continue;
            if (sign == Sign.MustNot) mustNot.Add(node);
            else if (sign == Sign.Must || allWords) must.Add(node);
            else should.Add(node);
        }

        var wanted = must.Count + should.Count;
        if (wanted == 0 && mustNot.Count == 0) return null;
        if (wanted == 1 && mustNot.Count == 0) return must.Count == 1 ? must[0] : should[0];
        return new BooleanQuery(must, should, mustNot, wanted == 0 ? [new MatchAllQuery()] : []);
    }

    /// <summary>Nodes of a tree, and how deep it goes; a leaf alone is 1 and 1.</summary>
    public static (int Nodes, int Depth) Measure(QueryNode node)
    {
        if (node is not BooleanQuery group) return (1, 1);
        var (nodes, depth) = (1, 0);
        foreach (var child in group.Must.Concat(group.Should).Concat(group.MustNot).Concat(group.Filter))
        {
            var (childNodes, childDepth) = Measure(child);
            nodes += childNodes;
            depth = Math.Max(depth, childDepth);
        }

        return (nodes, depth + 1);
    }

    private ClauseResult OnFields(FieldSchema? only, Func<FieldSchema, ClauseResult> make)
    {
        if (only is not null) return Counted(make(only));
        if (_defaults.Length == 1) return Counted(Boosted(make(_defaults[0].Field), _defaults[0].Boost));
        // On several fields, one that can't hold such a value is passed over rather than an error.
        var nodes = new List<QueryNode>();
        string? problem = null;
        var fitting = 0;
        foreach (var (field, boost) in _defaults)
        {
            var (node, wrong) = Counted(Boosted(make(field), boost));
            problem ??= wrong;
            if (wrong is null) fitting++;
            if (node is not null) nodes.Add(node);
        }

        if (fitting == 0) return new ClauseResult(null, problem);
        return new ClauseResult(nodes.Count switch
        {
            0 => null,
            1 => nodes[0],
            _ => new BooleanQuery([], nodes, [], []),
        }, null);
    }

    private static ClauseResult Boosted(ClauseResult result, float boost) => boost == 1 || result.Node is null
        ? result
        : result with { Node = result.Node with { Boost = boost } };

    private static ClauseResult OfTerms(FieldSchema field, QueryNode node, string what) =>
        field.Type is FieldType.Text or FieldType.Keyword
            ? new ClauseResult(node, null)
            : new ClauseResult(
                null, $"field '{field.Name}' holds {FieldValue.Kind(field.Type)}; {what} needs text or keywords");

    private ClauseResult Counted(ClauseResult result)
    {
        if (result.Node is null) return result;
        if (_isLenient && Nodes == QueryParser.NodesMax) return default;
        Nodes++;
        return result;
    }

    private ClauseResult Match(FieldSchema field, string word) =>
        new(HasTerms(field, word) ? new MatchQuery(field.Name, word, AllWords: true) : null, null);

    private ClauseResult PhraseOf(FieldSchema field, string text, int slop)
    {
        if (_isLenient && !field.Positions) return Match(field, text);
        return new ClauseResult(HasTerms(field, text) ? new PhraseQuery(field.Name, text, slop) : null, null);
    }

    private static ClauseResult Term(FieldSchema field, string value) =>
        FieldValue.Problem(field, value) is { } problem
            ? new ClauseResult(null, problem)
            : new ClauseResult(new TermQuery(field.Name, value), null);

    private bool HasTerms(FieldSchema field, string text)
    {
        _counter.Count = 0;
        Analyzers.ForQueries(_schema, field).Analyze(text, _counter);
        return _counter.Count > 0;
    }

    private sealed class TokenCounter : ITokenSink
    {
        public int Count { get; set; }

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) => Count++;
    }
}
