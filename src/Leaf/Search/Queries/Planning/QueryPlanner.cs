using System.Buffers;
using Hedgerow.Leaf.Search.Analysis;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Makes weights of a query tree, checking it against the schema and its limits. One search.</summary>
internal sealed class QueryPlanner
{
    /// <summary>Product of boosts: sums of scores stay finite below it.</summary>
    private const float BoostMax = 1e30f;

    private readonly PlanScope _scope;
    private readonly WordPlans _words;
    private readonly PatternPlans _patterns;
    private readonly ValuePlans _values;
    private readonly VectorPlans _vectors;
    private readonly MatchPlans _matches;
    private readonly LikenessPlans _likenesses;
    private readonly GeoPlans _places;
    private readonly FunctionPlans _functions;
    private readonly Dictionary<string, QueryNode> _marked = new(StringComparer.Ordinal);
    private int _depth;

    public QueryPlanner(CollectionFields fields)
    {
        _scope = new PlanScope(fields);
        _values = new ValuePlans(_scope);
        _words = new WordPlans(_scope, _values);
        _patterns = new PatternPlans(_scope);
        _vectors = new VectorPlans(_scope);
        _matches = new MatchPlans(_scope, _words);
        _likenesses = new LikenessPlans(_scope);
        _places = new GeoPlans(_scope);
        _functions = new FunctionPlans(_scope, this);
    }

    /// <summary>The schema.</summary>
    public CollectionFields Fields => _scope.Fields;

    /// <summary>The weights that need statistics, in the order of the query.</summary>
    public IReadOnlyList<IBoundWeight> Bound => _scope.Bound;

    /// <summary>The queries for nearest vectors.</summary>
    public VectorPlans Vectors => _vectors;

    /// <summary>What is wrong with the query, and what is allowed; null when all was planned.</summary>
    public string? Error => _scope.Error;

    /// <summary>What <c>now</c> means, in Unix milliseconds.</summary>
    public long NowMs
    {
        get => _scope.NowMs;
        set => _scope.NowMs = value;
    }

    /// <summary>Whether hits are marked by the query: words that a clause chooses are then wanted whatever it counts.
    /// </summary>
    public bool MarksHits { get; set; }

    /// <summary>Replaces query texts anywhere in a tree by what they mean.</summary>
    /// <returns>Null when one does not parse; then <see cref="Error"/> says where.</returns>
    public QueryNode? Parse(QueryNode node)
    {
        var parsed = ParseWithin(node);
        if (parsed is not null) _vectors.Number(parsed);
        return Error is null ? parsed : null;
    }

    private QueryNode? ParseWithin(QueryNode node)
    {
        if (_depth > PlanScope.DepthMax)
            return FailedNode($"the query is nested deeper than {PlanScope.DepthMax} levels");
        if (node is QueryStringQuery text)
        {
            var schema = _scope.Fields.Schema;
            if (text.Analyzer is { } unknown && Analyzers.QueryProblem(schema, unknown) is { } problem)
                return FailedNode(problem);
            if (!QueryParser.TryParse(text, schema, out var meant, out var error))
                return FailedNode(error.PointedIn(text.Text));
            if (text.Analyzer is { } analyzer) meant = new NamedAnalyzer(schema, analyzer).On(meant);
            return text.Lenient ? Fitting(text, meant) : meant;
        }

        // No field to search is not an error where fields are found in documents.
        if (node is MultiMatchQuery multi)
            return _matches.Meaning(multi) ?? (_scope.IsOver ? null : QueryClauses.Nothing);
        var children = node.Children();
        if (children.Count == 0) return node;
        var parsed = new QueryNode[children.Count];
        _depth++;
        for (var i = 0; i < parsed.Length; i++)
        {
            if (ParseWithin(children[i]) is not { } child) return null;
            parsed[i] = child;
        }

        _depth--;
        return node.WithChildren(parsed);
    }

