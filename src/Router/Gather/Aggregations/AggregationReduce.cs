using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>
/// Joins the parts of a search's aggregations, shard by shard as they arrive, and makes the results when all that will
/// come have come. Thread-safe.
/// </summary>
/// <remarks>
/// Joining is adding: of counts, of sums without rounding, of sketches bin by bin, of registers by the higher one, so
/// that results do not depend on the order of arrival, nor on how documents are spread over shards. Only joined buckets
/// are kept, at most <see cref="AggregationLimits.PartBucketsMax"/>, however many shards there are.
/// </remarks>
internal sealed class AggregationReduce
{
    private readonly Lock _gate = new();
    private readonly ReduceScope _scope = new();
    private readonly IReadOnlyList<Aggregation> _aggregations;
    private readonly PartReduce[] _reduces;

    private AggregationReduce(IReadOnlyList<Aggregation> aggregations)
    {
        _aggregations = aggregations;
        _reduces = PartReduce.All(aggregations, _scope);
    }

    /// <summary>For one search; null where nothing is aggregated.</summary>
    public static AggregationReduce? Of(SearchRequest request) =>
        request.Aggregations.Count == 0 ? null : new AggregationReduce(request.Aggregations);

    /// <summary>Takes the parts out of a shard's answer, which lives until the results are written.</summary>
    public void Add(ReadOnlyMemory<byte> body)
    {
        if (!SearchCodec.TryRead(body, out SearchReply? reply, out _)) return;
        if (reply.AggregationParts.IsEmpty) return;
        var isRead = AggregationPartCodec.TryRead(reply.AggregationParts, out var parts, out var error);
        lock (_gate)
        {
            if (!isRead) _scope.Fail($"a shard's parts do not parse: {error}");
            else if (parts!.Count != _reduces.Length && parts.Count > 0)
                _scope.Fail($"a shard sent {parts.Count} parts for {_reduces.Length} aggregations");
            for (var i = 0; _scope.Error is null && i < parts!.Count; i++) _reduces[i].Add(parts[i]);
        }
    }

    /// <summary>
    /// What has to be counted in the background before there are results: of each aggregation its candidates.
    /// </summary>
    public IReadOnlyList<(SignificantTermsAggregation Of, IReadOnlyList<string> Terms)> Candidates()
    {
        lock (_gate)
        {
            var all = new Dictionary<Aggregation, HashSet<string>>(ReferenceEqualityComparer.Instance);
            if (_scope.Error is null)
                foreach (var reduce in _reduces) reduce.AddCandidates(all);
            var rows = new List<(SignificantTermsAggregation Of, IReadOnlyList<string> Terms)>(all.Count);
            foreach (var (of, terms) in all) rows.Add(((SignificantTermsAggregation)of, [.. terms]));
            return rows;
        }
    }

    /// <summary>Takes what was counted.</summary>
    public void SetBackground(SignificantTermsAggregation of, Background background)
    {
        lock (_gate) _scope.Backgrounds[of] = background;
    }

    /// <summary>Notes why there will be no results.</summary>
    public void Fail(string error)
    {
        lock (_gate) _scope.Fail(error);
    }

    /// <summary>The results. Once.</summary>
    /// <param name="error">Which limit was passed, or what does not fit; else null.</param>
    public IReadOnlyList<AggregationResult> Finish(out string? error)
    {
        lock (_gate)
        {
            var results = _scope.Error is null ? Pipelines.Level(_aggregations, _reduces, _scope) : [];
            error = _scope.Error;
            return results;
        }
    }
}
