using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>The nearest documents of all shards from the nearest of each.</summary>
internal static class NearestMerge
{
    /// <summary>Whether a search has a query for nearest vectors, in its own or in those of its buckets.</summary>
    public static bool IsNeededFor(SearchRequest request) =>
        IsNeededFor(request.Query) || AggregationQueries.Of(request.Aggregations).Any(IsNeededFor);

    /// <summary>Whether a tree has a query for nearest vectors.</summary>
    public static bool IsNeededFor(QueryNode query) => query is KnnQuery || query.Children().Any(IsNeededFor);

    /// <summary>For each such query of the tree its nearest: by score, ties by path.</summary>
    public static IReadOnlyList<NearestDocuments> Of(IReadOnlyCollection<TermStatistics> shards)
    {
        var queries = shards.Count == 0 ? 0 : shards.Max(shard => shard.Nearest.Count);
        var all = new NearestDocuments[queries];
        for (var i = 0; i < queries; i++)
        {
            NearestDocuments[] rows = [.. shards.Where(shard => i < shard.Nearest.Count).Select(s => s.Nearest[i])];
            var k = rows.Max(row => row.K);
            all[i] = new NearestDocuments(
                k,
                [
                    .. rows.SelectMany(row => row.Documents)
                        .OrderByDescending(document => document.Score)
                        .ThenBy(document => document.Path, PathOrder.Instance)
                        .Take(k),
                ]);
        }

        return all;
    }
}
