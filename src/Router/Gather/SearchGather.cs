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
/// <para>Aggregations. Parts are joined as they arrive (<see cref="AggregationReduce"/>). How usual significant terms
/// are is asked when the candidates of all shards are known (<see cref="BackgroundCounts"/>).</para>
/// <para>Index. A collection's name may come to lead to another index, leaf by leaf. Where shards answered of different
/// ones, all are asked once more for the one that came last, which every leaf has by then; and where what a phase is
/// built on is of another index than the phase, the search begins anew.</para>
/// <para>Fields. What a dynamic collection's shards have found is told to all (<see cref="FoundFields"/>).</para>
/// <para>All ends at a soft deadline, a share of the time left, so that the answer with what has come still arrives in
/// time, and each phase at its part of that (<see cref="PhaseEnds"/>). A shard without statistics is searched all the
/// same: its terms count a little too rare. Where the caller is content with less than all shards, the last ones are
/// not waited for until then (<see cref="Stragglers"/>).</para>
/// <para>Nearest vectors. The round for statistics also brings the nearest of each shard; the nearest of all, of which
/// each shard is told, are then what the query matches. Ranks of several queries are joined by <see
/// cref="FusedSearch"/>.</para>
/// <para>Memory. Answers under way hold at most <see cref="RouterOptions.SearchBytesMax"/> bytes, and what one scatter
/// may bring on top; with more, new searches are refused.</para>
/// </remarks>
internal sealed class SearchGather
{
    /// <summary>Changes of an index in one search that are followed; nobody makes so many.</summary>
    private const int MovesMax = 4;

    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly StatisticsCache _known = new();
    private readonly HeldBytes _held = new();
    private readonly ScatterAdmission _admission;
    private readonly ScatterPaces _paces;
    private readonly LikedDocuments _liked;
    private readonly FoundFields _found;
    private readonly BackgroundCounts _backgrounds;

    public SearchGather(CallServices services, ShardCalls shards, ManyReads many, FoundFields found)
    {
        _found = found;
        _backgrounds = new BackgroundCounts(AskBackgroundAsync);
        _services = services;
        _shards = shards;
        _liked = new LikedDocuments(many);
        _admission = new ScatterAdmission(services);
        _paces = new ScatterPaces(services);
    }

    public ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        _admission.TryAdmit(_services.Clock.Now, out var refusal)
            ? SearchAdmittedAsync(body, deadlineAt, cancel)
            : ValueTask.FromResult(refusal);

