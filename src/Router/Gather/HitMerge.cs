using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Best hits of all shards from the best hits of each, in the order of the request.
/// </summary>
internal static class HitMerge
{
    /// <summary>Merges sorted lists. O((from + size) log lists).</summary>
    /// <param name="lists">Each in order.</param>
    /// <param name="sort">What they are ordered by; empty for the score.</param>
    /// <param name="from">Hits to pass over.</param>
    /// <param name="size">Hits to return at most.</param>
    /// <param name="byGroup">Whether only the best hit of each group counts.</param>
    public static List<SearchHit> Merge(
        IReadOnlyList<IReadOnlyList<SearchHit>> lists, IReadOnlyList<SortKey> sort, int from, int size,
        bool byGroup = false)
    {
        var groups = byGroup ? new HashSet<SortValue>() : null;
        var heads = new PriorityQueue<(int List, int Next), SearchHit>(lists.Count, new HitOrder(sort));
        for (var i = 0; i < lists.Count; i++)
            if (lists[i].Count > 0) heads.Enqueue((i, 1), lists[i][0]);
        var merged = new List<SearchHit>(Math.Min(size, lists.Sum(l => l.Count)));
        while (merged.Count < size && heads.TryDequeue(out var head, out var hit))
        {
            var list = lists[head.List];
            if (head.Next < list.Count) heads.Enqueue((head.List, head.Next + 1), list[head.Next]);
            if (groups is not null && !groups.Add(hit.Group ?? default)) continue;
            if (from > 0) from--;
            else merged.Add(hit);
        }

        return merged;
    }
}
