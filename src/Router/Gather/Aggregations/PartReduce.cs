using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Joins the parts of one aggregation, of one bucket that it lies within. One thread at a time.</summary>
internal abstract class PartReduce
{
    /// <summary>What one takes, its result counted, roughly.</summary>
    private const int BytesPerPart = 320;

    /// <summary>For all of a level that are no pipelines, in the request's order.</summary>
    public static PartReduce[] All(IReadOnlyList<Aggregation> aggregations, ReduceScope scope)
    {
        if (aggregations.Count == 0) return [];
        var reduces = new List<PartReduce>(aggregations.Count);
        foreach (var aggregation in aggregations)
        {
            if (aggregation.IsPipeline) continue;
            scope.Hold(BytesPerPart);
            reduces.Add(Of(aggregation, scope));
        }

        return [.. reduces];
    }

    /// <summary>Joins another part.</summary>
    public abstract void Add(AggregationPart part);

    /// <summary>The result of all that was joined.</summary>
    public abstract AggregationResult Finish();

    /// <summary>Adds the terms that are to be counted in the background.</summary>
    public virtual void AddCandidates(Dictionary<Aggregation, HashSet<string>> candidates)
    {
    }

    private static PartReduce Of(Aggregation aggregation, ReduceScope scope) => aggregation switch
    {
        MetricAggregation metric => new MetricReduce(metric),
        CardinalityAggregation cardinality => new CardinalityReduce(cardinality, scope),
        PercentilesAggregation it => new SketchReduce(it.RelativeError, scope, it.Percentiles),
        PercentileRanksAggregation it => new SketchReduce(it.RelativeError, scope, it.Ranks),
        MedianDeviationAggregation it => new SketchReduce(it.RelativeError, scope, it.Deviation),
        WeightedAverageAggregation it => new WeightedReduce(it),
        GeoBoundsAggregation it => new PlacesReduce(it),
        GeoCentroidAggregation it => new PlacesReduce(it),
        TopHitsAggregation hits => new HitsReduce(hits, scope),
        _ => new BucketsReduce(aggregation, scope),
    };
}
