namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Which segments to merge next: of about one size, smallest first, so that each document is rewritten about log(size)
/// times (after Lucene's TieredMergePolicy). Pure.
/// </summary>
internal static class MergePolicy
{
    /// <summary>Above this share of deleted documents a segment is rewritten by itself.</summary>
    private const double DeadShareMax = 0.33;

    /// <summary>A segment with a graph stays by itself where it is larger than others by more than this.</summary>
    private const int GraphRatioMax = 3;

    /// <summary>The segments to merge; empty when there is nothing worth doing.</summary>
    /// <param name="views">All that may be merged with each other.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="inputBytesMax">Bytes that one merge may read.</param>
    public static SegmentView[] Choose(
        IEnumerable<SegmentView> views, CollectionIndexOptions options, long inputBytesMax)
    {
        var bytesMax = Math.Min(inputBytesMax, options.SegmentBytesMax);
        var small = views.Where(v => v.LiveBytes < options.SegmentBytesMax / 2).ToList();
        small.Sort((a, b) => b.LiveBytes.CompareTo(a.LiveBytes));
        var best = Array.Empty<SegmentView>();
        if (small.Count > Allowed(small, options))
        {
            var bestScore = double.MaxValue;
            for (var first = 0; first < small.Count; first++)
            {
                var run = Run(small, first, options.SegmentsPerTier, bytesMax);
                var score = run.Length < 2 ? double.MaxValue : Score(run, options);
                if (score >= bestScore) continue;
                bestScore = score;
                best = run;
            }
        }

        if (best.Length > 0) return best;
        if (Graphs(small, bytesMax) is { Length: > 0 } graphs) return graphs;
        var worn = views
            .Where(v => v.DeadCount > v.Segment.DocumentCount * DeadShareMax && v.Segment.Bytes <= inputBytesMax)
            .MaxBy(v => (double)v.DeadCount / v.Segment.DocumentCount);
        return worn is null ? [] : [worn];
    }

    /// <summary>
    /// Segments with graphs, the largest of which is at most three times as large as the others together. To walk two
    /// graphs costs nearly twice as much as one of all their vectors, while a merge only inserts those of the smaller.
    /// </summary>
    private static SegmentView[] Graphs(List<SegmentView> small, long bytesMax)
    {
        SegmentView[] bySize = [.. small.Where(HasGraph).Reverse()];
        var (count, below) = (0, 0L);
        for (var i = 0; i < bySize.Length && below + bySize[i].LiveBytes <= bytesMax; i++)
        {
            if (below * GraphRatioMax >= bySize[i].LiveBytes) count = i + 1;
            below += bySize[i].LiveBytes;
        }

        return bySize[..count];
    }

    private static bool HasGraph(SegmentView view) =>
        Array.Exists(view.Segment.Fields, field => field is { Vectors: not null, Graph.IsNone: false });

    /// <summary>
    /// How many segments their sizes justify: so many in each tier, each tier so many times the one below.
    /// </summary>
    private static int Allowed(List<SegmentView> views, CollectionIndexOptions options)
    {
        double left = views.Sum(v => Floored(v, options)), level = options.SegmentFloorBytes;
        var allowed = 0;
        while (left / level >= options.SegmentsPerTier)
        {
            allowed += options.SegmentsPerTier;
            left -= options.SegmentsPerTier * level;
            level *= options.SegmentsPerTier;
        }

        return allowed + (int)Math.Ceiling(left / level);
    }

    /// <summary>From one on downwards in size, those that fit.</summary>
    private static SegmentView[] Run(List<SegmentView> views, int first, int countMax, long bytesMax)
    {
        var run = new List<SegmentView>();
        long bytes = 0;
        for (var i = first; i < views.Count && run.Count < countMax; i++)
        {
            if (bytes + views[i].LiveBytes > bytesMax) continue;
            bytes += views[i].LiveBytes;
            run.Add(views[i]);
        }

        return [.. run];
    }

    /// <summary>Lower is better: balanced, small, many deletes.</summary>
    private static double Score(SegmentView[] run, CollectionIndexOptions options)
    {
        double floored = run.Sum(v => Floored(v, options));
        var skew = Floored(run[0], options) / floored;
        double live = run.Sum(v => v.LiveBytes), all = run.Sum(v => v.Segment.Bytes);
        return skew * Math.Pow(floored, 0.05) * Math.Pow(live / all, 2) / run.Length * options.SegmentsPerTier;
    }

    private static double Floored(SegmentView view, CollectionIndexOptions options) =>
        Math.Max(view.LiveBytes, options.SegmentFloorBytes);
}
