using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Which documents a query matches, asked in rising order: marked some thousand at a time where it is asked. One
/// search.
/// </summary>
internal sealed class FilterMarks
{
    private const int Marked = 16_384;

    private readonly Weight _weight;
    private readonly SearchBudget _budget;
    private readonly ulong[] _words;
    private Scorer? _scorer;
    private int _documents;
    private int _from;
    private int _to;

    public FilterMarks(Weight weight, AggregationScope scope)
    {
        _weight = weight;
        _budget = scope.Budget;
        scope.Hold(Marked / 8);
        _words = new ulong[Marked / 64];
    }

    /// <summary>Goes to a segment.</summary>
    public void Enter(SegmentView view)
    {
        _scorer = _weight.Open(view, _budget);
        _documents = view.Segment.DocumentCount;
        _from = _to = 0;
    }

    /// <summary>Whether it matches a document, which is not below the last one asked for.</summary>
    public bool Has(int document)
    {
        if (_scorer is null) return false;
        if (document >= _to)
        {
            _from = document & ~63;
            _to = (int)Math.Min((long)_from + Marked, Scorer.End);
            _words.AsSpan().Clear();
            _scorer.Mark(_words, _from, _from, Math.Min(_to, Math.Max(_documents, _from)));
        }

        return (_words[(document - _from) >> 6] & (1UL << document)) != 0;
    }
}

/// <summary>Buckets of queries, in the order of the request; one more, if asked for, of what none matches.</summary>
internal sealed class FilterCollector(
    AggregationScope scope, string name, FilterMarks[] filters, bool hasOther, Collector[] within)
    : BucketCollector(scope, name, within)
{
    private const int DocumentsPerLook = 32;

    private readonly int _buckets = filters.Length + (hasOther ? 1 : 0);

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        foreach (var filter in filters) filter.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        for (var i = 0; i < documents.Length; i++)
        {
            if (i % DocumentsPerLook == 0 && !Scope.Spend()) return;
            var first = FirstOf(buckets.IsEmpty ? 0 : buckets[i], _buckets);
            var isIn = false;
            for (var filter = 0; filter < filters.Length; filter++)
            {
                if (!filters[filter].Has(documents[i])) continue;
                isIn = true;
                Put(documents[i], first + filter);
            }

            if (hasOther && !isIn) Put(documents[i], first + filters.Length);
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        if (!Scope.Send(_buckets, Name)) return new BucketsPart([], []);
        var first = FirstOf(bucket, _buckets);
        return new BucketsPart([], [.. Enumerable.Range(0, _buckets).Select(i => Send(first + i, SortValue.Of(i)))]);
    }
}

/// <summary>One bucket of the documents without a value in a field.</summary>
internal sealed class MissingCollector(
    AggregationScope scope, string name, string field, FieldType type, Collector[] within)
    : BucketCollector(scope, name, within)
{
    private ValueColumn _column;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        _column = view.Segment.Field(field, type)?.Column ?? default;
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        for (var i = 0; i < documents.Length; i++)
            if (_column.Count(documents[i]) == 0) Put(documents[i], buckets.IsEmpty ? 0 : buckets[i]);
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) => Scope.Send(1, Name)
        ? new BucketsPart([], [Send(bucket, default)])
        : new BucketsPart([], []);
}

/// <summary>One bucket of all that is given to it, which is every live document.</summary>
internal sealed class GlobalCollector(AggregationScope scope, string name, Collector[] within)
    : BucketCollector(scope, name, within)
{
    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        foreach (var document in documents) Put(document, 0);
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) => new BucketsPart([], [Send(0, default)]);
}
