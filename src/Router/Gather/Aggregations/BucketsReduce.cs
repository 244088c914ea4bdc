using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>One bucket of all shards that sent it.</summary>
internal sealed class ReducedBucket(SortValue key, SortValue[] keys, PartReduce[] within)
{
    private IReadOnlyList<AggregationResult>? _results;

    public SortValue Key => key;

    public SortValue[] Keys => keys;

    public PartReduce[] Within => within;

    public long Count { get; private set; }

    /// <summary>The error bounds of the shards that sent it: of these it has no error.</summary>
    public long BoundOfSenders { get; private set; }

    public void Add(BucketPart part, long bound)
    {
        Count += part.Count;
        BoundOfSenders += bound;
        for (var i = 0; i < Math.Min(within.Length, part.Within.Count); i++) within[i].Add(part.Within[i]);
    }

    /// <summary>Results within, made when they are first asked for.</summary>
    public IReadOnlyList<AggregationResult> Results(Aggregation aggregation, ReduceScope scope) =>
        _results ??= within.Length == 0 && aggregation.Within.Count == 0
            ? []
            : Pipelines.Level(aggregation.Within, within, scope);
}

/// <summary>Joins buckets by their keys.</summary>
internal sealed class BucketsReduce(Aggregation aggregation, ReduceScope scope) : PartReduce
{
    /// <summary>What one takes, the key's entry counted, roughly.</summary>
    private const int BytesPerBucket = 160;

    private const int BytesPerKey = 40;

    private readonly Dictionary<BucketKey, ReducedBucket> _buckets = [];

    /// <summary>What keys are values of, as far as a shard knows the field.</summary>
    public FieldType Type { get; private set; }

    /// <summary>The buckets, in no order.</summary>
    public IReadOnlyCollection<ReducedBucket> Buckets => _buckets.Values;

    /// <summary>Documents of the buckets that shards did not send.</summary>
    public long OtherCount { get; private set; }

    /// <summary>How many documents a bucket that no shard sent may have.</summary>
    public long ErrorBound { get; private set; }

    /// <summary>Documents that all this lies within (significant terms).</summary>
    public long Total { get; private set; }

    public override void Add(AggregationPart part)
    {
        if (part is not BucketsPart other) return;
        if (other.Types.Count > 0 && (Type == default || other.Buckets.Count > 0)) Type = other.Types[0];
        OtherCount += other.OtherCount;
        ErrorBound += other.ErrorBound;
        Total += other.Total;
        foreach (var bucket in other.Buckets)
        {
            var key = new BucketKey(bucket.Key, aggregation is CompositeAggregation ? [.. bucket.Keys] : []);
            if (!_buckets.TryGetValue(key, out var known))
            {
                scope.Hold(BytesPerBucket + (BytesPerKey * (key.Count + bucket.Keys.Count)));
                if (!scope.Join()) return;
                known = new ReducedBucket(bucket.Key, [.. bucket.Keys], All(aggregation.Within, scope));
                _buckets.Add(key, known);
            }

            known.Add(bucket, other.ErrorBound);
            if (scope.Error is not null) return;
        }
    }

    public override AggregationResult Finish() => new BucketResults(aggregation, this, scope).Make();

    public override void AddCandidates(Dictionary<Aggregation, HashSet<string>> candidates)
    {
        if (aggregation is SignificantTermsAggregation significant)
        {
            if (!candidates.TryGetValue(aggregation, out var terms)) candidates[aggregation] = terms = [];
            foreach (var bucket in Buckets)
                if (bucket.Count >= significant.MinimumCount && bucket.Key.Text is { } term) terms.Add(term);
        }

        foreach (var bucket in Buckets)
            foreach (var within in bucket.Within) within.AddCandidates(candidates);
    }

    /// <summary>A key of one value or of several.</summary>
    private readonly struct BucketKey(SortValue one, SortValue[] all) : IEquatable<BucketKey>
    {
        private readonly SortValue _one = one;
        private readonly SortValue[] _all = all;

        public int Count => _all.Length;

        public bool Equals(BucketKey other) => _one == other._one && _all.AsSpan().SequenceEqual(other._all);

        public override bool Equals(object? obj) => obj is BucketKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = _one.GetHashCode();
            foreach (var value in _all) hash = HashCode.Combine(hash, value);
            return hash;
        }
    }
}
