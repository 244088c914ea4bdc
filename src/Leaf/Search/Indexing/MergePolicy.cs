namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// Which segments to merge next: of about one size, smallest first, so that each document is rewritten about log(size)
/// times (after Lucene's TieredMergePolicy). Pure.
/// </summary>
internal static class MergePolicy
{
    /// <summary>Above this share of deleted documents a segment is rewritten by itself.</summary>
    private const double DeadShareMax = 0.33;

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
        var worn = views
            .Where(v => v.DeadCount > v.Segment.DocumentCount * DeadShareMax && v.Segment.Bytes <= inputBytesMax)
            .MaxBy(v => (double)v.DeadCount / v.Segment.DocumentCount);
        return worn is null ? [] : [worn];
    }

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
