using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Makes collectors of the aggregations of a request, checking them against the schema and their limits. One search.
/// </summary>
internal sealed class AggregationPlanner
{
    private readonly CollectionFields _fields;
    private readonly QueryPlanner _queries;
    private readonly AggregationScope _scope;
    private readonly ValueCollectors _values;
    private readonly PlaceCollectors _places;
    private readonly Func<TopHitsAggregation, Collector?> _hits;
    private int _left = AggregationLimits.CountMax;
    private long _rows = 1;

    /// <param name="fields">The schema.</param>
    /// <param name="queries">Plans filters; what is wrong with one is its error.</param>
    /// <param name="scope">What collectors share.</param>
    /// <param name="nowMs">What <c>now</c> means, in Unix milliseconds.</param>
    /// <param name="hits">Makes collectors of hits; null with an error in the scope where it cannot.</param>
    public AggregationPlanner(
        CollectionFields fields, QueryPlanner queries, AggregationScope scope, long nowMs,
        Func<TopHitsAggregation, Collector?> hits)
    {
        _fields = fields;
        _queries = queries;
        _scope = scope;
        _hits = hits;
        _values = new ValueCollectors(fields, scope, nowMs);
        _places = new PlaceCollectors(scope, _values);
    }

    /// <summary>What is wrong, and what is allowed; null when all was planned.</summary>
    public string? Error => _scope.Error ?? _queries.Error;

    /// <summary>Collectors of all that are no pipelines. After an error they are of no use.</summary>
    public Collector[] Plan(IReadOnlyList<Aggregation> aggregations, int depth = 1)
    {
        if (aggregations.Count == 0) return [];
        if (depth > AggregationLimits.DepthMax)
            return Failed($"aggregations lie within each other more than {AggregationLimits.DepthMax} times");
        var names = new HashSet<string>(StringComparer.Ordinal);
        var collectors = new List<Collector>();
        foreach (var aggregation in aggregations)
        {
            if (Error is not null) return [];
            if (--_left < 0) return Failed($"there are more than {AggregationLimits.CountMax} aggregations");
            if (aggregation.Name.Length is 0 or > AggregationLimits.NameCharsMax
                || aggregation.Name.AsSpan().ContainsAny('[', ']', '>'))
            {
                return Failed($"aggregation name '{aggregation.Name}' is not allowed: 1 to "
                    + $"{AggregationLimits.NameCharsMax} characters without [ ] >");
            }

            if (!names.Add(aggregation.Name))
                return Failed($"two aggregations beside each other are called '{aggregation.Name}'");
            if (ProblemOf(aggregation, depth) is { } problem) return Failed(problem);
            if (aggregation.IsPipeline) continue;
            if (PlanOne(aggregation, depth) is { } collector) collectors.Add(collector);
        }

        return [.. collectors];
    }

    /// <summary>Buckets that an aggregation makes of each it lies in, whatever the documents.</summary>
    private static int RowsOf(Aggregation aggregation) => aggregation switch
    {
        RangeAggregation range => Math.Max(1, range.Ranges.Count),
        GeoDistanceAggregation distance => Math.Max(1, distance.Ranges.Count),
        FiltersAggregation filters => filters.Filters.Count + 1,
        _ => 1,
    };

    /// <summary>What no collector would look at: it is for the router, which puts the shards' parts together.</summary>
    private static string? ProblemOf(Aggregation aggregation, int depth)
    {
        var percents = aggregation switch
        {
            PercentilesAggregation it => it.Percents,
            PercentilesBucketAggregation it => it.Percents,
            _ => [],
        };
        foreach (var percent in percents)
        {
            if (!(percent >= 0 && percent <= 100))
                return FormattableString.Invariant(
                    $"'{aggregation.Name}' has a percent of {percent}; allowed are 0 to 100");
        }

        var isOfBuckets = aggregation is RunningAggregation or MovingAggregation or BucketSortAggregation
            or BucketSelectorAggregation;
        return depth == 1 && isOfBuckets
            ? $"'{aggregation.Name}' is made of the buckets that it lies within; at the root there are none"
            : null;
    }

