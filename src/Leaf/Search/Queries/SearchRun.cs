using Hedgerow.Leaf.Search.Aggregations;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// One search on one snapshot, which the caller holds: query texts parsed, tree planned to weights, statistics bound,
/// segments walked window by window, best hits read. One thread.
/// </summary>
internal sealed class SearchRun
{
    /// <summary>Hits whose reading is begun at once.</summary>
    private const int FetchedHits = 32;

    private readonly CollectionFields _here;
    private readonly CollectionFields _fields;
    private readonly KnownFields? _known;
    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly QueryPlanner _planner;
    private readonly VectorCounts _vectorCounts;
    private readonly AggregationCounts _aggregationCounts;
    private long _covered;

    /// <param name="fields">The schema.</param>
    /// <param name="snapshot">What is searched.</param>
    /// <param name="budget">What may be spent.</param>
    /// <param name="known">The fields that other shards have.</param>
    /// <param name="vectorCounts">Counts how nearest vectors are found; null for nobody.</param>
    /// <param name="aggregationCounts">Counts what aggregations do; null for nobody.</param>
    public SearchRun(
        CollectionFields fields, IndexSnapshot snapshot, SearchBudget budget, KnownFields? known,
        VectorCounts? vectorCounts = null, AggregationCounts? aggregationCounts = null)
    {
        _aggregationCounts = aggregationCounts ?? new AggregationCounts();
        _vectorCounts = vectorCounts ?? new VectorCounts();
        _here = fields;
        _fields = fields.With(known);
        _known = known;
        _snapshot = snapshot;
        _budget = budget;
        _planner = new QueryPlanner(_fields);
    }

    /// <summary>Runs the query: Ok, BadQuery, BadRequest, or what ended the budget.</summary>
    public StatusCode Search(SearchRequest request, out SearchReply? reply, out string? error)
    {
        try
        {
            return Run(request, out reply, out error);
        }
        finally
        {
            _budget.Arrays.GiveBack();
        }
    }

    private StatusCode Run(SearchRequest request, out SearchReply? reply, out string? error)
    {
        var times = new PhaseTimes(_budget.Time);
        reply = null;
        error = Problem(request);
        if (error is not null) return StatusCode.BadRequest;
        var size = request.From + request.Size;
        if (Parse(request) is not { } query) return Bad(out error);
        var weight = Plan(request, query);
        var aggregations = SearchAggregations.Of(
            request, weight, _snapshot, _fields, _planner, _budget, _aggregationCounts, out var unfit);
        var reader = HitReader.For(request, query, _planner, _budget, out var problem);
        if (_planner.Error is not null || reader is null || unfit is not null)
        {
            error = _planner.Error ?? problem ?? unfit;
            return StatusCode.BadQuery;
        }

        var sorted = SortedHits.For(request, _fields, _snapshot, _budget, out error);
        var start = sorted is null && error is null ? ScoreStart.Of(request.After, out error) : null;
        if (error is not null) return StatusCode.BadQuery;
        times.End("plan");
        Bind(request.Statistics, times);
        var top = new TopHits(_snapshot, sorted is null ? size : 0, start);
        var given = aggregations?.Walk(weight);
        if ((error = aggregations?.Error) is not null) return StatusCode.BadQuery;
        if (given is not null) times.End("aggregate");
        var upTo = given is not null ? -1 : size == 0 && request.TotalUpTo is null
            ? long.MaxValue
            : request.TotalUpTo ?? (request.ExactTotal ? long.MaxValue : -1);
        var total = sorted?.Take(weight, upTo) ?? Walk(weight, top, size, upTo);
        _covered = size == 0 && aggregations is not null ? aggregations.Covered : _covered + (sorted?.Covered ?? 0);

        // With room left for more hits, none was passed over, but for those before the page.
        var isWhole = sorted is null ? top.Count < size && start is null : sorted.IsWhole;
        var isExact = given is not null || total <= upTo || isWhole;
        // What was found in time is worth more than nothing, if the caller says so.
        var isPartial = request.AllowPartial && _budget.TryExtend();
        _budget.ExtendInTime();
        times.End("search");
        var hits = sorted is null
            ? Read(top.Sorted(), request, weight, reader)
            : ReadSorted(sorted, request, weight, reader);

        times.End("hits");
        var counted = request.ReportStatistics ? Counted() : null;
        var parts = aggregations?.Parts(out error) ?? default;
        if (aggregations is not null) times.End("parts");
        if (error is not null) return StatusCode.BadQuery;
        if (_budget.Status != StatusCode.Ok)
        {
            error = Stopped("the search");
            return _budget.Status;
        }

        reply = new SearchReply
        {
            Total = given ?? total,
            TotalIsExact = isExact && !isPartial,
            Hits = hits,
            Coverage = CoverageOf(isPartial),
            Statistics = counted,
            Profile = request.Profile ? ProfileOf(times) : null,
            AggregationParts = parts,
            FieldsHere = _here.Unlike(_known),
        };
        return StatusCode.Ok;
    }

