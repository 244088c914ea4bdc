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

    /// <summary>Order of a key and one that is sent.</summary>
    public abstract int CompareTo(long key, SortValue sent);

    /// <summary>Order of two keys.</summary>
    public abstract int Compare(long a, long b);
}

/// <summary>Keywords.</summary>
internal sealed class KeywordSource(SegmentTerms terms, bool descending) : KeySource(descending)
{
    public override FieldType Type => FieldType.Keyword;

    public override ColumnValues Values => terms.Values;

    public override void Enter(SegmentView view) => terms.Enter(view);

    public override bool TryKey(long value, out long key) => (key = terms.Number(value)) >= 0;

    public override SortValue Sent(long key) => SortValue.Of(terms.Table.Text((int)key));

    public override int CompareTo(long key, SortValue sent) =>
        terms.Table.Bytes((int)key).SequenceCompareTo(Encoding.UTF8.GetBytes(sent.Text ?? ""));

    public override int Compare(long a, long b) =>
        terms.Table.Bytes((int)a).SequenceCompareTo(terms.Table.Bytes((int)b));
}

/// <summary>Numbers: as they are, or where the bucket begins that they are in.</summary>
/// <param name="numbers">The field.</param>
/// <param name="floor">From a stored value to a stored key.</param>
/// <param name="descending">Highest first.</param>
internal sealed class NumberSource(NumberField numbers, Func<long, long> floor, bool descending) : KeySource(descending)
{
    public override FieldType Type => numbers.Type;

    public override ColumnValues Values => numbers.Values;

    public override void Enter(SegmentView view) => numbers.Enter(view);

    public override bool TryKey(long value, out long key)
    {
        key = floor(value);
        return true;
    }

    public override SortValue Sent(long key) => numbers.KeyOf(key);

    public override int CompareTo(long key, SortValue sent)
    {
        if (numbers.Type != FieldType.Number && sent.Whole is { } whole) return key.CompareTo(whole);
        return numbers.Number(key).CompareTo(sent.Number ?? sent.Whole ?? 0);
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
        for (var i = 0; i < documents.Length; i++)
        {
            _before.Clear();
            _before.Add(0);
            for (var source = 0; source < _sources.Length && _before.Count > 0; source++)
            {
                Reach(source, documents.Slice(i, 1));
                if (Scope.Error is not null) return;
            }

            foreach (var bucket in _before) PutOnce(documents[i], bucket);
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket)
    {
        var all = new List<int>();
        for (var i = 0; i < _maps[^1].Count; i++)
            if (_wanted.After.Count == 0 || CompareToAfter(i) > 0) all.Add(i);
        all.Sort(Compare);
        var page = all[..Math.Min(all.Count, _wanted.Size)];
        FieldType[] types = [.. _sources.Select(source => source.Type)];
        return Scope.Send(page.Count, Name)
            ? new BucketsPart(types, [.. page.Select(one => Send(one, default) with { Keys = Sent(one) })])
            {
                OtherCount = all.Count - page.Count,
            }
            : new BucketsPart(types, []);
    }

    /// <summary>Goes from the combinations of the sources before to those with this one.</summary>
    private void Reach(int source, ReadOnlySpan<int> document)
    {
        _reached.Clear();
        var values = _sources[source].Values;
        values.Begin();
        for (var count = values.Read(document); count > 0; count = values.Read(document))
        {
            for (var i = 0; i < count; i++)
            {
                if (!_sources[source].TryKey(values.Values[i], out var key)) continue;
                foreach (var before in _before) _reached.Add(_maps[source].Take(before, key));
                if (_reached.Count <= CombinationsMax) continue;
                Scope.Fail($"a document has more than {CombinationsMax} combinations of the keys of '{Name}': use "
                    + "fewer sources whose fields hold several values");
                return;
            }
        }

        _before.Clear();
        _before.AddRange(_reached);
    }

    private SortValue[] Sent(int bucket)
    {
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
            var one = _sources[source].CompareTo(_maps[source].Key(bucket), _wanted.After[source]);
            if (one != 0) order = _sources[source].Descending ? -one : one;
            bucket = _maps[source].Owner(bucket);
        }

        return order;
    }
}