    /// <summary>
    /// A query that hits are marked by, checked and planned under the limits of the search; one that several fields
    /// share counts once.
    /// </summary>
    /// <returns>The parsed query; null when something is wrong, which <see cref="Error"/> says.</returns>
    public QueryNode? Marked(QueryNode node)
    {
        var bytes = new ArrayBufferWriter<byte>();
        SearchCodec.Write(bytes, new SearchRequest { Collection = "", Query = node });
        var key = Convert.ToBase64String(bytes.WrittenSpan);
        if (_marked.TryGetValue(key, out var known)) return known;
        if (ParseWithin(node) is not { } parsed) return null;

        // What is near has no words to mark.
        Plan(WithoutNearest(parsed), 1, isScoring: true);
        if (Error is not null) return null;
        _marked.Add(key, parsed);
        return parsed;
    }

    /// <summary>The words that a planned query chooses; null before it is planned.</summary>
    public MoreLikeThisWeight? WordsOf(MoreLikeThisQuery query) => _likenesses.WeightOf(query);

    private static QueryNode WithoutNearest(QueryNode node)
    {
        if (node is KnnQuery) return QueryClauses.Nothing;
        var children = node.Children();
        return children.Count == 0 ? node : node.WithChildren([.. children.Select(WithoutNearest)]);
    }

    /// <summary>Plans a tree without query texts. After an error the weight is of no use.</summary>
    /// <param name="node">What to match.</param>
    /// <param name="boost">Product of the boosts above it.</param>
    /// <param name="isScoring">Whether its score counts.</param>
    public Weight Plan(QueryNode node, float boost, bool isScoring)
    {
        if (!_scope.Enters()) return new NothingWeight();
        if (!(node.Boost > 0) || !float.IsFinite(node.Boost))
            return _scope.Failed($"a boost of {node.Boost} is not allowed; it has to be above 0 and finite");
        boost *= node.Boost;
        if (boost > BoostMax)
            return _scope.Failed($"boosts within each other make {boost}; at most {BoostMax} is allowed");
        var score = isScoring ? boost : 0.0;
        return node switch
        {
            MatchAllQuery => new AllWeight(score),
            BooleanQuery group => PlanGroup(group, boost, isScoring),
            TermQuery term => _words.PlanTerm(term, boost, isScoring),
            MatchQuery match => _words.PlanMatch(match, boost, isScoring),
            PhraseQuery phrase => _words.PlanPhrase(phrase, boost, isScoring),
            PrefixQuery prefix => _patterns.PlanPrefix(prefix, score),
            WildcardQuery wildcard => _patterns.PlanWildcard(wildcard, score),
            RegexpQuery regexp => _patterns.PlanRegexp(regexp, score),
            FuzzyQuery fuzzy => _patterns.PlanFuzzy(fuzzy, score),
            RangeQuery range => _values.PlanRange(range, score),
            ExistsQuery exists => _values.PlanExists(exists, score),
            PathsQuery paths => _values.PlanPaths(paths.Paths, score),
            IdsQuery ids => _values.PlanPaths(
                [.. ids.Ids.Select(id => _scope.Fields.Schema.PathPrefix + id)], score),
            TermsQuery terms => _values.PlanTerms(terms, score),
            TermsLookupQuery lookup => _scope.Failed(
                $"terms of '{lookup.Field}' are to be looked up in '{lookup.Document}', which a router does for the "
                + "query of a search, and for those that hits are marked by"),
            GeoDistanceQuery or GeoBoxQuery or GeoPolygonQuery => _places.Plan(node, score),
            FunctionScoreQuery or DistanceFeatureQuery or RankFeatureQuery => _functions.Plan(node, boost, isScoring),
            ConstantScoreQuery constant => PlanConstant(constant, score),
            KnnQuery knn => PlanKnn(knn, score),
            DisMaxQuery best => _matches.PlanDisMax(best, boost, isScoring, Plan),
            BoostingQuery lowered => _matches.PlanBoosting(lowered, boost, isScoring, Plan),
            CombinedFieldsQuery combined => _matches.PlanCombined(combined, boost, isScoring),
            PhrasePrefixQuery prefix => _matches.PlanPhrasePrefix(prefix, boost, isScoring),
            BoolPrefixQuery prefix => _matches.PlanBoolPrefix(prefix, boost, isScoring),
            MoreLikeThisQuery like => _likenesses.PlanMoreLikeThis(like, boost, isScoring),
            _ => _scope.Failed($"a query of kind {node.GetType().Name} is not known here"),
        };
    }