    private string Stopped(string what) => _budget.Status switch
    {
        StatusCode.DeadlineExceeded =>
            $"{what} was stopped: {_budget.Status}, its time was over after {_budget.Blocks} blocks of work",
        _ => _budget.Limit ?? $"{what} was stopped: {_budget.Status}",
    };

    private TermStatistics Counted() => new QueryStatistics(_snapshot, _budget, null).Report(_planner.Bound);

    private Coverage CoverageOf(bool isPartial) => isPartial
        ? new Coverage(1, 0, _snapshot.LiveCount, _covered)
        : new Coverage(1, 1, _snapshot.LiveCount, _snapshot.LiveCount);

    /// <summary>Counts what the query's scores depend on.</summary>
    public StatusCode Statistics(SearchRequest request, out TermStatistics? statistics, out string? error)
    {
        try
        {
            return Count(request, out statistics, out error);
        }
        finally
        {
            _budget.Arrays.GiveBack();
        }
    }

    private StatusCode Count(SearchRequest request, out TermStatistics? statistics, out string? error)
    {
        statistics = null;
        error = null;
        if (Parse(request) is not { } query) return Bad(out error);
        _planner.Plan(query, 1, isScoring: true);
        SearchAggregations.PlanQueries(request, _fields, _planner, _budget);
        foreach (var field in request.Highlighting)
            if (field.Query is not null) _planner.Marked(field.Query);
        if (_planner.Error is not null) return Bad(out error);
        var counted = new QueryStatistics(_snapshot, _budget, null).Report(_planner.Bound) with
        {
            Nearest = _planner.Vectors.Report(_snapshot, _vectorCounts, _budget),
        };
        if (_budget.Status != StatusCode.Ok)
        {
            error = Stopped("counting");
            return _budget.Status;
        }

        statistics = counted;
        return StatusCode.Ok;
    }

    private List<SearchHit> ReadSorted(SortedHits found, SearchRequest request, Weight weight, HitReader reader)
    {
        var sorted = found.Sorted(request.TellsScores ? weight : null, request.From);
        var hits = Read([.. sorted.Select(hit => hit.Place)], request, weight, reader);
        for (var i = 0; i < hits.Count; i++)
        {
            var hit = sorted[request.From + i];
            hits[i] = hits[i] with
            {
                SortValues = request.Sort.Count == 0 ? [] : hit.ForClient(found.Columns),
                Group = found.Groups?.ValueOf(hit.Group),
            };
        }

        return hits;
    }

    /// <summary>Reads the hits of the page that was asked for, as long as there is time.</summary>
    private List<SearchHit> Read(HitPlace[] places, SearchRequest request, Weight weight, HitReader reader)
    {
        var page = places.AsSpan(Math.Min(request.From, places.Length));
        var hits = new List<SearchHit>(page.Length);
        for (var i = 0; i < page.Length; i++)
        {
            if (i % FetchedHits == 0) Fetch(page.Slice(i, Math.Min(FetchedHits, page.Length - i)));
            if (!_budget.Spend()) break;
            var place = page[i];
            _budget.BeginSegment();
            var hit = reader.Read(_snapshot.Views[place.View], place);
            hits.Add(request.Explain ? hit with { Explanation = Explain(weight, place) } : hit);
        }

        return hits;
    }

    private void Fetch(ReadOnlySpan<HitPlace> places)
    {
        foreach (var place in places) _snapshot.Views[place.View].Segment.Fetch(place.Document);
        foreach (var place in places) _snapshot.Views[place.View].Segment.Paths.FetchBlock(place.Document);
    }

    private Explanation? Explain(Weight weight, in HitPlace place) =>
        weight.Explain(_snapshot.Views[place.View], place.Document, _budget);

    private SearchProfile ProfileOf(PhaseTimes times)
    {
        return new SearchProfile([], [new ShardProfile(0, _snapshot.Views.Length, _budget.Blocks, times.Phases)]);
    }

