using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// A search over all shards: the statistics of the query's terms, summed; the search on every shard under the sum; the
/// hits merged. One replica per shard, hedged each for itself.
/// </summary>
/// <remarks>
/// <para>Statistics. A query that was asked before is searched under the sum that was right then. Each answer says what
/// its shard counted in the very documents it searched; if their sum is another, the search is done once more under the
/// right one. So scores are those of one big index, and the round that asks for statistics is paid by new queries only.
/// What changes between the first and the second search is not chased: the sum is then as old as one round trip.</para>
/// <para>Hits. A shard is asked for its likely part of the best (<see cref="ShardShare"/>), and again for all when its
/// last hit got in.</para>
/// <para>All ends at a soft deadline, a share of the time left, so that the answer with what has come still arrives in
/// time. A shard without statistics is searched all the same: its terms count a little too rare.</para>
/// <para>Memory. Answers under way hold at most <see cref="RouterOptions.SearchBytesMax"/> bytes, and what one scatter
/// may bring on top; with more, new searches are refused.</para>
/// </remarks>
internal sealed class SearchGather
{
    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly StatisticsCache _known = new();
    private readonly HeldBytes _held = new();

    public SearchGather(CallServices services, ShardCalls shards)
    {
        _services = services;
        _shards = shards;
    }

    public async ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!SearchCodec.TryRead(body, out SearchRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var most = _services.Options.SearchBytesMax;
        if (_held.Total is var held && held > most)
        {
            return RouterReply.Error(
                StatusCode.Overloaded, $"Searches under way hold {held} bytes of answers; {most} are allowed.");
        }

        var now = _services.Clock.Now;
        var softAt = now + (long)((deadlineAt - now) * _services.Options.SearchSoftShare);
        var times = request.Profile ? new PhaseTimes(_services.Clock.Time) : null;
        var isCounted = request.From + request.Size == 0 || request.Statistics is not null;
        if (!isCounted && _shards.Table.Shards.Length > 1)
            return await ScoredAsync(request, body, times, softAt, cancel).ConfigureAwait(false);
        var answers = await AskAsync(request, softAt, cancel).ConfigureAwait(false);
        times?.End("search");
        return await FinishAsync(request, [], answers, times, softAt, cancel).ConfigureAwait(false);
    }