    private Collector? PlanOne(Aggregation aggregation, int depth)
    {
        if (aggregation is GlobalAggregation or CompositeAggregation && depth > 1)
            return Fail($"aggregation '{aggregation.Name}' can only stand at the root, not within another one");
        if (aggregation.Within.Count > 0
            && aggregation is MetricAggregation or CardinalityAggregation or PercentilesAggregation
                or PercentileRanksAggregation or TopHitsAggregation or GeoBoundsAggregation or GeoCentroidAggregation
                or WeightedAverageAggregation or MedianDeviationAggregation)
        {
            return Fail($"aggregation '{aggregation.Name}' makes no buckets, so that none can lie within it");
        }

        var above = _rows;
        _rows *= RowsOf(aggregation);
        if (_rows > AggregationLimits.PartBucketsMax)
        {
            return Fail($"ranges and filters within each other make {_rows} buckets; a shard sends at most "
                + $"{AggregationLimits.PartBucketsMax}");
        }

        var within = Plan(aggregation.Within, depth + 1);
        _rows = above;
        if (Error is not null) return null;
        return aggregation switch
        {
            TermsAggregation terms => _values.Terms(terms, within),
            SignificantTermsAggregation significant => _values.Significant(significant, within),
            RangeAggregation range => _values.Range(range, within),
            HistogramAggregation histogram => _values.Histogram(histogram, within),
            DateHistogramAggregation dates => _values.DateHistogram(dates, within),
            CompositeAggregation composite => _values.Composite(composite, within),
            MissingAggregation missing => _values.Missing(missing, within),
            GeoDistanceAggregation distance => _places.Distance(distance, within),
            GeoGridAggregation grid => _places.Grid(grid, within),
            GeoBoundsAggregation it => _places.Places(it.Name, it.Field),
            GeoCentroidAggregation it => _places.Places(it.Name, it.Field),
            WeightedAverageAggregation it => _values.Weighted(it),
            MedianDeviationAggregation it => _values.Sketch(it.Name, it.Field, it.RelativeError, it.Missing),
            MetricAggregation metric => _values.Metric(metric),
            CardinalityAggregation cardinality => _values.Cardinality(cardinality),
            PercentilesAggregation it => _values.Sketch(it.Name, it.Field, it.RelativeError, it.Missing),
            PercentileRanksAggregation it => _values.Sketch(it.Name, it.Field, it.RelativeError, it.Missing),
            FilterAggregation filter => Filters(filter.Name, [filter.Query], false, within),
            FiltersAggregation filters => Filters(
                filters.Name, [.. filters.Filters.Select(filter => filter.Query)], filters.OtherKey is not null,
                within),
            GlobalAggregation global => new GlobalCollector(_scope, global.Name, within),
            TopHitsAggregation hits => _hits(hits),
            _ => Fail($"an aggregation of kind {aggregation.GetType().Name} is not known here"),
        };
    }

    private FilterCollector? Filters(string name, QueryNode[] queries, bool hasOther, Collector[] within)
    {
        if (queries.Length > AggregationLimits.RowsMax)
        {
            Fail($"'{name}' has {queries.Length} filters; at most {AggregationLimits.RowsMax} are allowed");
            return null;
        }

        var marks = new List<FilterMarks>();
        foreach (var query in queries)
        {
            if (_queries.Parse(query) is not { } parsed) return null;
            marks.Add(new FilterMarks(_queries.Plan(parsed, 1, isScoring: false), _scope));
        }

        return Error is null ? new FilterCollector(_scope, name, [.. marks], hasOther, within) : null;
    }

    private Collector[] Failed(string error)
    {
        _scope.Fail(error);
        return [];
    }

    private Collector? Fail(string error)
    {
        _scope.Fail(error);
        return null;
    }
}
