using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>What hits of buckets are found and read with.</summary>
/// <param name="Snapshot">The segments.</param>
/// <param name="Weight">What scores.</param>
/// <param name="Keys">The order; the score where the request has none.</param>
/// <param name="Reader">Reads what is sent.</param>
internal sealed record BucketHitSource(
    IndexSnapshot Snapshot, Weight Weight, IReadOnlyList<SortKey> Keys, HitReader Reader);

/// <summary>The best documents of each bucket: a short list in order, into which better ones are put.</summary>
internal sealed class TopHitsCollector(
    AggregationScope scope, TopHitsAggregation wanted, BucketHitSource source, SortColumn[] columns)
    : Collector(scope)
{
    private const long BytesPerHit = 128;
    private const long BytesPerList = 64;
    private static readonly int BytesPerCell = System.Runtime.CompilerServices.Unsafe.SizeOf<SortCell>();

    private readonly int _size = wanted.From + wanted.Size;
    private List<SortedHit>?[] _hits = [];
    private long[] _totals = [];
    private StandingScorer _scorer = new(null);
    private int _view = -1;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        _view = Array.IndexOf(source.Snapshot.Views, view);
        _scorer = new StandingScorer(source.Weight.Open(view, Scope.Budget));
        foreach (var column in columns) column.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        for (var i = 0; i < documents.Length; i++)
        {
            var bucket = buckets.IsEmpty ? 0 : buckets[i];
            Scope.Grow(ref _totals, bucket + 1);
            Scope.Grow(ref _hits, bucket + 1);
            _totals[bucket]++;
            if (_size > 0) Offer(_hits[bucket] ??= NewList(), documents[i]);
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        if (bucket >= _totals.Length || _hits[bucket] is not { } hits)
            return new HitsPart(bucket < _totals.Length ? _totals[bucket] : 0, []);
        var read = new List<SearchHit>(hits.Count);
        foreach (var hit in hits)
        {
            if (!Scope.Spend()) break;
            var found = source.Reader.Read(source.Snapshot.Views[hit.Place.View], hit.Place);
            Scope.Hold(found.Source.Length);
            read.Add(wanted.Sort.Count == 0
                ? found
                : found with { SortValues = hit.ForClient(columns) });
        }

        return new HitsPart(_totals[bucket], read);
    }

    private List<SortedHit> NewList()
    {
        Scope.Hold(BytesPerList);
        return [];
    }

    private void Offer(List<SortedHit> hits, int document)
    {
        _scorer.Stand(document);
        var values = new SortCell[columns.Length];
        for (var i = 0; i < values.Length; i++) values[i] = columns[i].Read(document, _scorer);
        var hit = new SortedHit(new HitPlace((float)_scorer.Score(), _view, document), values);
        if (hits.Count == _size && Compare(hits[^1], hit) <= 0) return;
        if (hits.Count < _size) Scope.Hold(BytesPerHit + ((long)columns.Length * BytesPerCell));
        else hits.RemoveAt(hits.Count - 1);
        var at = hits.Count;
        while (at > 0 && Compare(hits[at - 1], hit) > 0) at--;
        hits.Insert(at, hit);
    }

    private int Compare(SortedHit a, SortedHit b)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            var key = source.Keys[i];
            var (x, y) = (a.Values[i], b.Values[i]);
            if (x.IsMissing != y.IsMissing) return x.IsMissing == key.MissingFirst ? -1 : 1;
            var order = x.CompareTo(y);
            if (order != 0) return key.Descending ? -order : order;
        }

        return a.Place.View == b.Place.View
            ? a.Place.Document.CompareTo(b.Place.Document)
            : PathOf(a).AsSpan().SequenceCompareTo(PathOf(b));
    }

    private byte[] PathOf(SortedHit hit) =>
        source.Snapshot.Views[hit.Place.View].Segment.Paths.Read(hit.Place.Document);

    /// <summary>Stands on any document; what does not match scores 0.</summary>
    private sealed class StandingScorer(Scorer? inner) : Scorer
    {
        public override long Cost => inner?.Cost ?? 0;

        public void Stand(int document)
        {
            if (inner is not null && inner.Document < document) inner.Advance(document);
            Document = document;
        }

        public override int Next() => Document;

        public override int Advance(int target) => Document;

        public override double Score() => inner is not null && inner.Document == Document ? inner.Score() : 0;
    }
}
