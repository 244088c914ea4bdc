using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// An instant search over all shards: one round, for its order depends on no statistics; the best of each merged. Where
/// they are asked for, completions are found beside it, and corrections behind it when nothing has all words.
/// </summary>
internal sealed class InstantGather
{
    private const int CompletionsShown = 5;
    private const int CorrectionsShown = 1;

    private readonly IndexRounds _rounds;
    private readonly SuggestGather _suggest;
    private readonly FoundFields _found;
    private readonly HeldBytes _held = new();

    public InstantGather(IndexRounds rounds, SuggestGather suggest, FoundFields found)
    {
        _found = found;
        _rounds = rounds;
        _suggest = suggest;
    }

    public async ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!InstantCodec.TryRead(body, out InstantRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var most = _rounds.Services.Options.SearchBytesMax;
        if (_held.Total is var held && held > most)
        {
            return RouterReply.Error(
                StatusCode.Overloaded, $"Searches under way hold {held} bytes of answers; {most} are allowed.");
        }

        var completing = CompleteAsync(request, deadlineAt, cancel);
        var asked = request with
        {
            From = 0, Size = request.From + request.Size, CompletionField = null, DidYouMean = false,
        };
        var question = new FieldsQuestion<InstantReply>(
            _found,
            (name, known) => ShardQuestion<InstantReply>.Of(
                Opcode.Instant, asked with { Collection = name, KnownFields = known }, InstantCodec.Write,
                InstantCodec.TryRead),
            static answer => answer.FieldsHere);
        var (round, refusal) = await ShardRound<InstantReply>.AskAsync(
            _rounds, _rounds.Begin(request.Collection), question, request.AllowPartial, deadlineAt, cancel)
            .ConfigureAwait(false);
        var (completions, completed, problem) = await completing.ConfigureAwait(false);
        if (round is null)
        {
            problem.Dispose();
            return refusal;
        }

        using (round)
        using (var share = _held.Begin())
        {
            share.Add(round.Good.Sum(answer => answer.Hits.Sum(hit => (long)hit.Source.Length)));
            if (completions is null) return problem;
            var merged = Merge(request, round.Answers) with { Completions = completions };
            var (corrections, corrected) = await CorrectAsync(request, merged, deadlineAt, cancel)
                .ConfigureAwait(false);
            var coverage = merged.Coverage;
            if (completed is not null) coverage = LeastCoverage.Of(coverage, completed);
            if (corrected is not null) coverage = LeastCoverage.Of(coverage, corrected);
            return RouterReply.Of(
                merged with { DidYouMean = corrections, Coverage = coverage }, InstantCodec.Write);
        }
    }

    /// <summary>The heaviest completions; null and the error where the field has none.</summary>
    private async Task<(IReadOnlyList<CompletionOption>? Options, Coverage? Coverage, Reply Problem)> CompleteAsync(
        InstantRequest request, long deadlineAt, CancellationToken cancel)
    {
        if (request.CompletionField is not { } field || request.Text.Length > CompletionQuery.CharactersMax)
            return ([], null, default);
        var query = new CompletionQuery("", field, request.Text)
        {
            Size = CompletionsShown, Edits = request.Typos ? FuzzyQuery.AutoEdits : 0, Filter = request.Filter,
        };
        var asked = new SuggestRequest
        {
            Collection = request.Collection, Completions = [query], AllowPartial = request.AllowPartial,
        };
        var (answers, of, refusal) = await _suggest.CompleteAsync(asked, deadlineAt, cancel).ConfigureAwait(false);
        return answers is null ? (null, null, refusal) : (answers[0].Options, of, default);
    }

    private async ValueTask<(IReadOnlyList<PhraseOption> Options, Coverage? Coverage)> CorrectAsync(
        InstantRequest request, InstantReply found, long deadlineAt, CancellationToken cancel)
    {
        if (!request.DidYouMean || found.Words == 0 || found.MatchedWords == found.Words) return ([], null);
        var field = request.Fields.Count > 0 ? request.Fields[0] : "";
        var query = new PhraseCorrection("", field, request.Text) { Size = CorrectionsShown };
        var asked = new SuggestRequest { Collection = request.Collection, AllowPartial = request.AllowPartial };
        var (answer, of, refusal) = await _suggest.CorrectAsync(asked, query, deadlineAt, cancel).ConfigureAwait(false);

        if (answer is not null) return (answer.Options, of);
        // The hits are worth more than what might have been meant, and are of the shards that they are of.
        refusal.Dispose();
        return ([], null);
    }

    private static InstantReply Merge(InstantRequest request, InstantReply?[] answers)
    {
        var good = answers.OfType<InstantReply>().ToArray();
        var counts = new long[good.Max(answer => answer.Counts.Count)];
        foreach (var answer in good)
            for (var i = 0; i < answer.Counts.Count; i++) counts[i] += answer.Counts[i];
        var coverage = new Coverage(
            answers.Length, good.Length, good.Sum(answer => answer.Coverage.DocumentsTotal),
            good.Sum(answer => answer.Coverage.DocumentsCovered));
        return new InstantReply
        {
            Words = good.Max(answer => answer.Words),
            Counts = counts,
            TotalIsExact = good.All(answer => answer.TotalIsExact) && coverage.IsWhole,
            Hits =
            [
                .. good.SelectMany(answer => answer.Hits).Order(new InstantOrder(request.RankDescending))
                    .Skip(request.From).Take(request.Size),
            ],
            Coverage = coverage,
        };
    }
}
