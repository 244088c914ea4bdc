using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>What the planning of one query shares: the schema, its limits, and what went wrong. One search.</summary>
internal sealed class PlanScope
{
    /// <summary>Nodes from the root to a leaf.</summary>
    public const int DepthMax = 32;

    /// <summary>Nodes that are planned at most, so that the error of too many says how many there are.</summary>
    private const int CountedMax = 8 * QueryNode.RequestNodesMax;

    private const int TextCharactersMax = 8_192;

    /// <summary>Terms that all misspelt and unfinished words of a query may stand for.</summary>
    private const int ExpansionsMax = 16_384;

    /// <summary>Characters that all misspelt words of a query may have: each costs its automaton some 3 KB.</summary>
    private const int MisspeltCharactersMax = 16_384;

    private readonly List<IBoundWeight> _bound = [];
    private string? _error;
    private int _nodes;
    private int _expansions;
    private int _misspelt;
    private int _depth;

    public PlanScope(CollectionFields fields) => Fields = fields;

    /// <summary>Every type of field that queries search; completions have a request of their own.</summary>
    public static FieldType[] AllTypes { get; } =
        [.. Enum.GetValues<FieldType>().Where(type => type != FieldType.Completion)];

    /// <summary>Types whose values have an order.</summary>
    public static FieldType[] ValueTypes { get; } =
        [FieldType.Keyword, FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.Boolean];

    /// <summary>Types whose values are searched one by one.</summary>
    public static FieldType[] ExactTypes { get; } = [FieldType.Text, .. ValueTypes];

    /// <summary>Types that are numbers.</summary>
    public static FieldType[] NumberTypes { get; } =
        [FieldType.Number, FieldType.Integer, FieldType.Date, FieldType.Boolean];

    /// <summary>Types whose terms stand in a dictionary.</summary>
    public static FieldType[] TermTypes { get; } = [FieldType.Text, FieldType.Keyword];

    /// <summary>What <c>now</c> means in the query, in Unix milliseconds.</summary>
    public long NowMs { get; set; }

    /// <summary>The schema.</summary>
    public CollectionFields Fields { get; }

    /// <summary>The weights that need statistics, in the order of the query.</summary>
    public IReadOnlyList<IBoundWeight> Bound => _bound;

    /// <summary>What is wrong with the query, and what is allowed; null when all was planned.</summary>
    public string? Error => _error
        ?? (_nodes <= QueryNode.RequestNodesMax
            ? null
            : $"the query has {QueryNode.TooManyNodes(_nodes, isCounted: _nodes <= CountedMax)}");

    /// <summary>Whether there is an error and nothing left to count: to go on is of no use.</summary>
    public bool IsOver => _error is not null || _nodes > CountedMax;

    /// <summary>Counts a node; false when there are far too many, or too many above it.</summary>
    public bool Enters()
    {
        _nodes++;
        if (_depth > DepthMax) Failed($"the query is nested deeper than {DepthMax} levels");
        return !IsOver;
    }

    /// <summary>Goes down to the nodes within one.</summary>
    public void Down() => _depth++;

    /// <summary>Comes back.</summary>
    public void Up() => _depth--;

    /// <summary>How a piece of text is written in a field's terms.</summary>
    public Func<string, string> Normalizer(FieldSchema field) => field.Type == FieldType.Text
        ? Fields.QueryAnalyzer(Fields.Find(field.Name)).Normalize
        : text => KeywordText.Normalize(field, text);

    /// <summary>The terms of a text without synonyms, which count as nodes.</summary>
    public List<(string Term, int Position)> Analyze(FieldSchema field, string text, string? analyzer = null)
    {
        var sink = new TermList();
        if (!Knows(analyzer)) return sink.Terms;
        Fields.QueryAnalyzer(Fields.Find(field.Name), analyzer, withSynonyms: false).Analyze(text, sink);
        CountTerms(sink.Terms.Count);
        return sink.Terms;
    }

