using System.Buffers;
using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Buckets of a keyword field.</summary>
/// <remarks>
/// Where all documents lie in one bucket and nothing is computed within, ordinals are counted in an array of the
/// segment's. Only when another segment follows is each term looked up, once, to be joined with those of others; of a
/// single segment those are that are sent.
/// </remarks>
internal class KeywordTermsCollector(
    AggregationScope scope, string name, SegmentTerms terms, TermsPick pick, Collector[] within)
    : TermsCollector(scope, name, pick, within)
{
    private const int TermsPerLook = 4_096;
    private const int TermsAtOnce = 32;
    private const int DocumentsPerLook = 16;

    /// <summary>What a term that is picked takes, and the bucket that it becomes.</summary>
    private const long BytesPerPick = 192;

    private readonly TermsPick _pick = pick;
    private int[] _ordinals = [];
    private int[] _seen = [];
    private int _ordinalsHeld;
    private bool _isCounted;

    /// <inheritdoc/>
    protected override FieldType Type => FieldType.Keyword;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        Settle();
        base.Enter(view);
        terms.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = terms.Values;
        if (values.IsEmpty) return;
        values.Begin();
        var isPlain = buckets.IsEmpty && !HasWithin;
        if (isPlain && !_isCounted) BeginCounting();
        if (isPlain && TryTally(documents)) return;
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            if (isPlain && !values.HasSeveral)
            {
                foreach (var ordinal in values.Values.AsSpan(0, count)) _ordinals[ordinal]++;
                continue;
            }

            for (var i = 0; i < count; i++)
            {
                var ordinal = values.Values[i];
                var place = values.Places[i];
                if (isPlain) CountOnce(ordinal, documents[place]);
                else Put(ordinal, documents[place], buckets.IsEmpty ? 0 : buckets[place]);
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var isOnly = bucket == 0 && _isCounted && Map.Count == 0 && terms.AreAll;
        if (isOnly && _pick is { Size: > 0 and var size, ByKey: false }) return OfOneSegment(size);
        Settle();
        GiveBack();
        return base.Part(bucket);
    }

    /// <inheritdoc/>
    protected override SortValue KeyOf(long key) => SortValue.Of(terms.Table.Text((int)key));

    /// <inheritdoc/>
    protected override int Compare(long a, long b) =>
        terms.Table.Bytes((int)a).SequenceCompareTo(terms.Table.Bytes((int)b));

    /// <summary>The most frequent of the segment; of equal ones those that are first by term. Asked once.</summary>
    private BucketsPart OfOneSegment(int size)
    {
        // The worst of those kept is on top. Ordinals rise, so that an equal one never takes its place.
        Scope.Hold(Math.Min(size, terms.Count) * BytesPerPick);
        var kept = new PriorityQueue<int, (int Count, int Place)>();
        long all = 0;
        int found = 0, least = 0;
        for (var from = 0; from < terms.Count; from += TermsAtOnce)
        {
            if (from % TermsPerLook == 0) Scope.Look();
            var some = _ordinals.AsSpan(from, Math.Min(TermsAtOnce, terms.Count - from));
            if (!some.ContainsAnyExcept(0)) continue;
            for (var i = 0; i < some.Length; i++)
            {
                if (some[i] == 0) continue;
                all += some[i];
                found++;
                if (found <= size) kept.Enqueue(from + i, (some[i], -from - i));
                else if (some[i] > least) kept.EnqueueDequeue(from + i, (some[i], -from - i));
                else continue;
                if (found >= size) least = _ordinals[kept.Peek()];
            }
        }

        if (!Scope.Send(kept.Count, Name)) return new BucketsPart([Type], []);
        var sent = kept.UnorderedItems.Select(item => item.Element).Order().Select(ordinal => new BucketPart(
            SortValue.Of(Encoding.UTF8.GetString(terms.Bytes(ordinal))), _ordinals[ordinal], [])).ToArray();
        _isCounted = false;
        GiveBack();
        return new BucketsPart([Type], sent)
        {
            OtherCount = all - sent.Sum(bucket => bucket.Count), ErrorBound = found > size ? least : 0,
            Total = TotalOf(0),
        };
    }

    /// <summary>Puts what was counted in the segment into buckets.</summary>
    private void Settle()
    {
        if (!_isCounted) return;
        _isCounted = false;
        for (var ordinal = 0; ordinal < terms.Count; ordinal++)
        {
            if (ordinal % TermsPerLook == 0 && !Scope.Spend()) break;
            if (_ordinals[ordinal] == 0) continue;
            var number = terms.Number(ordinal);
            if (number >= 0) Add(Map.Take(0, number), _ordinals[ordinal]);
        }
    }

    /// <summary>Counts all values of some documents at once; of documents with several, some at a time.</summary>
    private bool TryTally(ReadOnlySpan<int> documents)
    {
        if (!terms.Values.HasSeveral) return terms.Values.TryTally(documents, _ordinals);
        for (var from = 0; from < documents.Length && Scope.Spend(); from += DocumentsPerLook)
        {
            var some = documents.Slice(from, Math.Min(DocumentsPerLook, documents.Length - from));
            if (!terms.Values.TryTally(some, _ordinals)) return false;
        }

        return true;
    }

    private void BeginCounting()
    {
        _isCounted = true;
        if (_ordinals.Length < terms.Count)
        {
            // A field of many values needs a large one for each search.
            GiveBack();
            // The smaller one is in the pool again.
            Scope.Hold(Math.Max(0, terms.Count - _ordinalsHeld) * (long)sizeof(int));
            _ordinalsHeld = Math.Max(terms.Count, _ordinalsHeld);
            _ordinals = ArrayPool<int>.Shared.Rent(terms.Count);
        }

        Array.Clear(_ordinals, 0, terms.Count);
        if (_seen.Length > 0) Array.Fill(_seen, -1);
    }

    private void GiveBack()
    {
        if (_ordinals.Length > 0) ArrayPool<int>.Shared.Return(_ordinals);
        _ordinals = [];
    }

    private void CountOnce(long ordinal, int document)
    {
        if (_seen.Length < terms.Count)
        {
            var from = _seen.Length;
            Scope.Grow(ref _seen, terms.Count);
            Array.Fill(_seen, -1, from, _seen.Length - from);
        }

        if (_seen[ordinal] == document) return;
        _seen[ordinal] = document;
        _ordinals[ordinal]++;
    }

    private void Put(long ordinal, int document, int owner)
    {
        var number = terms.Number(ordinal);
        if (number < 0) return;
        var bucket = Map.Take(owner, number);
        if (terms.Values.HasSeveral) PutOnce(document, bucket);
        else Put(document, bucket);
    }
}

/// <summary>Buckets of a keyword field with the number of documents that they are of.</summary>
internal sealed class SignificantTermsCollector(
    AggregationScope scope, string name, SegmentTerms terms, Collector[] within)
    : KeywordTermsCollector(scope, name, terms, TermsPick.All, within)
{
    private long[] _totals = [];

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        Scope.Grow(ref _totals, 1);
        if (buckets.IsEmpty) _totals[0] += documents.Length;
        foreach (var bucket in buckets)
        {
            Scope.Grow(ref _totals, bucket + 1);
            _totals[bucket]++;
        }

        base.Collect(documents, buckets);
    }

    /// <inheritdoc/>
    protected override long TotalOf(int bucket) => bucket < _totals.Length ? _totals[bucket] : 0;
}
