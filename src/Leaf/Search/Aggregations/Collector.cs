using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// Computes one aggregation of the request for all buckets that it lies within at once. One search, one thread.
/// </summary>
/// <remarks>
/// <para>Buckets of an aggregation are numbered through, over all segments. A collector is handed documents together
/// with the number of the bucket that each lies in, some hundred at a time, finds their own buckets, and hands document
/// and number on to those within it: what is nested costs one virtual call for many documents, and per bucket a place
/// in an array rather than an object.</para>
/// <para>Documents rise within a segment, also from call to call. A document comes several times in a row when it lies
/// in several buckets, never twice for the same one.</para>
/// </remarks>
internal abstract class Collector(AggregationScope scope)
{
    /// <summary>What the search shares.</summary>
    protected AggregationScope Scope => scope;

    /// <summary>Goes to a segment.</summary>
    public abstract void Enter(SegmentView view);

    /// <summary>Takes documents of the segment.</summary>
    /// <param name="documents">Documents.</param>
    /// <param name="buckets">The bucket of each; empty where all lie in bucket 0.</param>
    public abstract void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets);

    /// <summary>Ends a segment.</summary>
    public virtual void Leave()
    {
    }

    /// <summary>What was found for a bucket, of which there may be nothing.</summary>
    public abstract AggregationPart Part(int bucket);
}

/// <summary>The cell that a value is in; false where it does not count.</summary>
internal delegate bool CellOf(long value, out long cell);

/// <summary>A collector that makes buckets.</summary>
internal abstract class BucketCollector(AggregationScope scope, string name, Collector[] within) : Collector(scope)
{
    private const int HandedOn = 1_024;

    /// <summary>What a bucket that is sent takes, and a part within it, roughly.</summary>
    private const int BytesPerBucket = 96;

    private readonly int[] _documents = new int[within.Length == 0 ? 0 : HandedOn];
    private readonly int[] _buckets = new int[within.Length == 0 ? 0 : HandedOn];
    private long[] _counts = [];
    private int[] _last = [];
    private int _waiting;
    private int _highest;
    private int _told;

    /// <summary>Its name, for messages.</summary>
    protected string Name => name;

    /// <summary>Whether something is computed for each bucket.</summary>
    protected bool HasWithin => within.Length > 0;

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        Array.Fill(_last, -1);
        foreach (var collector in within) collector.Enter(view);
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        HandOn();
        foreach (var collector in within) collector.Leave();
    }

    /// <summary>The first of the rows within a bucket, where each bucket has as many.</summary>
    protected int FirstOf(int bucket, int rows)
    {
        var first = bucket * (long)rows;
        if (first > int.MaxValue - rows) Scope.Stop($"'{name}' has more than 2^31 buckets within others");
        return (int)first;
    }

    /// <summary>Documents of a bucket.</summary>
    protected long CountOf(int bucket) => bucket < _counts.Length ? _counts[bucket] : 0;

    /// <summary>Adds to the count of a bucket.</summary>
    protected void Add(int bucket, long documents)
    {
        if (bucket >= _counts.Length) Scope.Grow(ref _counts, bucket + 1);
        _counts[bucket] += documents;
    }

    /// <summary>Puts a document into a bucket.</summary>
    protected void Put(int document, int bucket)
    {
        Add(bucket, 1);
        if (within.Length == 0) return;
        _documents[_waiting] = document;
        _buckets[_waiting] = bucket;
        _highest |= bucket;
        if (++_waiting == HandedOn) HandOn();
    }

    /// <summary>The same, unless it was put there already: for documents with several values.</summary>
    protected void PutOnce(int document, int bucket)
    {
        if (bucket >= _last.Length)
        {
            var from = _last.Length;
            Scope.Grow(ref _last, bucket + 1);
            Array.Fill(_last, -1, from, _last.Length - from);
        }

        if (_last[bucket] == document) return;
        _last[bucket] = document;
        Put(document, bucket);
    }

    /// <summary>A bucket to send.</summary>
    protected BucketPart Send(int bucket, SortValue key) => new(key, CountOf(bucket), PartsOf(bucket));

    /// <summary>What lies within a bucket.</summary>
    protected AggregationPart[] PartsOf(int bucket)
    {
        Scope.Hold(BytesPerBucket * (within.Length + 1L));
        if (++_told % AggregationScope.BucketsPerLook == 0) Scope.Look();
        if (within.Length == 0) return [];
        var parts = new AggregationPart[within.Length];
        for (var i = 0; i < parts.Length; i++) parts[i] = within[i].Part(bucket);
        return parts;
    }

    /// <summary>Buckets to send, in an order of their own; none when they are too many.</summary>
    /// <param name="all">Their numbers.</param>
    /// <param name="keyOf">The key of a bucket.</param>
    protected BucketPart[] Send(ReadOnlySpan<int> all, Func<int, SortValue> keyOf)
    {
        if (!Scope.Send(all.Length, name)) return [];
        var sent = new BucketPart[all.Length];
        for (var i = 0; i < sent.Length; i++) sent[i] = Send(all[i], keyOf(all[i]));
        return sent;
    }

    /// <summary>Puts documents into buckets by cells that the values of a field are in.</summary>
    /// <param name="field">The field.</param>
    /// <param name="map">Numbers the buckets.</param>
    /// <param name="cellOf">The cell of a value.</param>
    /// <param name="documents">As in <see cref="Collector.Collect"/>.</param>
    /// <param name="buckets">As there.</param>
    protected void PutByCell(
        NumberField field, BucketMap map, CellOf cellOf, ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
            {
                if (!cellOf(values.Values[i], out var cell)) continue;
                var place = values.Places[i];
                var bucket = map.Take(buckets.IsEmpty ? 0 : buckets[place], cell);
                if (values.HasSeveral) PutOnce(documents[place], bucket);
                else Put(documents[place], bucket);
            }
        }
    }

    private void HandOn()
    {
        if (_waiting > 0 && Scope.Spend())
        {
            var documents = _documents.AsSpan(0, _waiting);
            var buckets = _highest == 0 ? default : _buckets.AsSpan(0, _waiting);
            foreach (var collector in within) collector.Collect(documents, buckets);
        }

        _waiting = 0;
        _highest = 0;
    }
}