    private QueryNode? Parse(SearchRequest request)
    {
        _planner.NowMs = request.NowMs ?? _budget.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _planner.MarksHits = request.HighlightFields.Count + request.Highlighting.Count > 0;
        return _planner.Parse(request.Query);
    }

    private Weight Plan(SearchRequest request, QueryNode query)
    {
        var scores = request.NeedsScores() || request.ReportStatistics || request.MinScore is not null;
        var weight = _planner.Plan(query, 1, scores);
        return request.MinScore is { } least ? FunctionWeight.Above(weight, least) : weight;
    }

    private static string? Problem(SearchRequest request)
    {
        if (request.Rank is not null) return "ranks are joined by a router, which asks leaves for each query alone";
        if (request.Size < 0 || request.From < 0)
            return $"size {request.Size} and from {request.From} have to be 0 or more";
        if (request.After is not null && request.From > 0)
            return $"from is {request.From}; with search_after, which says where the page begins, it has to be 0";
        return (long)request.From + request.Size > SearchRequest.HitsMax
            ? $"from {request.From} + size {request.Size} is more than {SearchRequest.HitsMax} hits"
            : null;
    }

    private StatusCode Bad(out string? error)
    {
        error = _planner.Error;
        return StatusCode.BadQuery;
    }

    private void Bind(TermStatistics? given, PhaseTimes times)
    {
        var statistics = new QueryStatistics(_snapshot, _budget, given);
        foreach (var weight in _planner.Bound) weight.Bind(statistics);
        times.End("statistics");
        if (_planner.Vectors.Count == 0) return;
        _planner.Vectors.Bind(_snapshot, given, _vectorCounts, _budget);
        times.End("vectors");
    }

    /// <summary>Finds the hits and counts, segment by segment.</summary>
    /// <returns>
    /// The total: exact up to a number, else above it and perhaps too low; at least as many as hits.
    /// </returns>
    private long Walk(Weight weight, TopHits top, int size, long upTo)
    {
        var scratch = SearchScratch.Take();
        long total = 0;
        for (var i = 0; i < _snapshot.Views.Length && _budget.Spend(); i++)
        {
            var view = _snapshot.Views[i];
            if (view.LiveCount == 0) continue;
            _budget.BeginSegment();
            scratch.Reached = 0;
            if (upTo >= total) total += FindAndCount(weight, i, top, size, upTo - total, scratch);
            else if (size > 0) Find(weight, i, top, scratch);
            _covered += _budget.Status == StatusCode.Ok
                ? view.LiveCount
                : (long)view.LiveCount * scratch.Reached / view.Segment.DocumentCount;
        }

        if (_budget.Status == StatusCode.Ok) scratch.GiveBack();
        return Math.Max(total, top.Count);
    }

    private long FindAndCount(Weight weight, int number, TopHits top, int size, long upTo, SearchScratch scratch)
    {
        var view = _snapshot.Views[number];
        if (weight.OpenClauses(view, _budget) is not { } clauses) return 0;
        if (size > 0 && !clauses.IsCountedAlone)
        {
            top.BeginView(number);
            return TopSearch.FindAndCount(view, clauses, top, upTo, scratch, _budget);
        }

        // Matches are counted faster than scored: twice the way with pruning is shorter than once without.
        var count = CountSearch.Count(view, clauses, upTo, scratch, _budget);
        if (size > 0) Find(weight, number, top, scratch, clauses);
        return count;
    }

    /// <summary>Finds the best hits of a segment.</summary>
    /// <param name="weight">What to find.</param>
    /// <param name="number">The segment.</param>
    /// <param name="top">The collector.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="counted">Its clauses where they were counted already.</param>
    private void Find(Weight weight, int number, TopHits top, SearchScratch scratch, ClauseSet? counted = null)
    {
        var view = _snapshot.Views[number];
        if (weight.OpenParts(view, _budget) is not { } parts)
        {
            if (counted is null || !counted.TryRewind()) counted = weight.OpenClauses(view, _budget);
            parts = counted is null ? [] : [counted];
        }

        for (var i = 0; i < parts.Count; i++)
        {
            if (i == 0) top.BeginView(number);
            else top.BeginAgain();
            SplitSearch.Find(view, parts[i], top, scratch, _budget);
            if (_budget.Status == StatusCode.Ok) continue;
            // No document was searched by all parts.
            if (parts.Count > 1) scratch.Reached = 0;
            return;
        }
    }
}
