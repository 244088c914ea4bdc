using System.Text;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Makes weights of a query tree, checking it against the schema and its limits. One search.</summary>
internal sealed class QueryPlanner
{
    private const int DepthMax = 32;
    private const int NodesMax = 1_024;
    private const int TextCharactersMax = 8_192;

    private readonly CollectionFields _fields;
    private readonly List<ScoredWeight> _scored = [];
    private int _nodes;
    private int _depth;

    public QueryPlanner(CollectionFields fields) => _fields = fields;

    /// <summary>The weights that need statistics, in the order of the query.</summary>
    public IReadOnlyList<ScoredWeight> Scored => _scored;

    /// <summary>What is wrong with the query, and what is allowed; null when all was planned.</summary>
    public string? Error { get; private set; }

    /// <summary>Replaces query texts anywhere in a tree by what they mean.</summary>
    /// <returns>Null when one does not parse; then <see cref="Error"/> says where.</returns>
    public QueryNode? Parse(QueryNode node)
    {
        if (_depth > DepthMax) return FailedNode($"the query is nested deeper than {DepthMax} levels");
        switch (node)
        {
            case QueryStringQuery text:
                return QueryParser.TryParse(text, _fields.Schema, out var parsed, out var error)
                    ? parsed
                    : FailedNode(error.ToString());
            case BooleanQuery group:
                _depth++;
                var must = ParseAll(group.Must);
                var should = ParseAll(group.Should);
                var mustNot = ParseAll(group.MustNot);
                var filter = ParseAll(group.Filter);
                _depth--;
                if (Error is not null) return null;
                return new BooleanQuery(must, should, mustNot, filter) { Boost = group.Boost };
            default:
                return node;
        }
    }

    /// <summary>Plans a tree without query texts. After an error the weight is of no use.</summary>
    /// <param name="node">What to match.</param>
    /// <param name="boost">Product of the boosts above it.</param>
    /// <param name="isScoring">Whether its score counts.</param>
    public Weight Plan(QueryNode node, float boost, bool isScoring)
    {
        if (++_nodes > NodesMax) return Failed($"the query has more than {NodesMax} nodes");
        if (_depth > DepthMax) return Failed($"the query is nested deeper than {DepthMax} levels");
        if (!(node.Boost > 0) || !float.IsFinite(node.Boost))
            return Failed($"a boost of {node.Boost} is not allowed; it has to be above 0 and finite");
        boost *= node.Boost;
        var score = isScoring ? boost : 0.0;
        return node switch
        {
            MatchAllQuery => new AllWeight(score),
            BooleanQuery group => PlanGroup(group, boost, isScoring),
            TermQuery term => PlanTerm(term, boost, isScoring),
            MatchQuery match => PlanMatch(match, boost, isScoring),
            PhraseQuery phrase => PlanPhrase(phrase, boost, isScoring),
            PrefixQuery prefix => PlanPrefix(prefix, score),
            RangeQuery range => PlanRange(range, score),
            _ => Failed($"a query of kind {node.GetType().Name} is not known here"),
        };
    }

    private List<QueryNode> ParseAll(IReadOnlyList<QueryNode> nodes)
    {
        var parsed = new List<QueryNode>(nodes.Count);
        foreach (var node in nodes)
            if (Error is null && Parse(node) is { } done) parsed.Add(done);
        return parsed;
    }

    private BooleanWeight PlanGroup(BooleanQuery group, float boost, bool isScoring)
    {
        _depth++;
        var weight = new BooleanWeight(
            PlanAll(group.Must, boost, isScoring),
            // Where something must match and nothing scores, an optional clause changes nothing.
            isScoring || group.Must.Count + group.Filter.Count == 0 ? PlanAll(group.Should, boost, isScoring) : [],
            PlanAll(group.MustNot, 1, false),
            PlanAll(group.Filter, 1, false));
        _depth--;
        return weight;
    }

    private List<Weight> PlanAll(IReadOnlyList<QueryNode> nodes, float boost, bool isScoring)
    {
        var weights = new List<Weight>(nodes.Count);
        foreach (var node in nodes)
            if (Error is null) weights.Add(Plan(node, boost, isScoring));
        return weights;
    }

    private Weight PlanTerm(TermQuery term, float boost, bool isScoring)
    {
        if (Field(term.Field, [FieldType.Text, FieldType.Keyword, FieldType.Number, FieldType.Date]) is not { } field)
            return new NothingWeight();
        return TextFits(term.Value) ? PlanValue(field, term.Value, boost, isScoring) : new NothingWeight();
    }

    /// <summary>An exact value: a term as it is indexed, a keyword, a number, a date.</summary>
    private Weight PlanValue(FieldSchema field, string value, float boost, bool isScoring)
    {
        var score = isScoring ? boost : 0.0;
        switch (field.Type)
        {
            case FieldType.Text when isScoring:
                return Keep(new TermWeight(field.Name, value, boost));
            case FieldType.Text or FieldType.Keyword:
                return new ConstantTermWeight(field.Name, field.Type, Encoding.UTF8.GetBytes(value), score);
            default:
                return Range(field, value, value, true, true, score);
        }
    }

    private Weight PlanMatch(MatchQuery match, float boost, bool isScoring)
    {
        if (Field(match.Field, [FieldType.Text, FieldType.Keyword, FieldType.Number, FieldType.Date]) is not { } field)
            return new NothingWeight();
        if (!TextFits(match.Text)) return new NothingWeight();
        if (field.Type != FieldType.Text) return PlanValue(field, match.Text, boost, isScoring);
        var words = Analyze(field, match.Text).ConvertAll(word => PlanValue(field, word.Term, boost, isScoring));
        if (words.Count == 0) return new NothingWeight();
        if (words.Count == 1) return words[0];
        return match.AllWords ? new BooleanWeight(words, [], [], []) : new BooleanWeight([], words, [], []);
    }

