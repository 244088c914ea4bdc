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

    private static readonly FieldType[] AllTypes = Enum.GetValues<FieldType>();
    private static readonly FieldType[] ValueTypes = [.. AllTypes.Where(type => type != FieldType.Text)];
    private static readonly FieldType[] TermTypes = [FieldType.Text, FieldType.Keyword];

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
                return group with { Must = must, Should = should, MustNot = mustNot, Filter = filter };
            case ConstantScoreQuery constant:
                _depth++;
                var inner = Parse(constant.Query);
                _depth--;
                return inner is null ? null : constant with { Query = inner };
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
            WildcardQuery wildcard => PlanWildcard(wildcard, score),
            RegexpQuery regexp => PlanRegexp(regexp, score),
            FuzzyQuery fuzzy => PlanFuzzy(fuzzy, score),
            ExistsQuery exists => PlanExists(exists, score),
            PathsQuery paths => PlanPaths(paths, score),
            ConstantScoreQuery constant => PlanConstant(constant, score),
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

    private Weight PlanGroup(BooleanQuery group, float boost, bool isScoring)
    {
        if (group.MinimumShouldMatch < 0)
        {
            return Failed(
                $"a minimum_should_match of {group.MinimumShouldMatch} is not allowed; it has to be 0 or more");
        }

        _depth++;
        var must = PlanAll(group.Must, boost, isScoring);
        var filter = PlanAll(group.Filter, 1, false);
        var isRequired = must.Count + filter.Count > 0;
        var minimum = group.MinimumShouldMatch ?? (isRequired ? 0 : 1);
        // Where nothing of it has to match and nothing scores, an optional clause changes nothing.
        var should = isScoring || minimum > 0 ? PlanAll(group.Should, boost, isScoring) : [];
        var mustNot = PlanAll(group.MustNot, 1, false);
        _depth--;
        if (minimum > group.Should.Count && group.MinimumShouldMatch is not null) return new NothingWeight();
        if (minimum == 0 && !isRequired) filter = [new AllWeight(0)];
        if (minimum <= (isRequired ? 0 : 1)) return new BooleanWeight(must, should, mustNot, filter);
        var some = minimum == should.Count ? should : [new AtLeastWeight(should, minimum)];
        return new BooleanWeight([.. must, .. some], [], mustNot, filter);
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
        if (Field(term.Field, AllTypes) is not { } field)
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
        if (Field(match.Field, AllTypes) is not { } field)
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
        if (!field.Positions)
            return Failed($"field '{field.Name}' is indexed without positions, which phrases need");
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
        if (Field(prefix.Field, TermTypes) is not { } field || !TextFits(prefix.Prefix))
            return new NothingWeight();
        return new TermRangeWeight(
            field.Name, field.Type, TermRange.Of(Utf8(Normalizer(field)(prefix.Prefix))), score);
    }

    private Weight PlanRange(RangeQuery range, double score)
    {
        if (Field(range.Field, ValueTypes) is not { } field)
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
        if (field.Type == FieldType.Keyword)
        {
            var high = to is null ? null : Utf8(to);
            var terms = new TermRange(Utf8(from ?? ""), from is null || includeFrom, high, includeTo, []);
            return new TermRangeWeight(field.Name, field.Type, terms, score);
        }

        return new ValueRangeWeight(field.Name, field.Type, Values(field, from, to, includeFrom, includeTo), score);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ValueRange Values(FieldSchema field, string? from, string? to, bool includeFrom, bool includeTo)
    {
        long low = long.MinValue, high = long.MaxValue;
        if (from is not null && FieldValue.TryRead(field.Type, from, out low) && !includeFrom)
        {
            if (low == long.MaxValue) return ValueRange.Nothing;
            low++;
        }

        if (to is not null && FieldValue.TryRead(field.Type, to, out high) && !includeTo)
        {
            if (high == long.MinValue) return ValueRange.Nothing;
            high--;
        }

        return new ValueRange(low, high);
    }

    private Weight PlanWildcard(WildcardQuery wildcard, double score)
    {
        if (Field(wildcard.Field, TermTypes) is not { } field || !TextFits(wildcard.Pattern))
            return new NothingWeight();
        var parts = WildcardPattern.Normalized(WildcardPattern.Parts(wildcard.Pattern), Normalizer(field));
        var automaton = WildcardPattern.Automaton(parts, out var problem);
        return problem is null
            ? new PatternWeight(field.Name, field.Type, automaton, score)
            : Failed($"the wildcard pattern '{wildcard.Pattern}' {problem}");
    }

    private Weight PlanRegexp(RegexpQuery regexp, double score)
    {
        if (Field(regexp.Field, TermTypes) is not { } field) return new NothingWeight();
        var automaton = RegexpPattern.Automaton(regexp.Pattern, out var problem);
        return automaton is not null
            ? new PatternWeight(field.Name, field.Type, automaton, score)
            : Failed($"the regular expression '{regexp.Pattern}' {problem}");
    }

    private Weight PlanFuzzy(FuzzyQuery fuzzy, double score)
    {
        if (Field(fuzzy.Field, TermTypes) is not { } field) return new NothingWeight();
        if (fuzzy.Edits is < FuzzyQuery.AutoEdits or > FuzzyQuery.EditsMax)
            return Failed($"{fuzzy.Edits} edits are not allowed; 0 to {FuzzyQuery.EditsMax} are");
        if (fuzzy.PrefixLength < 0)
            return Failed($"a prefix length of {fuzzy.PrefixLength} is not allowed; it has to be 0 or more");
        Rune[] word = [.. Normalizer(field)(fuzzy.Text).EnumerateRunes()];
        if (word.Length > EditDistance.WordCharactersMax)
        {
            return Failed($"the fuzzy word has {word.Length} characters; at most {EditDistance.WordCharactersMax} " +
                "are allowed");
        }

        var edits = EditDistance.Edits(fuzzy, word.Length);
        return new FuzzyWeight(field.Name, field.Type, word, edits, fuzzy.PrefixLength, score);
    }

    private Weight PlanExists(ExistsQuery exists, double score) =>
        Field(exists.Field, AllTypes) is { } field
            ? new ExistsWeight(field.Name, field.Type, score)
            : new NothingWeight();

    private Weight PlanPaths(PathsQuery query, double score) => query.Paths.Count <= PathsQuery.PathsMax
        ? new PathsWeight([.. query.Paths.Select(Utf8)], score)
        : Failed($"{query.Paths.Count} paths are asked for; at most {PathsQuery.PathsMax} are allowed");

    private ConstantScoreWeight PlanConstant(ConstantScoreQuery constant, double score)
    {
        _depth++;
        var inner = Plan(constant.Query, 1, isScoring: false);
        _depth--;
        return new ConstantScoreWeight(inner, score);
    }

    /// <summary>How a piece of text is written in a field's terms.</summary>
    private Func<string, string> Normalizer(FieldSchema field) => field.Type == FieldType.Text
        ? _fields.Analyzer(_fields.Find(field.Name)).Normalize
        : text => text;

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
            // No document of this shard has it; those of other shards may.
            if (_fields.TakesUnknown) return null;
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
