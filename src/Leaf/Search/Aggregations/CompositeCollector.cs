using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>One source of a composite: the keys that a document has by it, as numbers. One search.</summary>
internal abstract class KeySource(bool descending)
{
    /// <summary>Whether higher keys come first.</summary>
    public bool Descending => descending;

    /// <summary>What the keys are values of.</summary>
    public abstract FieldType Type { get; }

    /// <summary>Values of the segment entered.</summary>
    public abstract ColumnValues Values { get; }

    /// <summary>Goes to a segment.</summary>
    public abstract void Enter(SegmentView view);

    /// <summary>The key of a value; false where it does not count.</summary>
    public abstract bool TryKey(long value, out long key);

    /// <summary>A key as it is sent.</summary>
    public abstract SortValue Sent(long key);

    /// <summary>Notes the key that a page begins behind; false when it is none of this source's.</summary>
    public abstract bool TryBegin(SortValue sent);

    /// <summary>Order of a key and the one noted.</summary>
    public abstract int CompareToBegin(long key);

    /// <summary>Order of two keys.</summary>
    public abstract int Compare(long a, long b);
}

/// <summary>Keywords.</summary>
internal sealed class KeywordSource(SegmentTerms terms, bool descending) : KeySource(descending)
{
    private byte[] _begin = [];

    public override FieldType Type => FieldType.Keyword;

    public override ColumnValues Values => terms.Values;

    public override void Enter(SegmentView view) => terms.Enter(view);

    public override bool TryKey(long value, out long key) => (key = terms.Number(value)) >= 0;

    public override SortValue Sent(long key) => SortValue.Of(terms.Table.Text((int)key));

    public override bool TryBegin(SortValue sent)
    {
        if (sent.Text is { } text) _begin = Encoding.UTF8.GetBytes(text);
        return sent.Text is not null;
    }

    public override int CompareToBegin(long key) => terms.Table.Bytes((int)key).SequenceCompareTo(_begin);

    public override int Compare(long a, long b) =>
        terms.Table.Bytes((int)a).SequenceCompareTo(terms.Table.Bytes((int)b));
}

/// <summary>Numbers: as they are, or where the bucket begins that they are in.</summary>
/// <param name="numbers">The field.</param>
/// <param name="floor">From a stored value to a stored key.</param>
/// <param name="descending">Highest first.</param>
internal sealed class NumberSource(NumberField numbers, Func<long, long> floor, bool descending) : KeySource(descending)
{
    private SortValue _begin;

    public override FieldType Type => numbers.Type;

    public override ColumnValues Values => numbers.Values;

    public override void Enter(SegmentView view) => numbers.Enter(view);

    public override bool TryKey(long value, out long key)
    {
        key = floor(value);
        return true;
    }

    public override SortValue Sent(long key) => numbers.KeyOf(key);

    public override bool TryBegin(SortValue sent)
    {
        _begin = sent;
        return (sent.Number ?? sent.Whole) is not null;
    }

    public override int CompareToBegin(long key)
    {
        if (numbers.Type != FieldType.Number && _begin.Whole is { } whole) return key.CompareTo(whole);
        return numbers.Number(key).CompareTo(_begin.Number ?? _begin.Whole ?? 0);
    }

    public override int Compare(long a, long b) => a.CompareTo(b);
}

/// <summary>
/// One bucket for each combination of keys. The keys of a combination are numbered one after the other: the number of
/// the first two is that of the second key within the first, and so on. Only at the root.
/// </summary>
internal sealed class CompositeCollector : BucketCollector
{
    /// <summary>Combinations of one document.</summary>
    private const int CombinationsMax = 65_536;

    /// <summary>A place in the queue of a page, and one in the list of it.</summary>
    private const long BytesPerPick = 3 * sizeof(int);

    private readonly CompositeAggregation _wanted;
    private readonly KeySource[] _sources;
    private readonly BucketMap[] _maps;
    private readonly List<int> _before = [];
    private readonly List<int> _reached = [];

