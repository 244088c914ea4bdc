using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Suggest;

/// <summary>Answers requests for suggestions on one snapshot, which the caller holds. One thread.</summary>
internal sealed class SuggestRun(CollectionFields fields, IndexSnapshot snapshot, SearchBudget budget)
{
    /// <summary>Completes texts: Ok, BadQuery, or what ended the budget. Corrections are a router's.</summary>
    public StatusCode Complete(SuggestRequest request, out SuggestReply? reply, out string? error)
    {
        reply = null;
        error = request.Words.Count + request.Phrases.Count == 0
            ? null
            : "corrections are put together by a router, from what leaves count; a leaf only completes";
        if (error is not null) return StatusCode.BadQuery;
        var search = new CompletionSearch(fields, snapshot, budget);
        var answers = new List<CompletionAnswer>();
        foreach (var query in request.Completions)
        {
            if (search.Find(query, out error) is not { } answer) return StatusCode.BadQuery;
            answers.Add(answer);
        }

        if (Stopped(out error) is not StatusCode.Ok and var status) return status;
        reply = new SuggestReply
        {
            Completions = answers, Coverage = new Coverage(1, 1, snapshot.LiveCount, snapshot.LiveCount),
        };
        return StatusCode.Ok;
    }

    /// <summary>Counts what corrections are made of: Ok, BadQuery, or what ended the budget.</summary>
    public StatusCode Spell(SpellingRequest request, out SpellingReply? reply, out string? error)
    {
        reply = new SpellingSearch(fields, snapshot, budget).Count(request, out error);
        return reply is null ? StatusCode.BadQuery : Stopped(out error);
    }

    private StatusCode Stopped(out string? error)
    {
        error = budget.Status == StatusCode.Ok ? null : $"the search was stopped: {budget.Status}";
        return budget.Status;
    }
}
