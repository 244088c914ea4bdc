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
/// ones, or what a phase is built on is of another index than the phase, the search begins anew with the one that came
/// last, which every leaf has by then (<see cref="IndexMoves"/>).</para>
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
    private readonly CallServices _services;
    private readonly SearchScatter _scatter;
    private readonly StatisticsCache _known = new();
    private readonly HeldBytes _held = new();
    private readonly LikedDocuments _liked;
    private readonly FoundFields _found;
    private readonly BackgroundCounts _backgrounds;

    public SearchGather(CallServices services, ShardCalls shards, ManyReads many, FoundFields found)
    {
        _found = found;
        _backgrounds = new BackgroundCounts(AskBackgroundAsync);
        _services = services;
        _scatter = new SearchScatter(services, shards);
        _liked = new LikedDocuments(many);
    }

    public ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel) =>
        _scatter.TryAdmit(out var refusal)
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
        {
            return await new FusedSearch(this, request, rank, new IndexMoves(_services.Counters, request.Collection))
                .RunAsync(deadlineAt, cancel).ConfigureAwait(false);
        }

        var most = _services.Options.SearchBytesMax;
        if (_held.Total is var bytes && bytes > most)
        {
            return RouterReply.Error(
                StatusCode.Overloaded, $"Searches under way hold {bytes} bytes of answers; {most} are allowed.");
        }

        var shards = _scatter.Shards;
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
        request = read;
        var times = request.Profile ? new PhaseTimes(_services.Clock.Time) : null;
        var hasNearest = NearestMerge.IsNeededFor(request);
        var needsThem = request.NeedsScores() || request.Query.MatchesByStatistics || hasNearest
            || request.Highlighting.Any(static field => field.Query is { MatchesByStatistics: true })
            || AggregationQueries.Of(request.Aggregations).Any(static query => query.MatchesByStatistics);
        var isCounted = !needsThem || request.Statistics is not null;

        // What is nearest is found in the first phase, which then has to know what now means.
        var moves = new IndexMoves(_services.Counters, request.Collection);
        while (true)
        {
            var asked = shards > 1
                ? request with { Collection = moves.Name, KnownFields = _found.Find(moves.Name) }
                : request;
            var answer = !isCounted && shards > 1
                ? await CountedAsync(asked, hasNearest, moves, times, ends, cancel).ConfigureAwait(false)
                : await PlainAsync(asked, moves, times, ends, cancel).ConfigureAwait(false);
            if (answer is { } reply) return reply;
            if (moves.AreTooMany) return moves.Refusal();
        }
    }

    private async ValueTask<Reply?> PlainAsync(
        SearchRequest request, IndexMoves moves, PhaseTimes? times, PhaseEnds ends, CancellationToken cancel)
    {
        var answers = await AskAsync(request, moves, ends, cancel).ConfigureAwait(false);
        times?.End("search");
        return answers is null
            ? null
            : await FinishAsync(request, [], answers, moves, times, ends, cancel).ConfigureAwait(false);
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
        body = BodyOf(read, read.From + read.Size);
        var all = new Scatter(OperationClass.Statistics, Opcode.TermStatistics, body, deadlineAt, request.PointInTime);
        (var counts, _, refusal) = await CountAsync(null, all, cancel).ConfigureAwait(false);
        return counts is null
            ? refusal
            : RouterReply.Of(StatisticsSum.Of([.. counts.OfType<TermStatistics>()]), SearchCodec.Write);
    }

    /// <summary>
    /// Searches under what is counted first, or was before. Null: begin anew. What is nearest changes with every
    /// document, and is found by the leaves once for all; then it is searched in the very index in which it was found.
    /// </summary>
    private async ValueTask<Reply?> CountedAsync(
        SearchRequest request, bool hasNearest, IndexMoves moves, PhaseTimes? times, PhaseEnds ends,
        CancellationToken cancel)
    {
        ulong? key = hasNearest ? null : StatisticsCache.KeyOf(request);
        var counts = key is { } known ? _known.Find(known, _scatter.Shards) : null;
        IReadOnlySet<ulong>? since = null;
        if (counts is null)
        {
            var all = new Scatter(
                OperationClass.Statistics, Opcode.TermStatistics, BodyOf(request, request.From + request.Size),
                ends.Statistics, request.PointInTime);
            (counts, since, var refusal) = await CountAsync(request, all, cancel).ConfigureAwait(false);
            if (counts is null)
            {
                if (!moves.GoesBack(refusal)) return refusal;
                refusal.Dispose();
                return null;
            }

            times?.End("statistics");
            if (!hasNearest || request.PointInTime is not null) since = null;
        }

        return await SearchCountedAsync(request, counts, key, since, moves, times, ends, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// Searches under what was counted, and once more where that has changed. Null: begin anew, for the index is
    /// another than was counted, or was changed on the way.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="counts">By shard.</param>
    /// <param name="key">What to remember the counts by; null to remember none.</param>
    /// <param name="since">Since when the counted indexes serve; null where any will do.</param>
    /// <param name="moves">Which index is asked for.</param>
    /// <param name="times">The phases so far.</param>
    /// <param name="ends">Their ends.</param>
    /// <param name="cancel">The caller's.</param>
    private async ValueTask<Reply?> SearchCountedAsync(
        SearchRequest request, TermStatistics?[] counts, ulong? key, IReadOnlySet<ulong>? since, IndexMoves moves,
        PhaseTimes? times, PhaseEnds ends, CancellationToken cancel)
    {
        var nearest = NearestMerge.Of([.. counts.OfType<TermStatistics>()]);
        for (var isLast = false; ; isLast = true)
        {
            var sum = StatisticsSum.Of([.. counts.OfType<TermStatistics>()]) with { Nearest = nearest };
            var assumed = request with { Statistics = sum, ReportStatistics = true };
            var beganAt = _services.Clock.Now;
            var answers = await AskAsync(assumed, moves, ends, cancel).ConfigureAwait(false);
            times?.End("search");
            if (answers is null) return null;
            if (since is not null && !answers.AreOf(since))
            {
                var counted = since.Select(version => new ServedIndex("", version));
                moves.Follow(answers.Indexes.Concat(counted), answers.Served, answers.Latest);
                answers.Dispose();
                return null;
            }

            request = request with { KnownFields = answers.KnownFields };
            var now = answers.Statistics(counts);
            var holds = StatisticsSum.GivesTheSameScores(sum, StatisticsSum.Of([.. now.OfType<TermStatistics>()]));
            if (key is { } known) _known.Keep(known, now);
            if (holds || isLast || answers.Read.All(read => read is null) || !IsTimeToRepeat(beganAt, ends))
                return await FinishAsync(assumed, now, answers, moves, times, ends, cancel).ConfigureAwait(false);
            answers.Dispose();
            _services.Counters.SearchRepeated();
            counts = now;
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
        var replies = await _scatter.AskAsync(request, all, held: null, cancel).ConfigureAwait(false);
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

    /// <summary>
    /// Asks, and once more where a shard planned without a field that another has. Null: begin anew.
    /// </summary>
    private async ValueTask<ShardAnswers?> AskAsync(
        SearchRequest request, IndexMoves moves, PhaseEnds ends, CancellationToken cancel)
    {
        var beganAt = _services.Clock.Now;
        var answers = await AskOnceAsync(request, moves, ends, cancel).ConfigureAwait(false);
        if (answers is null || answers.Read.Length == 1) return answers;
        var found = _found.Learn(request.Collection, request.KnownFields, answers.FieldsHere);
        if (found is null || !IsTimeToRepeat(beganAt, ends)) return answers;
        answers.Dispose();
        _services.Counters.SearchRepeated();
        return await AskOnceAsync(request with { KnownFields = found }, moves, ends, cancel).ConfigureAwait(false);
    }

    /// <summary>Null: begin anew, for the answers were of several indexes.</summary>
    private async ValueTask<ShardAnswers?> AskOnceAsync(
        SearchRequest request, IndexMoves moves, PhaseEnds ends, CancellationToken cancel)
    {
        var body = BodyOf(request, ShareOf(request, _scatter.Shards));
        var held = _held.Begin();
        try
        {
            var reduce = AggregationReduce.Of(request);
            var all = new Scatter(OperationClass.Search, Opcode.Search, body, ends.Query, request.PointInTime, reduce);
            var replies = await _scatter.AskAsync(request, all, held, cancel).ConfigureAwait(false);
            var answers = new ShardAnswers(replies, held, reduce, request.KnownFields, moves.Followed);
            if (!moves.MovesOn(answers)) return answers;
            answers.Dispose();
            return null;
        }
        catch (OperationCanceledException)
        {
            held.Dispose();
            throw;
        }
    }

    private async ValueTask<Reply[]> AskBackgroundAsync(SearchRequest asked, long endAt, CancellationToken cancel)
    {
        var body = new ArrayBufferWriter<byte>();
        SearchCodec.Write(body, asked);
        var all = new Scatter(OperationClass.Search, Opcode.Search, body.WrittenMemory, endAt, asked.PointInTime);
        return await _scatter.AskAsync(null, all, held: null, cancel).ConfigureAwait(false);
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
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, IndexMoves moves, PhaseTimes? times,
        PhaseEnds ends, CancellationToken cancel)
    {
        if (answers.TryPickError(out var refusal)) return refusal;
        request = request with { KnownFields = answers.KnownFields };
        if (await MergeAsync(request, counts, answers, moves, times, ends, cancel).ConfigureAwait(false)
            is not { } merged) return null;
        if (request.Collapse is not { InnerHits.Count: > 0 } collapse || merged.Status != StatusCode.Ok) return merged;
        using (merged)
        {
            if (!SearchCodec.TryRead(merged.Body, out SearchReply? reply, out var error))
                return RouterReply.Error(StatusCode.Internal, error!);
            var (filled, missing) = await new GroupHits(this, InIndexOf(request, reply.Served), collapse)
                .FillAsync(reply, ends.Refill, cancel).ConfigureAwait(false);
            if (filled is not null) return RouterReply.Of(filled, SearchCodec.Write);
            if (missing.Status != StatusCode.NoSuchCollection) return missing;
            missing.Dispose();
            moves.Follow([reply.Served ?? new ServedIndex("", 0)], null, []);
            return null;
        }
    }

    /// <summary>The request, of the very index that an answer was of.</summary>
    private static SearchRequest InIndexOf(SearchRequest request, ServedIndex? served) =>
        served is null ? request : request with { Collection = served.Name };

    private async ValueTask<Reply?> MergeAsync(
        SearchRequest request, TermStatistics?[] counts, ShardAnswers answers, IndexMoves moves, PhaseTimes? times,
        PhaseEnds ends, CancellationToken cancel)
    {
        // Only at the end: the hits' sources lie in the shards' answers.
        using (answers)
        {
            if (await RefillAsync(request, answers, ends.Refill, cancel).ConfigureAwait(false)) times?.End("refill");
            if (moves.MovesOn(answers)) return null;
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
        var all = new Scatter(
            OperationClass.Search, Opcode.Search, BodyOf(again, wanted), endAt, request.PointInTime);
        var replies = await _scatter.AskAsync(shards, all, cancel).ConfigureAwait(false);
        for (var i = 0; i < shards.Length; i++) answers.Refill(shards[i], replies[i]);
        return true;
    }
}