    public CompositeCollector(
        AggregationScope scope, CompositeAggregation wanted, KeySource[] sources, Collector[] within)
        : base(scope, wanted.Name, within)
    {
        _wanted = wanted;
        _sources = sources;
        _maps = [.. sources.Select(_ => new BucketMap(scope))];
    }

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        base.Enter(view);
        foreach (var source in _sources) source.Enter(view);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        for (var i = 0; i < documents.Length && Scope.Spend(); i++)
        {
            _before.Clear();
            _before.Add(0);
            for (var source = 0; source < _sources.Length && _before.Count > 0; source++)
            {
                Reach(source, documents.Slice(i, 1));
            }

            foreach (var bucket in _before) PutOnce(documents[i], bucket);
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        // The last of the page is on top, and gives way to what comes before it.
        Scope.Hold(Math.Min(_wanted.Size, _maps[^1].Count) * BytesPerPick);
        var page = new PriorityQueue<int, int>(Comparer<int>.Create((a, b) => Compare(b, a)));
        long behind = 0;
        for (var i = 0; i < _maps[^1].Count; i++)
        {
            if (i % AggregationScope.BucketsPerLook == 0) Scope.Look();
            if (_wanted.After.Count > 0 && CompareToAfter(i) <= 0) continue;
            behind++;
            if (page.Count < _wanted.Size) page.Enqueue(i, i);
            else page.EnqueueDequeue(i, i);
        }

        FieldType[] types = [.. _sources.Select(source => source.Type)];
        if (!Scope.Send(page.Count, Name)) return new BucketsPart(types, []);
        var sent = new BucketPart[page.Count];
        for (var i = sent.Length - 1; i >= 0; i--)
        {
            var one = page.Dequeue();
            sent[i] = Send(one, default) with { Keys = Sent(one) };
        }

        return new BucketsPart(types, sent) { OtherCount = behind - sent.Length };
    }

    /// <summary>Goes from the combinations of the sources before to those with this one.</summary>
    private void Reach(int source, ReadOnlySpan<int> document)
    {
        _reached.Clear();
        var values = _sources[source].Values;
        values.Begin();
        for (var count = values.Read(document); count > 0; count = values.Read(document))
        {
            if (!Scope.Spend()) return;
            for (var i = 0; i < count; i++)
            {
                if (!_sources[source].TryKey(values.Values[i], out var key)) continue;
                foreach (var before in _before) _reached.Add(_maps[source].Take(before, key));
                if (_reached.Count <= CombinationsMax) continue;
                Scope.Stop($"a document has more than {CombinationsMax} combinations of the keys of '{Name}': use "
                    + "fewer sources whose fields hold several values");
            }
        }

        _before.Clear();
        _before.AddRange(_reached);
    }

    private SortValue[] Sent(int bucket)
    {
        Scope.Hold(_sources.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<SortValue>());
        var keys = new SortValue[_sources.Length];
        for (var source = _sources.Length - 1; source >= 0; source--)
        {
            keys[source] = _sources[source].Sent(_maps[source].Key(bucket));
            bucket = _maps[source].Owner(bucket);
        }

        return keys;
    }

    private int Compare(int a, int b)
    {
        var order = 0;
        for (var source = _sources.Length - 1; source >= 0; source--)
        {
            var one = _sources[source].Compare(_maps[source].Key(a), _maps[source].Key(b));
            if (one != 0) order = _sources[source].Descending ? -one : one;
            (a, b) = (_maps[source].Owner(a), _maps[source].Owner(b));
        }

        return order;
    }

    private int CompareToAfter(int bucket)
    {
        var order = 0;
        for (var source = _sources.Length - 1; source >= 0; source--)
        {
            var one = _sources[source].CompareToBegin(_maps[source].Key(bucket));
            if (one != 0) order = _sources[source].Descending ? -one : one;
            bucket = _maps[source].Owner(bucket);
        }

        return order;
    }
}
