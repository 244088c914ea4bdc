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
    /// <summary>The buckets.</summary>
    protected BucketMap Map { get; } = new(scope);

    /// <summary>What the values are.</summary>
    protected abstract FieldType Type { get; }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var all = Map.Within(bucket);
        var picked = Picked(all.ToArray(), out var other, out var bound);
        return !Scope.Send(picked.Length, Name)
            ? new BucketsPart([Type], [])
            : new BucketsPart([Type], [.. picked.Select(one => Send(one, KeyOf(Map.Key(one))))])
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

    private int[] Picked(int[] all, out long other, out long bound)
    {
        (other, bound) = (0, 0);
        if (pick.Size is not { } size || all.Length <= size) return all;
        // The worst of those kept is on top.
        var order = Comparer<int>.Create((a, b) => Order(b, a));
        var kept = new PriorityQueue<int, int>(size, order);
        foreach (var bucket in all)
        {
            if (kept.Count < size) kept.Enqueue(bucket, bucket);
            else other += CountOf(kept.EnqueueDequeue(bucket, bucket));
        }

        if (!pick.ByKey) bound = CountOf(kept.Peek());
        return [.. kept.UnorderedItems.Select(item => item.Element)];
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
        var values = numbers.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0; count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                var place = values.Places[i];
                if (!counts(values.Values[i])) continue;
                var bucket = Map.Take(buckets.IsEmpty ? 0 : buckets[place], values.Values[i]);
                if (values.HasSeveral) PutOnce(documents[place], bucket);
                else Put(documents[place], bucket);
            }
        }
    }

    /// <inheritdoc/>
    protected override SortValue KeyOf(long key) => numbers.KeyOf(key);

    /// <inheritdoc/>
    protected override int Compare(long a, long b) => a.CompareTo(b);
}
