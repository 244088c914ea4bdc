using System.Buffers;
using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// A search over all shards in two phases: the statistics of the query's terms on every shard, summed; then the search
/// on every shard under the sum, merged. One replica per shard, hedged each for itself.
/// </summary>
/// <remarks>
/// Both phases end at a soft deadline, a share of the time left, so that the answer with what has come still arrives in
/// time. A shard without statistics is searched all the same: its terms count a little too rare.
/// </remarks>
internal sealed class SearchGather
{
    private readonly CallServices _services;
    private readonly ShardCalls _shards;

    public SearchGather(CallServices services, ShardCalls shards)
    {
        _services = services;
        _shards = shards;
    }

    public async ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!SearchCodec.TryRead(body, out SearchRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var now = _services.Clock.Now;
        var softAt = now + (long)((deadlineAt - now) * _services.Options.SearchSoftShare);
        if (_shards.Table.Shards.Length == 1 || request.Statistics is not null)
            return await GatherAsync(request, [], softAt, cancel).ConfigureAwait(false);

        var replies = await _shards.ScatterAsync(
            OperationClass.Statistics, Opcode.TermStatistics, body, softAt, cancel).ConfigureAwait(false);
        var statistics = ReadAll(replies, out var refusal);
        if (statistics is null) return refusal;
        var known = statistics.OfType<TermStatistics>().ToArray();
        if (known.Length > 0) request = request with { Statistics = StatisticsSum.Of(known) };
        return await GatherAsync(request, statistics, softAt, cancel).ConfigureAwait(false);
    }

    /// <summary>The first phase alone, for a router that asks this one.</summary>
    public async ValueTask<Reply> StatisticsAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        var replies = await _shards.ScatterAsync(
            OperationClass.Statistics, Opcode.TermStatistics, body, deadlineAt, cancel).ConfigureAwait(false);
        var statistics = ReadAll(replies, out var refusal);
        return statistics is null
            ? refusal
            : RouterReply.Of(StatisticsSum.Of(statistics.OfType<TermStatistics>()), SearchCodec.Write);
    }

    /// <summary>One row per shard, null where it did not answer; null when a shard's error is the answer.</summary>
    private static TermStatistics?[]? ReadAll(Reply[] replies, out Reply refusal)
    {
        if (ShardErrors.TryPick(replies, out refusal)) return null;
        var all = new TermStatistics?[replies.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            var isGood = replies[i].Status == StatusCode.Ok
                && SearchCodec.TryRead(replies[i].Body, out TermStatistics? read, out _)
                && (all[i] = read) is not null;
            if (!isGood) all[i] = null;
        }

        ShardCalls.Dispose(replies);
        return all;
    }

    private async ValueTask<Reply> GatherAsync(
        SearchRequest request, TermStatistics?[] statistics, long softAt, CancellationToken cancel)
    {
        var output = new ArrayBufferWriter<byte>();
        SearchCodec.Write(output, request with { From = 0, Size = request.From + request.Size });
        var replies = await _shards.ScatterAsync(
            OperationClass.Search, Opcode.Search, output.WrittenMemory, softAt, cancel).ConfigureAwait(false);
        if (ShardErrors.TryPick(replies, out var refusal)) return refusal;
        try
        {
            return Merge(request, statistics, replies);
        }
        finally
        {
            // Only now: the hits' sources lie in the shards' answers.
            ShardCalls.Dispose(replies);
        }
    }

    private static Reply Merge(SearchRequest request, TermStatistics?[] statistics, Reply[] replies)
    {
        var answers = new SearchReply?[replies.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].Status == StatusCode.Ok
                && SearchCodec.TryRead(replies[i].Body, out SearchReply? answer, out _)) answers[i] = answer;
        }

        var good = answers.OfType<SearchReply>().ToArray();
        if (good.Length < answers.Length && (good.Length == 0 || !request.AllowPartial))
            return ShardErrors.Missing(replies, answers);
        var merged = new SearchReply
        {
            Total = good.Sum(a => a.Total),
            TotalIsExact = good.All(a => a.TotalIsExact) && good.Length == answers.Length,
            Hits = HitMerge.Merge(good.Select(a => a.Hits).ToArray(), request.From, request.Size),
            Coverage = CoverageOf(answers, statistics),
        };
        return RouterReply.Of(merged, SearchCodec.Write);
    }

    private static Coverage CoverageOf(SearchReply?[] answers, TermStatistics?[] statistics)
    {
        long total = 0, covered = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            covered += answers[i]?.Coverage.DocumentsCovered ?? 0;
            total += answers[i]?.Coverage.DocumentsTotal
                ?? (i < statistics.Length ? statistics[i]?.Documents : null) ?? 0;
        }

        return new Coverage(answers.Length, answers.Count(a => a is not null), total, covered);
    }
}
