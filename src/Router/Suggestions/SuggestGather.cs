using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Suggestions over all shards. Completions: the best of each shard merged. Corrections: leaves count words near those
/// of the text, sums are taken, and what is likeliest by them is chosen here, so that any number of shards says the
/// same. A correction of a whole text takes three rounds: words near, neighbours of them, documents that have them all.
/// </summary>
internal sealed class SuggestGather
{
    private readonly IndexRounds _rounds;
    private readonly FoundFields _found;

    public SuggestGather(IndexRounds rounds, FoundFields found)
    {
        _found = found;
        _rounds = rounds;
    }

    public async ValueTask<Reply> SuggestAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!SuggestCodec.TryRead(body, out SuggestRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var reply = new SuggestReply { Coverage = new Coverage(_rounds.Shards.Table.Shards.Length, 0, 0, 0) };
        Coverage? coverage = null;
        if (request.Completions.Count > 0 || request.Words.Count + request.Phrases.Count == 0)
        {
            var (answers, of, refusal) = await CompleteAsync(request, deadlineAt, cancel).ConfigureAwait(false);
            if (answers is null) return refusal;
            coverage = LeastCoverage.Of(coverage, of!);
            reply = reply with { Completions = answers };
        }

        var words = new List<WordAnswer>();
        foreach (var query in request.Words)
        {
            var (answer, of, refusal) = await CorrectAsync(request, query, deadlineAt, cancel).ConfigureAwait(false);
            if (answer is null) return refusal;
            coverage = LeastCoverage.Of(coverage, of!);
            words.Add(answer);
        }

        var phrases = new List<PhraseAnswer>();
        foreach (var query in request.Phrases)
        {
            var (answer, of, refusal) = await CorrectAsync(request, query, deadlineAt, cancel).ConfigureAwait(false);
            if (answer is null) return refusal;
            coverage = LeastCoverage.Of(coverage, of!);
            phrases.Add(answer);
        }

        return RouterReply.Of(
            reply with { Words = words, Phrases = phrases, Coverage = coverage ?? reply.Coverage }, SuggestCodec.Write);
    }

    /// <summary>The completions of a request; null and a refusal where there are none to be had.</summary>
    public async ValueTask<(CompletionAnswer[]? Answers, Coverage? Coverage, Reply Refusal)> CompleteAsync(
        SuggestRequest request, long deadlineAt, CancellationToken cancel)
    {
        var (round, refusal) = await ShardRound<SuggestReply>.AskAsync(
            _rounds, _rounds.Begin(request.Collection),
            name => ShardQuestion<SuggestReply>.Of(
                Opcode.Suggest, request with { Collection = name, Words = [], Phrases = [] }, SuggestCodec.Write,
                SuggestCodec.TryRead),
            request.AllowPartial, deadlineAt, cancel).ConfigureAwait(false);
        if (round is null) return (null, null, refusal);
        using (round)
        {
            var answers = new CompletionAnswer[request.Completions.Count];
            for (var i = 0; i < answers.Length; i++)
            {
                var at = i;
                answers[i] = CompletionMerge.Merge(
                    request.Completions[i], round.Good.Select(answer => answer.Completions[at].Options));
            }

            var of = CoverageOf(
                round.Answers.Length, round.Good.Count(), round.Good.Sum(answer => answer.Coverage.DocumentsTotal));
            return (answers, of, default);
        }
    }

    /// <summary>Corrects words, each for itself.</summary>
    private async ValueTask<(WordAnswer? Answer, Coverage? Coverage, Reply Refusal)> CorrectAsync(
        SuggestRequest request, WordQuery query, long deadlineAt, CancellationToken cancel)
    {
        var asked = new SpellingRequest
        {
            Collection = request.Collection,
            Field = query.Field,
            Text = query.Text,
            Edits = query.Edits,
            PrefixLength = query.PrefixLength,
            LengthMin = query.LengthMin,
        };
        var (counts, coverage, refusal) = await CountAsync(
            asked, _rounds.Begin(request.Collection), request.AllowPartial, deadlineAt, cancel).ConfigureAwait(false);
        return counts is null ? (null, null, refusal) : (WordCorrection.Of(query, counts), coverage, default);
    }

    /// <summary>Corrects a text as a whole.</summary>
    public async ValueTask<(PhraseAnswer? Answer, Coverage? Coverage, Reply Refusal)> CorrectAsync(
        SuggestRequest request, PhraseCorrection query, long deadlineAt, CancellationToken cancel)
    {
        var asked = new SpellingRequest
        {
            Collection = request.Collection,
            Field = query.Field,
            Text = query.Text,
            Edits = query.Edits,
            PrefixLength = query.PrefixLength,
            LengthMin = query.LengthMin,
        };
        var moves = _rounds.Begin(request.Collection);
        var (near, coverage, refusal) = await CountAsync(asked, moves, request.AllowPartial, deadlineAt, cancel)
            .ConfigureAwait(false);
        if (near is null) return (null, null, refusal);
        var choice = new PhraseChoice(query, near);
        if (choice.IsSettled) return (new PhraseAnswer(query.Name, []), coverage, default);
        var sets = asked with { Text = "", Sets = choice.Pairs(), Adjacent = true };
        (var pairs, var of, refusal) = await CountAsync(sets, moves, request.AllowPartial, deadlineAt, cancel)
            .ConfigureAwait(false);
        if (pairs is null) return (null, null, refusal);
        coverage = LeastCoverage.Of(coverage, of!);
        var best = choice.Best(pairs.Counts);
        if (!query.Collate || best.Count == 0)
            return (new PhraseAnswer(query.Name, choice.Options(best, null)), coverage, default);
        sets = sets with { Sets = [.. best.Select(way => way.Terms)], Adjacent = false };
        (var hits, of, refusal) = await CountAsync(sets, moves, request.AllowPartial, deadlineAt, cancel)
            .ConfigureAwait(false);
        return hits is null
            ? (null, null, refusal)
            : (
                new PhraseAnswer(query.Name, choice.Options(best, hits.Counts)), LeastCoverage.Of(coverage, of!),
                default);
    }

    private async ValueTask<(SpellingReply? Sum, Coverage? Coverage, Reply Refusal)> CountAsync(
        SpellingRequest request, IndexMoves moves, bool allowPartial, long deadlineAt, CancellationToken cancel)
    {
        var question = new FieldsQuestion<SpellingReply>(
            _found,
            (name, known) => ShardQuestion<SpellingReply>.Of(
                Opcode.Spelling, request with { Collection = name, KnownFields = known }, SpellingCodec.Write,
                SpellingCodec.TryRead),
            static answer => answer.FieldsHere);
        var (round, refusal) = await ShardRound<SpellingReply>.AskAsync(
            _rounds, moves, question, allowPartial, deadlineAt, cancel).ConfigureAwait(false);
        if (round is null) return (null, null, refusal);
        using (round)
        {
            var sum = SpellingSum.Of(round.Good, request.Sets.Count);
            return (sum, CoverageOf(round.Answers.Length, round.Good.Count(), sum.Documents), default);
        }
    }

    private static Coverage CoverageOf(int shards, int answered, long documents) =>
        new(shards, answered, documents, documents);
}
