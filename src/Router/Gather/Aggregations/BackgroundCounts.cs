using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>Asks every shard, in their order; each answer is to be disposed.</summary>
internal delegate ValueTask<Reply[]> AskShards(SearchRequest request, long endAt, CancellationToken cancel);

/// <summary>
/// Counts over all shards how usual the candidates of significant terms are: a second round, because a term that is
/// frequent in the documents of one shard may be in none of another's. Thread-safe.
/// </summary>
internal sealed class BackgroundCounts(AskShards ask)
{
    /// <summary>Asks for all that is needed, and gives it to the reduce.</summary>
    /// <param name="request">The search.</param>
    /// <param name="reduce">Its reduce; null where there is nothing to do.</param>
    /// <param name="answered">Shards that have answered it: at least as many have to answer this.</param>
    /// <param name="endAt">By when.</param>
    /// <param name="cancel">The caller's.</param>
    public async ValueTask CountAsync(
        SearchRequest request, AggregationReduce? reduce, int answered, long endAt, CancellationToken cancel)
    {
        if (reduce is null) return;
        foreach (var (of, terms) in reduce.Candidates())
        {
            if (Problem(of, terms.Count) is { } problem)
            {
                reduce.Fail(problem);
                return;
            }

            var background = await CountAsync(request, of, terms, answered, endAt, cancel).ConfigureAwait(false);
            if (background is not null) reduce.SetBackground(of, background);
            else if (terms.Count > 0) reduce.Fail($"how usual the terms of '{of.Name}' are was not counted in time");
        }
    }

    /// <summary>Why it cannot be counted, and what is allowed; null when it can.</summary>
    private static string? Problem(SignificantTermsAggregation of, int terms)
    {
        if (terms > AggregationLimits.ListedTermsMax)
        {
            return $"'{of.Name}' has {terms} terms to be counted in the background; at most "
                + $"{AggregationLimits.ListedTermsMax} are allowed: include fewer, or raise min_doc_count";
        }

        // It is counted by one scatter, without the round in which shards learn of each other.
        return of.Background is { } query && (query.MatchesByStatistics || NearestMerge.IsNeededFor(query))
            ? $"the background_filter of '{of.Name}' has a part whose matches depend on the whole collection, such as "
                + "a misspelt word, more_like_this or knn, which is not allowed there"
            : null;
    }

    /// <summary>Null where it could not be counted.</summary>
    private async ValueTask<Background?> CountAsync(
        SearchRequest request, SignificantTermsAggregation of, IReadOnlyList<string> terms, int answered,
        long endAt, CancellationToken cancel)
    {
        if (terms.Count == 0) return null;
        var count = new TermsAggregation
        {
            Name = of.Name, Field = of.Field, Size = terms.Count, Include = new TermChoice(null, terms), Exact = true,
        };
        var asked = new SearchRequest
        {
            Collection = request.Collection,
            Query = of.Background ?? new MatchAllQuery(),
            Size = 0,
            AllowPartial = request.AllowPartial,
            PointInTime = request.PointInTime,
            NowMs = request.NowMs,
            KnownFields = request.KnownFields,
            Aggregations = [count],
        };
        var replies = await ask(asked, endAt, cancel).ConfigureAwait(false);
        try
        {
            return replies.Count(reply => reply.Status == StatusCode.Ok) < answered ? null : Sum(asked, replies);
        }
        finally
        {
            ShardCalls.Dispose(replies);
        }
    }

    private static Background Sum(SearchRequest asked, Reply[] replies)
    {
        var reduce = AggregationReduce.Of(asked)!;
        long total = 0;
        foreach (var reply in replies)
        {
            if (reply.Status != StatusCode.Ok) continue;
            if (!SearchCodec.TryRead(reply.Body, out SearchReply? read, out _)) continue;
            total += read.Total;
            reduce.Add(reply.Body);
        }

        var counts = reduce.Finish(out _).OfType<BucketsResult>().SelectMany(result => result.Buckets);
        return new Background(total, counts.ToDictionary(bucket => bucket.Key.Text ?? "", bucket => bucket.Count));
    }
}