    /// <summary>The first phase alone, for a router that asks this one.</summary>
    public async ValueTask<Reply> StatisticsAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var (counts, refusal) = await CountAsync(body, deadlineAt, cancel).ConfigureAwait(false);
        return counts is null
            ? refusal
            : RouterReply.Of(StatisticsSum.Of(counts.OfType<TermStatistics>()), SearchCodec.Write);
    }

    private async ValueTask<Reply> ScoredAsync(
        SearchRequest request, ReadOnlyMemory<byte> body, PhaseTimes? times, long softAt, CancellationToken cancel)
    {
        var key = StatisticsCache.KeyOf(request);
        var counts = _known.Find(key, _shards.Table.Shards.Length);
        if (counts is null)
        {
            (counts, var refusal) = await CountAsync(body, softAt, cancel).ConfigureAwait(false);
            if (counts is null) return refusal;
            times?.End("statistics");
        }

        for (var isLast = false; ; isLast = true)
        {
            var sum = StatisticsSum.Of(counts.OfType<TermStatistics>());
            var assumed = request with { Statistics = sum, ReportStatistics = true };
            var answers = await AskAsync(assumed, softAt, cancel).ConfigureAwait(false);
            times?.End("search");
            var counted = answers.Statistics(counts);
            var holds = StatisticsSum.GivesTheSameScores(sum, StatisticsSum.Of(counted.OfType<TermStatistics>()));
            _known.Keep(key, counted);
            if (holds || isLast || answers.Read.All(read => read is null))
                return await FinishAsync(assumed, counted, answers, times, softAt, cancel).ConfigureAwait(false);
            answers.Dispose();
            _services.Counters.SearchRepeated();
            counts = counted;
        }
    }

    /// <summary>One row per shard, null where it did not answer; null when a shard's error is the answer.</summary>
    private async ValueTask<(TermStatistics?[]? Counts, Reply Refusal)> CountAsync(
        ReadOnlyMemory<byte> body, long softAt, CancellationToken cancel)
    {
        _services.Counters.StatisticsAsked();
        var replies = await _shards.ScatterAsync(
            OperationClass.Statistics, Opcode.TermStatistics, body, softAt, cancel).ConfigureAwait(false);
        if (ShardErrors.TryPick(replies, out var refusal)) return (null, refusal);
        var counts = new TermStatistics?[replies.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].Status == StatusCode.Ok
                && SearchCodec.TryRead(replies[i].Body, out TermStatistics? read, out _)) counts[i] = read;
        }

        ShardCalls.Dispose(replies);
        return (counts, default);
    }

    private async ValueTask<ShardAnswers> AskAsync(SearchRequest request, long softAt, CancellationToken cancel)
    {
        var shards = _shards.Table.Shards.Length;
        var body = BodyOf(request, ShardShare.Of(request.From + request.Size, shards));
        var held = _held.Begin();
        var pending = new Task<Reply>[shards];
        for (var i = 0; i < shards; i++) pending[i] = AskAsync(i, body, held, softAt, cancel);
        try
        {
            return new ShardAnswers(await ShardCalls.AllAsync(pending).ConfigureAwait(false), held);
        }
        catch (OperationCanceledException)
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Asks one shard. What it answers is counted at once: it may wait for the others for long.</summary>
    private async Task<Reply> AskAsync(
        int shard, ReadOnlyMemory<byte> body, HeldBytes.Share held, long softAt, CancellationToken cancel)
    {
        var reply = await _shards.ReadAsync(shard, OperationClass.Search, Opcode.Search, body, softAt, cancel)
            .ConfigureAwait(false);
        held.Add(reply.Body.Length);
        return reply;
    }

    private static ReadOnlyMemory<byte> BodyOf(SearchRequest request, int hits)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, request with { From = 0, Size = hits });
        return output.WrittenMemory;
    }

    /// <summary>Merges the answers, which it disposes; asks once more where a shard may have more to give.</summary>
    private async ValueTask<Reply> FinishAsync(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, PhaseTimes? times, long softAt,
        CancellationToken cancel)
    {
        if (answers.TryPickError(out var refusal)) return refusal;
        // Only at the end: the hits' sources lie in the shards' answers.
        using (answers)
        {
            if (await RefillAsync(request, answers, softAt, cancel).ConfigureAwait(false)) times?.End("refill");
            return Merge(request, counts, answers, times);
        }
    }

    /// <summary>Asks the shards for all hits whose last one got in among the best; false when there are none.</summary>
    private async ValueTask<bool> RefillAsync(
        SearchRequest request, ShardAnswers answers, long softAt, CancellationToken cancel)
    {
        var wanted = request.From + request.Size;
        var asked = ShardShare.Of(wanted, answers.Read.Length);
        if (asked == wanted) return false;
        var lists = answers.Read.OfType<SearchReply>().Select(answer => answer.Hits).ToArray();
        var best = HitMerge.Merge(lists, request.Sort, 0, wanted)
            .ToHashSet<SearchHit>(ReferenceEqualityComparer.Instance);
        var shards = Enumerable.Range(0, answers.Read.Length)
            .Where(i => answers.Read[i] is { } read && read.Hits.Count == asked && best.Contains(read.Hits[^1]))
            .ToArray();
        if (shards.Length == 0) return false;
        _services.Counters.SearchRefilled();
        var body = BodyOf(request with { ReportStatistics = false }, wanted);
        var pending = shards.Select(shard => _shards.ReadAsync(
            shard, OperationClass.Search, Opcode.Search, body, softAt, cancel).AsTask()).ToArray();
        var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
        for (var i = 0; i < shards.Length; i++) answers.Replace(shards[i], replies[i]);
        return true;
    }

    private static Reply Merge(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, PhaseTimes? times)
    {
        var good = answers.Read.OfType<SearchReply>().ToArray();
        if (good.Length < answers.Read.Length && (good.Length == 0 || !request.AllowPartial))
            return ShardErrors.Missing(answers.Latest, answers.Read);
        var coverage = CoverageOf(answers.Read, counts);
        var merged = new SearchReply
        {
            Total = good.Sum(a => a.Total),
            TotalIsExact = good.All(a => a.TotalIsExact) && coverage.IsWhole,
            Hits = HitMerge.Merge(good.Select(a => a.Hits).ToArray(), request.Sort, request.From, request.Size),
            Coverage = coverage,
        };
        if (times is not null) merged = merged with { Profile = ProfileOf(times, answers.Read) };
        return RouterReply.Of(merged, SearchCodec.Write);
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
