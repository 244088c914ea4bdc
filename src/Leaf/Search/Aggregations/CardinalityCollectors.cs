using System.Numerics;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// The different hashes of many buckets: as they are up to the threshold, then as registers of a HyperLogLog. Whether
/// it is the one or the other depends on the values alone, so that joined parts do not depend on how they were split.
/// One search.
/// </summary>
internal sealed class DistinctHashes(AggregationScope scope, int threshold)
{
    private readonly BucketMap _hashes = new(scope);
    private readonly Dictionary<int, byte[]> _registers = [];
    private int[] _counts = [];
    private int[] _heads = [];
    private int[] _next = [];

    /// <summary>Takes a hash into a bucket.</summary>
    public void Add(int bucket, ulong hash)
    {
        if (bucket >= _counts.Length)
        {
            scope.Grow(ref _counts, bucket + 1);
            scope.Grow(ref _heads, _counts.Length);
        }

        if (_counts[bucket] > threshold)
        {
            DistinctCount.Add(_registers[bucket], hash);
            return;
        }

        var known = _hashes.Count;
        var entry = _hashes.Take(bucket, (long)hash);
        if (entry < known) return;
        scope.Grow(ref _next, entry + 1);
        _next[entry] = _heads[bucket];
        _heads[bucket] = entry + 1;
        if (++_counts[bucket] > threshold) Condense(bucket);
    }

    /// <summary>What was found in a bucket.</summary>
    public CardinalityPart Part(int bucket)
    {
        if (bucket >= _counts.Length) return new CardinalityPart([], default);
        if (_registers.TryGetValue(bucket, out var registers)) return new CardinalityPart([], registers);
        scope.Hold(_counts[bucket] * (long)sizeof(ulong));
        var hashes = new ulong[_counts[bucket]];
        var at = _heads[bucket];
        for (var i = 0; i < hashes.Length; i++, at = _next[at - 1]) hashes[i] = (ulong)_hashes.Key(at - 1);
        return new CardinalityPart(hashes, default);
    }

    private void Condense(int bucket)
    {
        var length = 1 << DistinctCount.Precision(threshold);
        scope.Hold(length);
        var registers = new byte[length];
        for (var at = _heads[bucket]; at > 0; at = _next[at - 1])
            DistinctCount.Add(registers, (ulong)_hashes.Key(at - 1));
        _registers[bucket] = registers;
    }
}

/// <summary>Different values of a field of numbers.</summary>
internal sealed class NumberCardinality(AggregationScope scope, NumberField field, int threshold) : Collector(scope)
{
    private readonly DistinctHashes _distinct = new(scope, threshold);

    /// <inheritdoc/>
    public override void Enter(SegmentView view) => field.Enter(view);

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = field.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            for (var i = 0; i < count; i++)
                _distinct.Add(buckets.IsEmpty ? 0 : buckets[values.Places[i]], Mixed((ulong)values.Values[i]));
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) => _distinct.Part(bucket);

    /// <summary>A permutation of 64 bits (Stafford's variant 13 of MurmurHash3's finalizer), so none are
    /// alike.</summary>
    private static ulong Mixed(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EBUL;
        return value ^ (value >> 31);
    }
}

/// <summary>Different values of a keyword field; each ordinal is hashed once a segment.</summary>
internal sealed class KeywordCardinality(AggregationScope scope, SegmentTerms terms, int threshold)
    : Collector(scope)
{
    private const int TermsPerLook = 4_096;

    private readonly DistinctHashes _distinct = new(scope, threshold);
    private ulong[] _seen = [];
    private ulong[] _hashes = [];

    /// <inheritdoc/>
    public override void Enter(SegmentView view)
    {
        terms.Enter(view);
        Scope.Grow(ref _seen, BitWords.For(terms.Count));
        Array.Clear(_seen);
        Array.Clear(_hashes);
    }

    /// <inheritdoc/>
    public override void Collect(ReadOnlySpan<int> documents, ReadOnlySpan<int> buckets)
    {
        var values = terms.Values;
        values.Begin();
        for (var count = values.Read(documents); count > 0 && Scope.Spend(); count = values.Read(documents))
        {
            if (buckets.IsEmpty)
            {
                foreach (var ordinal in values.Values.AsSpan(0, count)) _seen[ordinal >> 6] |= 1UL << (int)ordinal;
                continue;
            }

            Scope.Grow(ref _hashes, terms.Count);
            for (var i = 0; i < count; i++) _distinct.Add(buckets[values.Places[i]], HashOf((int)values.Values[i]));
        }
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        var words = BitWords.For(terms.Count);
        for (var i = 0; i < words; i++)
        {
            if (i % (TermsPerLook / 64) == 0 && !Scope.Spend()) return;
            for (var word = _seen[i]; word != 0; word &= word - 1)
            {
                var ordinal = (i << 6) + BitOperations.TrailingZeroCount(word);
                _distinct.Add(0, PathHash.OfPath(terms.Bytes(ordinal)));
            }
        }
    }

    /// <inheritdoc/>
    public override AggregationPart Part(int bucket) => _distinct.Part(bucket);

    private ulong HashOf(int ordinal)
    {
        if (_hashes[ordinal] == 0) _hashes[ordinal] = PathHash.OfPath(terms.Bytes(ordinal));
        return _hashes[ordinal];
    }
}
