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

    private readonly CallServices _services;
    private readonly ShardCalls _shards;
    private readonly SuggestGather _suggest;
    private readonly HeldBytes _held = new();

    public InstantGather(CallServices services, ShardCalls shards, SuggestGather suggest)
    {
        _services = services;
        _shards = shards;
        _suggest = suggest;
    }

    public async ValueTask<Reply> SearchAsync(ReadOnlyMemory<byte> body, long deadlineAt, CancellationToken cancel)
    {
        if (!InstantCodec.TryRead(body, out InstantRequest? request, out var error))
            return RouterReply.Error(StatusCode.BadRequest, error!);
        var most = _services.Options.SearchBytesMax;
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
        var question = ShardQuestion<InstantReply>.Of(
            Opcode.Instant, asked, InstantCodec.Write, InstantCodec.TryRead);
        var (round, refusal) = await ShardRound<InstantReply>.AskAsync(
            _services, _shards, question, request.AllowPartial, deadlineAt, cancel).ConfigureAwait(false);
        var (completions, problem) = await completing.ConfigureAwait(false);
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
            var corrections = await CorrectAsync(request, merged, deadlineAt, cancel).ConfigureAwait(false);
            return RouterReply.Of(merged with { DidYouMean = corrections }, InstantCodec.Write);
        }
    }

    /// <summary>The heaviest completions; null and the error where the field has none.</summary>
    private async Task<(IReadOnlyList<CompletionOption>? Options, Reply Problem)> CompleteAsync(
        InstantRequest request, long deadlineAt, CancellationToken cancel)
    {
        if (request.CompletionField is not { } field || request.Text.Length > CompletionQuery.CharactersMax)
            return ([], default);
        var query = new CompletionQuery("", field, request.Text)
        {
            Size = CompletionsShown, Edits = request.Typos ? FuzzyQuery.AutoEdits : 0, Filter = request.Filter,
        };
        var asked = new SuggestRequest
        {
            Collection = request.Collection, Completions = [query], AllowPartial = request.AllowPartial,
        };
        var (answers, _, refusal) = await _suggest.CompleteAsync(asked, deadlineAt, cancel).ConfigureAwait(false);
        return answers is null ? (null, refusal) : (answers[0].Options, default);
    }

    private async ValueTask<IReadOnlyList<PhraseOption>> CorrectAsync(
        InstantRequest request, InstantReply found, long deadlineAt, CancellationToken cancel)
    {
        if (!request.DidYouMean || found.Words == 0 || found.MatchedWords == found.Words) return [];
        var field = request.Fields.Count > 0 ? request.Fields[0] : "";
        var query = new PhraseCorrection("", field, request.Text) { Size = CorrectionsShown };
        var asked = new SuggestRequest { Collection = request.Collection, AllowPartial = request.AllowPartial };
        var (answer, _, refusal) = await _suggest.CorrectAsync(asked, query, deadlineAt, cancel).ConfigureAwait(false);

        // The hits are worth more than what might have been meant.
        if (answer is null) refusal.Dispose();
        return answer?.Options ?? [];
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
