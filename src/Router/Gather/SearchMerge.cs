using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>One answer of what the shards answered to a search.</summary>
internal static class SearchMerge
{
    /// <summary>The answer; or the error, where shards are missing that are needed.</summary>
    public static Reply Of(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, PhaseTimes? times)
    {
        var good = answers.Read.OfType<SearchReply>().ToArray();
        if (good.Length < answers.Read.Length && (good.Length == 0 || !request.AllowPartial))
            return ShardErrors.Missing(answers.Latest, answers.Read);
        if (answers.Unfinished.Count > 0 && !request.AllowPartial) return Unfinished(answers);
        string? unfit = null;
        var results = answers.Aggregations?.Finish(out unfit) ?? [];
        if (unfit is not null) return RouterReply.Error(StatusCode.BadQuery, unfit);
        var coverage = CoverageOf(answers.Read, counts);
        var isCountExact = good.All(a => a.TotalIsExact) && coverage.IsWhole;

        // All of its documents were searched and counted, but not all hits that it may have are here.
        coverage = coverage with
        {
            ShardsAnswered = coverage.ShardsAnswered
                - answers.Unfinished.Keys.Count(shard => answers.Read[shard]!.Coverage.IsWhole),
        };
        var merged = new SearchReply
        {
            Total = good.Sum(a => a.Total),
            TotalIsExact = isCountExact,
            Hits = HitMerge.Merge(
                good.Select(a => a.Hits).ToArray(), request.Sort, request.From, request.Size,
                byGroup: request.Collapse is not null),
            Coverage = coverage,
            Aggregations = results,
            Served = answers.Served,
        };
        if (times is not null) merged = merged with { Profile = ProfileOf(times, answers.Read) };
        return RouterReply.Of(merged, SearchCodec.Write);
    }

    /// <summary>The error of shards that were asked for more of their hits and did not give them.</summary>
    private static Reply Unfinished(ShardAnswers answers)
    {
        var replies = answers.Latest.ToArray();
        var read = answers.Read.ToArray();
        foreach (var (shard, reply) in answers.Unfinished)
        {
            replies[shard] = reply;
            read[shard] = null;
        }

        return ShardErrors.Missing(replies, read);
    }

    private static SearchProfile ProfileOf(PhaseTimes times, SearchReply?[] answers)
    {
        times.End("merge");
        var shards = answers.SelectMany(answer => answer?.Profile?.Shards ?? []).OrderBy(shard => shard.Shard);
        return new SearchProfile(times.Phases, [.. shards]);
    }

    /// <summary>What stopped at the soft deadline has covered some documents, and is no whole answer.</summary>
    private static Coverage CoverageOf(SearchReply?[] answers, TermStatistics?[] statistics)
    {
        long total = 0, covered = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            covered += answers[i]?.Coverage.DocumentsCovered ?? 0;
            total += answers[i]?.Coverage.DocumentsTotal
                ?? (i < statistics.Length ? statistics[i]?.Documents : null) ?? 0;
        }

        return new Coverage(
            answers.Length, answers.Sum(a => a is null ? 0 : Math.Min(1, a.Coverage.ShardsAnswered)), total, covered);
    }
}
