using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>What of its buckets a shard sends.</summary>
/// <param name="Size">How many; all where it is null.</param>
/// <param name="ByKey">Whether they are the first by key, else those with the most documents.</param>
/// <param name="Descending">By key, highest first.</param>
internal sealed record TermsPick(int? Size, bool ByKey, bool Descending)
{
    /// <summary>Everything.</summary>
    public static TermsPick All { get; } = new(null, false, false);

    /// <summary>What will do for an aggregation.</summary>
    public static TermsPick Of(TermsAggregation terms)
    {
        if (terms.Exact) return All;
        var first = terms.Order.Count > 0 ? terms.Order[0] : new BucketOrder(BucketOrder.Count, true);
        // Of the first buckets by key no shard has one that is not among its own first ones.
        if (first.Path == BucketOrder.Key && terms.MinimumCount <= 1)
            return new TermsPick(terms.Size, true, first.Descending);
        var isUsual = first is { Path: BucketOrder.Count, Descending: true };
        if (!isUsual || terms.Order.Skip(1).Any(key => key.Path != BucketOrder.Key)) return All;
        var size = (int)Math.Min(int.MaxValue, (terms.Size * 3L / 2) + 10);
        return new TermsPick(Math.Max(terms.Size, terms.ShardSize ?? size), false, false);
    }
}

/// <summary>One bucket for each value. What values are is up to who derives from it.</summary>
internal abstract class TermsCollector(AggregationScope scope, string name, TermsPick pick, Collector[] within)
    : BucketCollector(scope, name, within)
{
    /// <summary>A place in the queue of those picked, and one in the list of them.</summary>
    private const long BytesPerPick = 3 * sizeof(int);

    /// <summary>The buckets.</summary>
    protected BucketMap Map { get; } = new(scope);

    /// <summary>What the values are.</summary>
    protected abstract FieldType Type { get; }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var picked = Picked(Map.Within(bucket), out var other, out var bound);
        return new BucketsPart([Type], Send(picked, one => KeyOf(Map.Key(one))))
        {
            OtherCount = other, ErrorBound = bound, Total = TotalOf(bucket),
        };
    }

    /// <summary>The key as it is sent.</summary>
    protected abstract SortValue KeyOf(long key);

    /// <summary>Order of keys.</summary>
    protected abstract int Compare(long a, long b);

    /// <summary>Documents of the bucket that all lies within, where they are sent.</summary>
    protected virtual long TotalOf(int bucket) => 0;

    private ReadOnlySpan<int> Picked(ReadOnlySpan<int> all, out long other, out long bound)
    {
        (other, bound) = (0, 0);
        if (pick.Size is not { } size || all.Length <= size) return all;
        // The worst of those kept is on top.
        var order = Comparer<int>.Create((a, b) => Order(b, a));
        Scope.Hold(size * BytesPerPick);
        var kept = new PriorityQueue<int, int>(size, order);
        for (var i = 0; i < all.Length; i++)
        {
            if (i % AggregationScope.BucketsPerLook == 0) Scope.Look();
            var bucket = all[i];
            if (kept.Count < size) kept.Enqueue(bucket, bucket);
            else other += CountOf(kept.EnqueueDequeue(bucket, bucket));
        }

        if (!pick.ByKey) bound = CountOf(kept.Peek());
        return kept.UnorderedItems.Select(item => item.Element).ToArray();
    }

    private int Order(int a, int b)
    {
        if (!pick.ByKey && CountOf(a) != CountOf(b)) return CountOf(b).CompareTo(CountOf(a));
        var order = Compare(Map.Key(a), Map.Key(b));
        return pick.ByKey && pick.Descending ? -order : order;
    }
}

/// <summary>Buckets of a field of numbers.</summary>
internal sealed class NumberTermsCollector(
    AggregationScope scope, string name, NumberField numbers, Func<long, bool> counts, TermsPick pick,
    Collector[] within)
    : TermsCollector(scope, name, pick, within)
{
    /// <inheritdoc/>
    protected override FieldType Type => numbers.Type;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        numbers.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        PutByCell(numbers, Map, CellOf, documents, buckets);

        bool CellOf(long value, out long cell)
        {
            cell = value;
            return counts(value);
        }
    }

    /// <inheritdoc/>
    protected override SortValue KeyOf(long key) => numbers.KeyOf(key);

    /// <inheritdoc/>
    protected override int Compare(long a, long b) => a.CompareTo(b);
}