    /// <summary>What a lenient text means, if that can be planned; else its words, as many as can be.</summary>
    private QueryNode Fitting(QueryStringQuery text, QueryNode meant)
    {
        for (var length = text.Text.Length; length > 0 && !CanPlan(meant); length /= 2)
        {
            var plain = new QueryClauses(_scope.Fields.Schema, text).Plain(text.Text[..length]);
            meant = (plain ?? QueryClauses.Nothing) with { Boost = text.Boost };
        }

        return CanPlan(meant) ? meant : QueryClauses.Nothing;
    }

    private bool CanPlan(QueryNode node)
    {
        var trial = new QueryPlanner(_scope.Fields);
        trial.Plan(node, 1, isScoring: true);
        return trial.Error is null;
    }

    private Weight PlanGroup(BooleanQuery group, float boost, bool isScoring)
    {
        if (group.MinimumShouldMatch < 0)
        {
            return _scope.Failed(
                $"a minimum_should_match of {group.MinimumShouldMatch} is not allowed; it has to be 0 or more");
        }

        _scope.Down();
        var must = PlanAll(group.Must, boost, isScoring);
        var filter = PlanAll(group.Filter, 1, false);
        var isRequired = must.Count + filter.Count > 0;
        var minimum = group.MinimumShouldMatch ?? (isRequired ? 0 : 1);
        // Where nothing of it has to match and nothing scores, an optional clause changes nothing.
        var isIdle = !isScoring && minimum == 0;
        var should = isIdle ? [] : PlanAll(group.Should, boost, isScoring);
        if (isIdle && MarksHits) PlanAll([.. group.Should.Where(ChoosesWords)], boost, false);
        var mustNot = PlanAll(group.MustNot, 1, false);
        _scope.Up();
        if (minimum > group.Should.Count && group.MinimumShouldMatch is not null) return new NothingWeight();
        if (minimum == 0 && !isRequired) filter = [new AllWeight(0)];
        if (minimum <= (isRequired ? 0 : 1)) return new BooleanWeight(must, should, mustNot, filter);
        var some = minimum == should.Count ? should : [new AtLeastWeight(should, minimum)];
        return new BooleanWeight([.. must, .. some], [], mustNot, filter);
    }

    private static bool ChoosesWords(QueryNode node) =>
        node is MoreLikeThisQuery || node.Children().Any(ChoosesWords);

    private List<Weight> PlanAll(IReadOnlyList<QueryNode> nodes, float boost, bool isScoring)
    {
        var weights = new List<Weight>(nodes.Count);
        foreach (var node in nodes)
            if (!_scope.IsOver) weights.Add(Plan(node, boost, isScoring));
        return weights;
    }

    private ConstantScoreWeight PlanConstant(ConstantScoreQuery constant, double score)
    {
        _scope.Down();
        var inner = Plan(constant.Query, 1, isScoring: false);
        _scope.Up();
        return new ConstantScoreWeight(inner, score);
    }

    private Weight PlanKnn(KnnQuery knn, double score)
    {
        _scope.Down();
        var filter = knn.Filter is null ? null : Plan(knn.Filter, 1, isScoring: false);
        _scope.Up();
        return _vectors.PlanKnn(knn, filter, score);
    }

    private QueryNode? FailedNode(string error)
    {
        _scope.Failed(error);
        return null;
    }
}
