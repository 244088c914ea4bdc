using System.Numerics;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// One search on one snapshot, which the caller holds: query texts parsed, tree planned to weights, statistics bound,
/// segments walked window by window, best hits read. One thread.
/// </summary>
internal sealed class SearchRun
{
    /// <summary>
    /// Window of the last search on this thread; empty. A search that stops half-way does not give its back.
    /// </summary>
    [ThreadStatic]
    private static DocumentWindow? t_window;

    private readonly CollectionFields _fields;
    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly QueryPlanner _planner;

    public SearchRun(CollectionFields fields, IndexSnapshot snapshot, SearchBudget budget)
    {
        _fields = fields;
        _snapshot = snapshot;
        _budget = budget;
        _planner = new QueryPlanner(fields);
    }

    /// <summary>Runs the query: Ok, BadQuery, BadRequest, or what ended the budget.</summary>
    public StatusCode Search(SearchRequest request, out SearchReply? reply, out string? error)
    {
        reply = null;
        error = Problem(request);
        if (error is not null) return StatusCode.BadRequest;
        var size = request.From + request.Size;
        if (_planner.Parse(request.Query) is not { } query) return Bad(out error);
        var weight = _planner.Plan(query, 1, isScoring: size > 0);
        var reader = HitReader.For(request, query, _fields, out var problem);
        if (_planner.Error is not null || reader is null)
        {
            error = _planner.Error ?? problem;
            return StatusCode.BadQuery;
        }

        Bind(request.Statistics);
        var top = new TopHits(_snapshot, size);
        var total = Walk(weight, top);
        var hits = new List<SearchHit>(request.Size);
        foreach (var place in top.Sorted().AsSpan(Math.Min(request.From, top.Count)))
        {
            if (!_budget.Spend()) break;
            hits.Add(reader.Read(_snapshot.Views[place.View], place));
        }

        if (_budget.Status != StatusCode.Ok)
        {
            error = $"the search was stopped: {_budget.Status}";
            return _budget.Status;
        }

        reply = new SearchReply
        {
            Total = total,
            Hits = hits,
            Coverage = new Coverage(1, 1, _snapshot.LiveCount, _snapshot.LiveCount),
        };
        return StatusCode.Ok;
    }

    /// <summary>Counts what the query's scores depend on.</summary>
    public StatusCode Statistics(SearchRequest request, out TermStatistics? statistics, out string? error)
    {
        statistics = null;
        error = null;
        if (_planner.Parse(request.Query) is not { } query) return Bad(out error);
        _planner.Plan(query, 1, isScoring: true);
        if (_planner.Error is not null) return Bad(out error);
        var counts = new QueryStatistics(_snapshot, _budget, null);
        var fields = new List<FieldStatistics>();
        var terms = new List<TermFrequency>();
        foreach (var field in _planner.Scored.Select(weight => weight.Field).Distinct())
            fields.Add(counts.Field(field));
        foreach (var (field, term) in _planner.Scored
            .SelectMany(weight => weight.Terms, (weight, term) => (weight.Field, term)).Distinct())
        {
            terms.Add(new TermFrequency(field, term, counts.Documents(field, term)));
        }

        if (_budget.Status != StatusCode.Ok)
        {
            error = $"counting was stopped: {_budget.Status}";
            return _budget.Status;
        }

        statistics = new TermStatistics { Documents = _snapshot.LiveCount, Fields = fields, Terms = terms };
        return StatusCode.Ok;
    }

    private static string? Problem(SearchRequest request)
    {
        if (request.Size < 0 || request.From < 0)
            return $"size {request.Size} and from {request.From} have to be 0 or more";
        return (long)request.From + request.Size > SearchRequest.HitsMax
            ? $"from {request.From} + size {request.Size} is more than {SearchRequest.HitsMax} hits"
            : null;
    }

    private StatusCode Bad(out string? error)
    {
        error = _planner.Error;
        return StatusCode.BadQuery;
    }

    private void Bind(TermStatistics? given)
    {
        var statistics = new QueryStatistics(_snapshot, _budget, given);
        foreach (var weight in _planner.Scored) weight.Bind(statistics);
    }

    private long Walk(Weight weight, TopHits top)
    {
        var window = t_window ?? new DocumentWindow();
        t_window = null;
        long total = 0;
        for (var i = 0; i < _snapshot.Views.Length && _budget.Spend(); i++)
        {
            var view = _snapshot.Views[i];
            if (view.LiveCount == 0 || weight.Open(view, _budget) is not { } scorer) continue;
            top.BeginView(i);
            for (var document = scorer.Next(); document != Scorer.End; document = scorer.Document)
            {
                if (!_budget.Spend()) return total;
                window.Base = document;
                scorer.Fill(window);
                total += Collect(window, view.Dead, top);
            }
        }

        t_window = window;
        return total;
    }

    /// <summary>Takes the matches out of a window: counts those that live, offers them, leaves it empty.</summary>
    private static int Collect(DocumentWindow window, ulong[]? dead, TopHits top)
    {
        var count = 0;
        var words = window.Bits;
        var scores = window.Scores;
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word == 0) continue;
            words[i] = 0;
            var at = (window.Base >> 6) + i;
            var live = dead is null ? word : word & ~dead[at];
            count += BitOperations.PopCount(live);
            for (; word != 0; word &= word - 1)
            {
                var bit = BitOperations.TrailingZeroCount(word);
                ref var score = ref scores[(i << 6) + bit];
                if ((live >> bit & 1) != 0) top.Offer((at << 6) + bit, (float)score);
                score = 0;
            }
        }

        return count;
    }
}