    private Weight PlanPhrase(PhraseQuery phrase, float boost, bool isScoring)
    {
        if (Field(phrase.Field, [FieldType.Text]) is not { } field || !TextFits(phrase.Text))
            return new NothingWeight();
        if (phrase.Slop < 0) return Failed($"a slop of {phrase.Slop} is not allowed; it has to be 0 or more");
        var words = Analyze(field, phrase.Text);
        if (words.Count == 0) return new NothingWeight();
        if (words.Count == 1) return PlanValue(field, words[0].Term, boost, isScoring);
        var terms = words.ConvertAll(word => word.Term);
        int[] offsets = [.. words.Select(word => word.Position - words[0].Position)];
        var weight = new PhraseWeight(field.Name, terms, offsets, phrase.Slop, boost, isScoring);
        return isScoring ? Keep(weight) : weight;
    }

    private Weight PlanPrefix(PrefixQuery prefix, double score)
    {
        if (Field(prefix.Field, [FieldType.Text, FieldType.Keyword]) is not { } field || !TextFits(prefix.Prefix))
            return new NothingWeight();
        var text = field.Type == FieldType.Text
            ? _fields.Analyzer(_fields.Find(field.Name)).Normalize(prefix.Prefix)
            : prefix.Prefix;
        return new TermRangeWeight(field.Name, field.Type, TermRange.Of(Encoding.UTF8.GetBytes(text)), score);
    }

    private Weight PlanRange(RangeQuery range, double score)
    {
        if (Field(range.Field, [FieldType.Keyword, FieldType.Number, FieldType.Date]) is not { } field)
            return new NothingWeight();
        return TextFits(range.From ?? "") && TextFits(range.To ?? "")
            ? Range(field, range.From, range.To, range.IncludeFrom, range.IncludeTo, score)
            : new NothingWeight();
    }

    private Weight Range(FieldSchema field, string? from, string? to, bool includeFrom, bool includeTo, double score)
    {
        var problem = (from is null ? null : FieldValue.Problem(field, from))
            ?? (to is null ? null : FieldValue.Problem(field, to));
        if (problem is not null) return Failed(problem);
        switch (field.Type)
        {
            case FieldType.Keyword:
                var high = to is null ? null : Utf8(to);
                var terms = new TermRange(Utf8(from ?? ""), from is null || includeFrom, high, includeTo, []);
                return new TermRangeWeight(field.Name, field.Type, terms, score);
            case FieldType.Number:
                return new ValueRangeWeight(field.Name, field.Type, Numbers(from, to, includeFrom, includeTo), score);
            default:
                return new ValueRangeWeight(field.Name, field.Type, Dates(from, to, includeFrom, includeTo), score);
        }
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ValueRange Numbers(string? from, string? to, bool includeFrom, bool includeTo)
    {
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        if (from is not null && FieldValue.TryReadNumber(from, out low) && !includeFrom) low = double.BitIncrement(low);
        if (to is not null && FieldValue.TryReadNumber(to, out high) && !includeTo) high = double.BitDecrement(high);
        return ValueRange.OfNumbers(low, high);
    }

    private static ValueRange Dates(string? from, string? to, bool includeFrom, bool includeTo)
    {
        long low = long.MinValue, high = long.MaxValue;
        if (from is not null && FieldValue.TryReadDate(from, out low) && !includeFrom)
        {
            if (low == long.MaxValue) return ValueRange.OfDates(1, 0);
            low++;
        }

        if (to is not null && FieldValue.TryReadDate(to, out high) && !includeTo)
        {
            if (high == long.MinValue) return ValueRange.OfDates(1, 0);
            high--;
        }

        return ValueRange.OfDates(low, high);
    }

    private List<(string Term, int Position)> Analyze(FieldSchema field, string text)
    {
        var sink = new TermList();
        _fields.Analyzer(_fields.Find(field.Name)).Analyze(text, sink);
        _nodes += Math.Max(0, sink.Terms.Count - 1);
        if (_nodes > NodesMax) Failed($"the query has more than {NodesMax} nodes, each word counted");
        return sink.Terms;
    }

    private FieldSchema? Field(string name, ReadOnlySpan<FieldType> allowed)
    {
        var number = _fields.Find(name);
        if (number < 0)
        {
            Failed($"there is no field '{name}'; the collection has {_fields.Names(Enum.GetValues<FieldType>())}");
            return null;
        }

        var field = _fields.Fields[number];
        if (allowed.Contains(field.Type)) return field;
        Failed($"field '{name}' is of type {field.Type}, which this query cannot search; " +
            $"fields it can search: {_fields.Names(allowed)}");
        return null;
    }

    private bool TextFits(string text)
    {
        if (text.Length <= TextCharactersMax) return true;
        Failed($"a text of the query has {text.Length} characters; at most {TextCharactersMax} are allowed");
        return false;
    }

    private ScoredWeight Keep(ScoredWeight weight)
    {
        _scored.Add(weight);
        return weight;
    }

    private NothingWeight Failed(string error)
    {
        Error ??= error;
        return new NothingWeight();
    }

    private QueryNode? FailedNode(string error)
    {
        Error ??= error;
        return null;
    }

    private sealed class TermList : ITokenSink
    {
        public List<(string Term, int Position)> Terms { get; } = [];

        public void Add(ReadOnlySpan<char> term, int position, int start, int end) =>
            Terms.Add((term.ToString(), position));
    }
}