    /// <summary>What a text means, synonyms and all; each term counts as a node.</summary>
    public List<QuerySpot> Read(FieldSchema field, string text, string? analyzer)
    {
        if (!Knows(analyzer)) return [];
        var spots = QuerySpot.Read(Fields.QueryAnalyzer(Fields.Find(field.Name), analyzer), text);
        CountTerms(spots.Sum(spot => spot.Ways.Sum(way => way.Terms.Count)));
        return spots;
    }

    private bool Knows(string? analyzer)
    {
        if (analyzer is not null && Analyzers.QueryProblem(Fields.Schema, analyzer) is { } problem) Failed(problem);
        return !IsOver;
    }

    private void CountTerms(int terms) => _nodes += Math.Max(0, terms - 1);

    /// <summary>A field of one of some types; null when there is none, which may be no error.</summary>
    public FieldSchema? Field(string name, ReadOnlySpan<FieldType> allowed)
    {
        var number = Fields.Find(name);
        if (number < 0)
        {
            // No document of this shard has it; those of other shards may.
            if (Fields.TakesUnknown) return null;
            Failed($"there is no field '{name}'; the collection has {Fields.Names(Enum.GetValues<FieldType>())}");
            return null;
        }

        var field = Fields.Fields[number];
        if (allowed.Contains(field.Type)) return field;
        Failed($"field '{name}' is of type {field.Type}, which this query cannot search; " +
            $"fields it can search: {Fields.Names(allowed)}");
        return null;
    }

    /// <summary>The fields that some names mean; null when there is none, which may be no error.</summary>
    /// <param name="names">As <see cref="FieldChoice"/> reads them.</param>
    /// <param name="allowed">Types that may be named.</param>
    /// <param name="ofPatterns">Types that a pattern stands for.</param>
    public List<FieldChoice>? Choose(
        IReadOnlyList<string> names, ReadOnlySpan<FieldType> allowed, ReadOnlySpan<FieldType> ofPatterns)
    {
        var choices = FieldChoice.Of(Fields.Schema, names, ofPatterns, out var problem);
        if (problem is not null) Failed(problem);
        foreach (var (field, _) in choices) Field(field.Name, allowed);
        return _error is not null || choices.Count == 0 ? null : choices;
    }

    /// <summary>Whether a text is within its limit.</summary>
    public bool TextFits(string text)
    {
        if (text.Length <= TextCharactersMax) return true;
        Failed($"a text of the query has {text.Length} characters; at most {TextCharactersMax} are allowed");
        return false;
    }

    /// <summary>Takes up a weight that needs statistics.</summary>
    public T Keep<T>(T weight)
        where T : Weight, IBoundWeight
    {
        _bound.Add(weight);
        return weight;
    }

    /// <summary>Counts the terms that a word may stand for; false when those of one word, or of all, are too many.
    /// </summary>
    public bool MayExpand(int most)
    {
        if (most is < 1 or > MatchRules.ExpansionsMax)
            Failed($"max_expansions of {most} is not allowed; 1 to {MatchRules.ExpansionsMax} are");
        else if ((_expansions += most) > ExpansionsMax)
            Failed($"the query's words may stand for more than {ExpansionsMax} terms; lower max_expansions");
        return _error is null;
    }

    /// <summary>Counts the characters of a word that may be misspelt; false when those of all are too many.</summary>
    public bool MayMisspell(int characters)
    {
        if ((_misspelt += characters) > MisspeltCharactersMax)
            Failed($"the query's fuzzy words have more than {MisspeltCharactersMax} characters together");
        return _error is null;
    }

    /// <summary>Notes what is wrong, the first time.</summary>
    public NothingWeight Failed(string error)
    {
        _error ??= error;
        return new NothingWeight();
    }

    private sealed class TermList : ITokenSink
    {
        public List<(string Term, int Position)> Terms { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Terms.Add((term.ToString(), position));
    }
}