    /// <summary>Also a search that is a part of another, which was admitted as a whole.</summary>
    public async ValueTask<Reply> SearchAdmittedAsync(
        ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!SearchCodec.TryRead(body, out SearchRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        if (GroupHits.Problem(request) is { } problem) return RouterReply.Error(StatusCode.BadQuery, problem);
        request = WithInstant(request);
        if (request.Rank is { } rank)
            return await new FusedSearch(this, request, rank).RunAsync(deadlineAt, cancel).ConfigureAwait(false);
        var most = _services.Options.SearchBytesMax;
        if (_held.Total is var bytes && bytes > most)
        {
            return RouterReply.Error(
                StatusCode.Overloaded, $"Searches under way hold {bytes} bytes of answers; {most} are allowed.");
        }

        var shards = _shards.Table.Shards.Length;
        if (request.PointInTime is { } id)
        {
            if (PointsInTime.RowsOf(id, shards, out var refusal) is null) return refusal;
            // A page without a shard would be a hole that nobody sees.
            request = request with { AllowPartial = false };
        }

        var wanted = request.From + request.Size;
        var mayRefill = ShardShare.Of(wanted, shards) < wanted;
        var ends = PhaseEnds.Of(_services.Clock.Now, deadlineAt, _services.Options, mayRefill);
        var (read, unread) = await _liked.ReadAsync(request, ends.Statistics, cancel).ConfigureAwait(false);
        if (read is null) return unread;
        if (shards > 1) read = read with { KnownFields = _found.Find(read.Collection) };
        if (!ReferenceEquals(read, request)) body = BodyOf(request = read, wanted);
        var times = request.Profile ? new PhaseTimes(_services.Clock.Time) : null;
        var hasNearest = NearestMerge.IsNeededFor(request);
        var needsThem = request.NeedsScores() || request.Query.MatchesByStatistics || hasNearest
            || request.Highlighting.Any(static field => field.Query is { MatchesByStatistics: true })
            || AggregationQueries.Of(request.Aggregations).Any(static query => query.MatchesByStatistics);
        var isCounted = !needsThem || request.Statistics is not null;

        // What is nearest is found in the first phase, which then has to know what now means.
        for (var moves = 0; ; moves++)
        {
            var answer = !isCounted && shards > 1
                ? hasNearest
                    ? await NearestAsync(request, times, ends, cancel).ConfigureAwait(false)
                    : await ScoredAsync(request, body, times, ends, cancel).ConfigureAwait(false)
                : await PlainAsync(request, times, ends, cancel).ConfigureAwait(false);
            if (answer is { } reply) return reply;
            _services.Counters.Count(RouterCounter.SearchesOfSeveralIndexes);
            if (moves == MovesMax) return MovedTooOften(request);
        }
    }

    private static Reply MovedTooOften(SearchRequest request) => RouterReply.Error(
        StatusCode.Unavailable,
        $"The index of '{request.Collection}' was changed more than {MovesMax} times while it was searched, or a "
        + "change of it did not reach every leaf; do that again.");

    private async ValueTask<Reply?> PlainAsync(
        SearchRequest request, PhaseTimes? times, PhaseEnds ends, CancellationToken cancel)
    {
        var answers = await AskAsync(request, ends, cancel).ConfigureAwait(false);
        times?.End("search");
        return await FinishAsync(request, [], answers, times, ends, cancel).ConfigureAwait(false);
    }

    /// <summary>What <c>now</c> means in a search is one instant for all its shards and phases.</summary>
    private SearchRequest WithInstant(SearchRequest request) => request.NowMs is null
        ? request with { NowMs = _services.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds() }
        : request;

    /// <summary>The first phase alone, for a router that asks this one.</summary>
    public async ValueTask<Reply> StatisticsAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!SearchCodec.TryRead(body, out SearchRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var (read, refusal) = await _liked.ReadAsync(request, deadlineAt, cancel).ConfigureAwait(false);
        if (read is null) return refusal;
        read = read with { KnownFields = _found.Find(read.Collection) };
        if (!ReferenceEquals(read, request)) body = BodyOf(read, read.From + read.Size);
        var all = new Scatter(OperationClass.Statistics, Opcode.TermStatistics, body, deadlineAt, request.PointInTime);
        (var counts, _, refusal) = await CountAsync(null, all, cancel).ConfigureAwait(false);
        return counts is null
            ? refusal
            : RouterReply.Of(StatisticsSum.Of([.. counts.OfType<TermStatistics>()]), SearchCodec.Write);
    }

    /// <summary>A search that is done again where its index was changed; null: begin anew.</summary>
    private async ValueTask<Reply?> ScoredAsync(
        SearchRequest request, ReadOnlyMemory<byte> body, PhaseTimes? times, PhaseEnds ends, CancellationToken cancel)
    {
        var key = StatisticsCache.KeyOf(request);
        var counts = _known.Find(key, _shards.Table.Shards.Length);
        if (counts is null)
        {
            var all = new Scatter(
                OperationClass.Statistics, Opcode.TermStatistics, body, ends.Statistics, request.PointInTime);
            (counts, _, var refusal) = await CountAsync(request, all, cancel).ConfigureAwait(false);
            if (counts is null) return refusal;
            times?.End("statistics");
        }

        var (answer, _) = await SearchCountedAsync(request, counts, key, null, times, ends, cancel)
            .ConfigureAwait(false);
        return answer;
    }

    /// <summary>
    /// What is nearest changes with every document, and is found by the leaves once for all; then it is searched in the
    /// very index in which it was found. Null: begin anew.
    /// </summary>
    private async ValueTask<Reply?> NearestAsync(
        SearchRequest request, PhaseTimes? times, PhaseEnds ends, CancellationToken cancel)
    {
        var given = request.Collection;
        for (var moves = 0; moves <= MovesMax; moves++)
        {
            var all = new Scatter(
                OperationClass.Statistics, Opcode.TermStatistics, BodyOf(request, request.Size), ends.Statistics,
                request.PointInTime);
            var (counts, since, refusal) = await CountAsync(request, all, cancel).ConfigureAwait(false);
            if (counts is null)
            {
                // The index that was asked for by its own name is gone by now.
                if (refusal.Status != StatusCode.NoSuchCollection || request.Collection == given) return refusal;
                refusal.Dispose();
                request = request with { Collection = given };
                continue;
            }

            times?.End("statistics");
            var (answer, index) = await SearchCountedAsync(request, counts, null, since, times, ends, cancel)
                .ConfigureAwait(false);
            if (answer is not null) return answer;
            _services.Counters.Count(RouterCounter.SearchesOfSeveralIndexes);
            request = request with { Collection = index ?? given };
        }

        return MovedTooOften(request);
    }

    /// <summary>
    /// Searches under what was counted, and once more where that has changed. Null, and the index that serves now,
    /// where that is another than was counted, or it was changed on the way.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="counts">By shard.</param>
    /// <param name="key">What to remember the counts by; null to remember none.</param>
    /// <param name="since">Since when the counted indexes serve; null where any will do.</param>
    /// <param name="times">The phases so far.</param>
    /// <param name="ends">Their ends.</param>
    /// <param name="cancel">The caller's.</param>
    private async ValueTask<(Reply? Answer, string? Index)> SearchCountedAsync(
        SearchRequest request, TermStatistics?[] counts, ulong? key, IReadOnlySet<ulong>? since, PhaseTimes? times,
        PhaseEnds ends, CancellationToken cancel)
    {
        var nearest = NearestMerge.Of([.. counts.OfType<TermStatistics>()]);
        for (var isLast = false; ; isLast = true)
        {
            var sum = StatisticsSum.Of([.. counts.OfType<TermStatistics>()]) with { Nearest = nearest };
            var assumed = request with { Statistics = sum, ReportStatistics = true };
            var beganAt = _services.Clock.Now;
            var answers = await AskAsync(assumed, ends, cancel).ConfigureAwait(false);
            times?.End("search");
            if (since is not null && request.PointInTime is null && !answers.AreOf(since))
            {
                var index = answers.Served?.Name;
                answers.Dispose();
                return (null, index);
            }

            request = request with { KnownFields = answers.KnownFields };
            var counted = answers.Statistics(counts);
            var holds = StatisticsSum.GivesTheSameScores(sum, StatisticsSum.Of([.. counted.OfType<TermStatistics>()]));
            if (key is { } known) _known.Keep(known, counted);
            if (holds || isLast || answers.Read.All(read => read is null) || !IsTimeToRepeat(beganAt, ends))
            {
                var answer = await FinishAsync(assumed, counted, answers, times, ends, cancel).ConfigureAwait(false);
                return (answer, null);
            }

            answers.Dispose();
            _services.Counters.SearchRepeated();
            counts = counted;
        }
    }

    /// <summary>
    /// One row per shard, null where it did not answer; null when a shard's error is the answer. And since when the
    /// indexes serve that were counted.
    /// </summary>
    private async ValueTask<(TermStatistics?[]? Counts, IReadOnlySet<ulong> Since, Reply Refusal)> CountAsync(
        SearchRequest? request, Scatter all, CancellationToken cancel)
    {
        _services.Counters.StatisticsAsked();
        var replies = await ScatterAsync(request, all, held: null, cancel).ConfigureAwait(false);
        var since = new HashSet<ulong>();
        if (ShardErrors.TryPick(replies, out var refusal)) return (null, since, refusal);
        var counts = new TermStatistics?[replies.Length];
        for (var i = 0; i < replies.Length; i++)
        {
            if (replies[i].Status != StatusCode.Ok
                || !SearchCodec.TryRead(replies[i].Body, out TermStatistics? read, out _)) continue;
            counts[i] = read;
            since.Add(replies[i].Header.Version);
        }

        ShardCalls.Dispose(replies);
        return (counts, since, default);
    }

    /// <summary>
    /// Whether the search can be done again under other statistics. If not, its scores are a little off, as those of a
    /// shard that was searched without.
    /// </summary>
    private bool IsTimeToRepeat(long beganAt, PhaseEnds ends)
    {
        var now = _services.Clock.Now;
        if (now + (now - beganAt) <= ends.Query) return true;
        _services.Counters.Count(RouterCounter.RepeatsSkipped);
        return false;
    }

    /// <summary>Asks, and once more where a shard planned without a field that another has.</summary>
    private async ValueTask<ShardAnswers> AskAsync(SearchRequest request, PhaseEnds ends, CancellationToken cancel)
    {
        var beganAt = _services.Clock.Now;
        var answers = await AskOneIndexAsync(request, ends, cancel).ConfigureAwait(false);
        var found = answers.Read.Length > 1
            ? _found.Learn(request.Collection, request.KnownFields, answers.FieldsHere)
            : null;
        if (found is null || !IsTimeToRepeat(beganAt, ends)) return answers;
        answers.Dispose();
        _services.Counters.SearchRepeated();
        return await AskOneIndexAsync(request with { KnownFields = found }, ends, cancel).ConfigureAwait(false);
    }

    /// <summary>Asks, and once more where shards are not of one index.</summary>
    private async ValueTask<ShardAnswers> AskOneIndexAsync(
        SearchRequest request, PhaseEnds ends, CancellationToken cancel)
    {
        var answers = await AskOnceAsync(request, ends, cancel).ConfigureAwait(false);
        for (var moves = 0; moves < MovesMax && answers.Served is { } latest && answers.AreOfSeveral; moves++)
        {
            answers.Dispose();
            _services.Counters.Count(RouterCounter.SearchesOfSeveralIndexes);
            answers = await AskOnceAsync(request with { Collection = latest.Name }, ends, cancel)
                .ConfigureAwait(false);
            if (!Array.Exists(answers.Latest, reply => reply.Status == StatusCode.NoSuchCollection)) continue;

            // That one is gone by now, too.
            answers.Dispose();
            answers = await AskOnceAsync(request, ends, cancel).ConfigureAwait(false);
        }

        return answers;
    }

    private async ValueTask<ShardAnswers> AskOnceAsync(
        SearchRequest request, PhaseEnds ends, CancellationToken cancel)
    {
        var body = BodyOf(request, ShareOf(request, _shards.Table.Shards.Length));
        var held = _held.Begin();
        try
        {
            var reduce = AggregationReduce.Of(request);
            var all = new Scatter(OperationClass.Search, Opcode.Search, body, ends.Query, request.PointInTime, reduce);
            var replies = await ScatterAsync(request, all, held, cancel).ConfigureAwait(false);
            return new ShardAnswers(replies, held, reduce, request.KnownFields);
        }
        catch (OperationCanceledException)
        {
            held.Dispose();
            throw;
        }
    }

    private async ValueTask<Reply[]> ScatterAsync(
        SearchRequest? request, Scatter scatter, HeldBytes.Share? held, CancellationToken cancel)
    {
        var pending = new Task<Reply>[_shards.Table.Shards.Length];
        var rows = HeldRows(scatter, pending.Length);
        using var stragglers = request is null
            ? null
            : Stragglers.Of(_services, request, pending.Length, cancel);
        var pace = rows is null ? _paces.Begin(scatter.Kind, pending.Length) : null;
        var paced = scatter with { Pace = pace };
        for (var i = 0; i < pending.Length; i++) pending[i] = AskAsync(i, paced, rows, stragglers, held, cancel);
        var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
        _admission.Ended(_services.Clock.Now, replies, allowsPartial: request is not { AllowPartial: false });
        return replies;
    }

    /// <summary>Asks one shard. What it answers is counted at once: it may wait for the others for long.</summary>
    private async Task<Reply> AskAsync(
        int shard, Scatter scatter, HeldShard[]? rows, Stragglers? stragglers, HeldBytes.Share? held,
        CancellationToken cancel)
    {
        try
        {
            var reply = await ReadAsync(shard, scatter, rows, stragglers?.GivenUp ?? cancel).ConfigureAwait(false);
            if (reply.Status == StatusCode.Ok)
            {
                stragglers?.Answered();
                scatter.Pace?.Answered();
            }

            held?.Add(reply.Body.Length);
            // What has come is joined while others are still at work.
            if (reply.Status == StatusCode.Ok) scatter.Reduce?.Add(reply.Body);
            return reply;
        }
        catch (OperationCanceledException) when (stragglers is not null && !cancel.IsCancellationRequested)
        {
            return stragglers.Missing(shard);
        }
    }

    /// <summary>
    /// Which leaf to ask of each shard, where a point in time names it. Null also where it does not fit any more: then
    /// leaves say so.
    /// </summary>
    private static HeldShard[]? HeldRows(Scatter scatter, int shards)
    {
        if (scatter.PointInTime is not { } id) return null;
        if (PointsInTime.RowsOf(id, shards, out var refusal) is { } rows) return rows;
        refusal.Dispose();
        return null;
    }

    private ValueTask<Reply> ReadAsync(int shard, Scatter scatter, HeldShard[]? rows, CancellationToken cancel) =>
        rows is null
            ? _shards.ReadAsync(
                shard, scatter.Kind, scatter.Opcode, scatter.Body, scatter.EndAt, cancel, pace: scatter.Pace)
            : _shards.ReadHeldAsync(rows[shard], scatter.Opcode, scatter.Body, scatter.EndAt, cancel);

    private async ValueTask<Reply[]> AskBackgroundAsync(SearchRequest asked, long endAt, CancellationToken cancel)
    {
        var body = new ArrayBufferWriter<byte>();
        SearchCodec.Write(body, asked);
        var all = new Scatter(OperationClass.Search, Opcode.Search, body.WrittenMemory, endAt, asked.PointInTime);
        return await ScatterAsync(null, all, held: null, cancel).ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte> BodyOf(SearchRequest request, int hits)
    {
        var output = new ArrayBufferWriter<byte>();
        var collapse = request.Collapse is null ? null : new Collapse(request.Collapse.Field);
        SearchCodec.Write(output, request with { From = 0, Size = hits, CoverageMin = null, Collapse = collapse });
        return output.WrittenMemory;
    }

    /// <summary>Hits to ask of each shard. The best of a group may be on any: a part says nothing then.</summary>
    private static int ShareOf(SearchRequest request, int shards) => request.Collapse is null
        ? ShardShare.Of(request.From + request.Size, shards)
        : request.From + request.Size;

    /// <summary>
    /// Merges the answers, which it disposes; asks once more where a shard may have more to give. Null: what it gave is
    /// of another index, and the search has to begin anew.
    /// </summary>
    private async ValueTask<Reply?> FinishAsync(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, PhaseTimes? times, PhaseEnds ends,
        CancellationToken cancel)
    {
        if (answers.TryPickError(out var refusal)) return refusal;
        request = request with { KnownFields = answers.KnownFields };
        if (await MergeAsync(request, counts, answers, times, ends, cancel).ConfigureAwait(false) is not { } merged)
            return null;
        if (request.Collapse is not { InnerHits.Count: > 0 } collapse || merged.Status != StatusCode.Ok) return merged;
        using (merged)
        {
            if (!SearchCodec.TryRead(merged.Body, out SearchReply? reply, out var error))
                return RouterReply.Error(StatusCode.Internal, error!);
            var (filled, missing) = await new GroupHits(this, InIndexOf(request, reply.Served), collapse)
                .FillAsync(reply, ends.Refill, cancel).ConfigureAwait(false);
            return filled is null ? missing : RouterReply.Of(filled, SearchCodec.Write);
        }
    }

    /// <summary>The request, of the very index that an answer was of.</summary>
    private static SearchRequest InIndexOf(SearchRequest request, ServedIndex? served) =>
        served is null ? request : request with { Collection = served.Name };

    private async ValueTask<Reply?> MergeAsync(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, PhaseTimes? times, PhaseEnds ends,
        CancellationToken cancel)
    {
        // Only at the end: the hits' sources lie in the shards' answers.
        using (answers)
        {
            if (await RefillAsync(request, answers, ends.Refill, cancel).ConfigureAwait(false)) times?.End("refill");
            if (answers.AreOfSeveral) return null;
            var answered = answers.Read.Count(read => read is not null);
            await _backgrounds.CountAsync(
                InIndexOf(request, answers.Served), answers.Aggregations, answered, ends.Refill, cancel)
                .ConfigureAwait(false);
            return SearchMerge.Of(request, counts, answers, times);
        }
    }

    /// <summary>Asks the shards for all hits whose last one got in among the best; false when there are none.</summary>
    private async ValueTask<bool> RefillAsync(
        SearchRequest request, ShardAnswers answers, long endAt, CancellationToken cancel)
    {
        var wanted = request.From + request.Size;
        var asked = ShareOf(request, answers.Read.Length);
        if (asked == wanted) return false;
        var lists = answers.Read.OfType<SearchReply>().Select(answer => answer.Hits).ToArray();
        var best = HitMerge.Merge(lists, request.Sort, 0, wanted)
            .ToHashSet<SearchHit>(ReferenceEqualityComparer.Instance);
        var shards = Enumerable.Range(0, answers.Read.Length)
            .Where(i => answers.Read[i] is { } read && read.Hits.Count == asked && best.Contains(read.Hits[^1]))
            .ToArray();
        if (shards.Length == 0) return false;
        _services.Counters.SearchRefilled();
        var again = InIndexOf(request, answers.Served) with { ReportStatistics = false, Aggregations = [] };
        var body = BodyOf(again, wanted);
        var all = new Scatter(OperationClass.Search, Opcode.Search, body, endAt, request.PointInTime);
        var rows = HeldRows(all, answers.Read.Length);
        var pending = shards.Select(shard => ReadAsync(shard, all, rows, cancel).AsTask()).ToArray();
        var replies = await ShardCalls.AllAsync(pending).ConfigureAwait(false);
        for (var i = 0; i < shards.Length; i++) answers.Replace(shards[i], replies[i]);
        return true;
    }

    /// <summary>What every shard is asked in one phase, and by when.</summary>
    private sealed record Scatter(
        OperationClass Kind, Opcode Opcode, ReadOnlyMemory<byte> Body, long EndAt, string? PointInTime,
        AggregationReduce? Reduce = null)
    {
        /// <summary>What its shards' requests are hedged by, beside their own delays.</summary>
        public ScatterPace? Pace { get; init; }
    }
}
