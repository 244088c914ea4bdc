using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// The queries by which aggregations make buckets. What the query of a search needs of the whole collection before it
/// is scattered, they need too: statistics, the nearest of all shards, documents that they name.
/// </summary>
internal static class AggregationQueries
{
    /// <summary>All of them, those of what lies within others too.</summary>
    public static IEnumerable<QueryNode> Of(IReadOnlyList<Aggregation> aggregations)
    {
        foreach (var aggregation in aggregations)
        {
            if (aggregation is FilterAggregation one) yield return one.Query;
            if (aggregation is FiltersAggregation several)
                foreach (var filter in several.Filters) yield return filter.Query;
            foreach (var query in Of(aggregation.Within)) yield return query;
        }
    }

    /// <summary>The same aggregations with other queries; themselves where there are none.</summary>
    public static IReadOnlyList<Aggregation> With(
        IReadOnlyList<Aggregation> aggregations, Func<QueryNode, QueryNode> change) =>
        Of(aggregations).Any() ? [.. aggregations.Select(aggregation => With(aggregation, change))] : aggregations;

    /// <summary>Those alone whose matches depend on statistics, as aggregations without anything else.</summary>
    public static IReadOnlyList<Aggregation> Counted(IReadOnlyList<Aggregation> aggregations) =>
    [
        .. Of(aggregations).Where(query => query.MatchesByStatistics)
            .Select(query => new FilterAggregation { Name = "", Query = query }),
    ];

    private static Aggregation With(Aggregation aggregation, Func<QueryNode, QueryNode> change)
    {
        var changed = aggregation switch
        {
            FilterAggregation one => one with { Query = change(one.Query) },
            FiltersAggregation several => several with
            {
                Filters = [.. several.Filters.Select(filter => filter with { Query = change(filter.Query) })],
            },
            _ => aggregation,
        };
        return changed with { Within = With(aggregation.Within, change) };
    }
}
