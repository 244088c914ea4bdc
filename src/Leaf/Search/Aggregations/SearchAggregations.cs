using System.Buffers;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// The aggregations of one search on one shard: every live document that matches is given to them, block by block, and
/// what they found is written as parts. One thread.
/// </summary>
internal sealed class SearchAggregations
{
    private readonly AggregationRun _run;
    private readonly AggregationScope _scope;
    private readonly IndexSnapshot _snapshot;
    private readonly AggregationCounts _counts;
    private TimeSpan _took;

    private SearchAggregations(
        AggregationRun run, AggregationScope scope, IndexSnapshot snapshot, AggregationCounts counts)
    {
        _counts = counts;
        _run = run;
        _scope = scope;
        _snapshot = snapshot;
    }

    /// <summary>Live documents of the segments that were gone through.</summary>
    public long Covered { get; private set; }

    /// <summary>Those of a request; null when it has none, or when they do not fit.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="weight">The planned query.</param>
    /// <param name="snapshot">Where.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="planner">Plans filters.</param>
    /// <param name="budget">What they spend.</param>
    /// <param name="counts">Counts what they do.</param>
    /// <param name="problem">Why there are none.</param>
    public static SearchAggregations? Of(
        SearchRequest request, Weight weight, IndexSnapshot snapshot, CollectionFields fields, QueryPlanner planner,
        SearchBudget budget, AggregationCounts counts, out string? problem)
    {
        problem = null;
        if (request.Aggregations.Count == 0) return null;
        var scope = new AggregationScope(budget, AggregationLimits.MemoryBytesMax);
        var plan = new AggregationPlanner(
            fields, planner, scope, planner.NowMs, hits => TopHits(hits, request, weight, snapshot, fields, scope));
        Collector[] collectors = [];
        AggregationScope.Guard(() => collectors = plan.Plan(request.Aggregations));
        problem = plan.Error;
        counts.Asked(request.Aggregations);
        if (problem is null)
            return new SearchAggregations(new AggregationRun(scope, collectors), scope, snapshot, counts);
        counts.Refuse();
        return null;
    }

    /// <summary>
    /// Plans the queries that buckets are made by, as <see cref="Of"/> does, for what they need of the whole
    /// collection. What does not fit is left to it to say.
    /// </summary>
    public static void PlanQueries(
        SearchRequest request, CollectionFields fields, QueryPlanner planner, SearchBudget budget)
    {
        if (request.Aggregations.Count == 0 || planner.Error is not null) return;
        var scope = new AggregationScope(budget, AggregationLimits.MemoryBytesMax);
        var plan = new AggregationPlanner(fields, planner, scope, planner.NowMs, static _ => null);
        AggregationScope.Guard(() => plan.Plan(request.Aggregations));
    }

    /// <summary>Which limit was passed; null while none was.</summary>
    public string? Error => _scope.Error;

    /// <summary>Gives them all that a weight matches.</summary>
    /// <returns>How many live documents.</returns>
    public long Walk(Weight weight)
    {
        var beganAt = _scope.Budget.Time.GetTimestamp();
        var scratch = SearchScratch.Take();
        long total = 0;
        AggregationScope.Guard(() =>
        {
            foreach (var view in _snapshot.Views)
            {
                if (!_scope.Spend()) break;
                _scope.Budget.BeginSegment();
                if (view.LiveCount > 0) total += _run.Walk(view, weight.OpenClauses(view, _scope.Budget), scratch);
                if (_scope.Budget.Status == StatusCode.Ok) Covered += view.LiveCount;
            }
        });
        if (_scope.Error is null && _scope.Budget.Status == StatusCode.Ok) scratch.GiveBack();
        _took = _scope.Budget.Time.GetElapsedTime(beganAt);
        if (_scope.Error is not null) _counts.Used(_scope, _took);
        return total;
    }

    /// <summary>What was found, as <see cref="AggregationPartCodec"/> writes it.</summary>
    /// <param name="error">Which limit was passed; else null.</param>
    public ReadOnlyMemory<byte> Parts(out string? error)
    {
        var beganAt = _scope.Budget.Time.GetTimestamp();
        AggregationPart[] parts = [];
        if (_scope.Error is null && _scope.Budget.Status == StatusCode.Ok)
            AggregationScope.Guard(() => parts = _run.Parts());
        error = _scope.Error;
        _counts.Used(_scope, _took + _scope.Budget.Time.GetElapsedTime(beganAt));
        if (error is not null) return default;
        var output = new ArrayBufferWriter<byte>();
        AggregationPartCodec.Write(output, parts);
        return output.WrittenMemory;
    }

    internal static TopHitsCollector? TopHits(
        TopHitsAggregation hits, SearchRequest request, Weight weight, IndexSnapshot snapshot, CollectionFields fields,
        AggregationScope scope)
    {
        if (hits.Size < 0 || hits.From < 0 || hits.From + (long)hits.Size > AggregationLimits.HitsMax)
        {
            scope.Fail($"'{hits.Name}' wants hits from {hits.From}, {hits.Size} of them; together at most "
                + $"{AggregationLimits.HitsMax} are allowed");
            return null;
        }

        IReadOnlyList<SortKey> keys = hits.Sort.Count > 0 ? hits.Sort : [new SortKey(SortKey.Score, true)];
        string? problem = keys.Count > SortKey.KeysMax
            ? $"{keys.Count} sort keys are given; at most {SortKey.KeysMax} are allowed"
            : null;
        var columns = new List<SortColumn>();
        foreach (var key in keys)
            if (problem is null && SortColumn.Of(key, fields, out problem) is { } column) columns.Add(column);
        var read = new SearchRequest
        {
            Collection = request.Collection,
            Query = request.Query,
            WithSource = hits.WithSource,
            SourceFields = hits.SourceFields,
            SourceExcludes = hits.SourceExcludes,
        };
        var reader = problem is null
            ? HitReader.For(
                read, field => HitReader.TermsOf(request.Query, field, fields), fields, scope.Budget, out problem)
            : null;
        if (reader is not null)
        {
            var source = new BucketHitSource(snapshot, weight, keys, reader);
            return new TopHitsCollector(scope, hits, source, [.. columns]);
        }

        scope.Fail($"'{hits.Name}': {problem}");
        return null;
    }
}
