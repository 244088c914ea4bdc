using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>The aggregations of one search: they are given every live document that matches. One thread.</summary>
internal sealed class AggregationRun : IMatchSink
{
    private readonly AggregationScope _scope;
    private readonly Collector[] _collectors;
    private readonly Collector[] _byQuery;
    private readonly Collector[] _global;
    private Collector[] _taking = [];

    public AggregationRun(AggregationScope scope, Collector[] collectors)
    {
        _scope = scope;
        _collectors = collectors;
        _byQuery = [.. collectors.Where(collector => collector is not GlobalCollector)];
        _global = [.. collectors.Where(collector => collector is GlobalCollector)];
    }

    /// <summary>Which limit was passed; null while none was.</summary>
    public string? Error => _scope.Error;

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<int> documents)
    {
        if (documents.IsEmpty || !_scope.Spend()) return;
        foreach (var collector in _taking) collector.Collect(documents, default);
    }

    /// <summary>Goes through a segment.</summary>
    /// <param name="view">The segment.</param>
    /// <param name="clauses">What matches, not asked yet; null where nothing does.</param>
    /// <param name="scratch">Working memory.</param>
    /// <returns>How many live documents match.</returns>
    public long Walk(SegmentView view, ClauseSet? clauses, SearchScratch scratch)
    {
        long matched = 0;
        if (clauses is not null) matched = Walk(view, clauses, scratch, _byQuery);
        if (_global.Length > 0)
        {
            var all = ClauseSet.Of(new AllScorer(view.Segment.DocumentCount, 0));
            Walk(view, all, scratch, _global);
        }

        return matched;
    }

    /// <summary>What was found.</summary>
    public AggregationPart[] Parts() => [.. _collectors.Select(collector => collector.Part(0))];

    private long Walk(SegmentView view, ClauseSet clauses, SearchScratch scratch, Collector[] taking)
    {
        _taking = taking;
        foreach (var collector in taking) collector.Enter(view);
        var matched = CountSearch.Give(view, clauses, this, scratch, _scope.Budget);
        foreach (var collector in taking) collector.Leave();
        return matched;
    }
}
