using Hedgerow.Protocol;

namespace Hedgerow.Router;

/// <summary>What the reduce of one search shares: its limits, and what went wrong. One thread at a time.</summary>
internal sealed class ReduceScope
{
    private int _joined;
    private int _answered;
    private long _bytes;

    /// <summary>Which limit was passed, or what does not fit; null while all is well.</summary>
    public string? Error { get; private set; }

    /// <summary>How often terms of significant terms are in the background, and of how many documents.</summary>
    public Dictionary<Aggregation, Background> Backgrounds { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>Counts a bucket that is new among the joined parts; false when there are too many.</summary>
    public bool Join()
    {
        if (++_joined > AggregationLimits.PartBucketsMax)
        {
            Fail($"the parts of all shards have more than {AggregationLimits.PartBucketsMax} buckets: ask for fewer, "
                + "include fewer terms, or page through a composite");
        }

        return Error is null;
    }

    /// <summary>Counts memory that is about to be taken; what goes on until the next look is one bucket.</summary>
    public void Hold(long bytes)
    {
        _bytes += bytes;
        if (_bytes > AggregationLimits.JoinedBytesMax)
        {
            Fail($"the aggregations of this search need more than {AggregationLimits.JoinedBytesMax >> 20} MiB where "
                + "the parts of all shards are joined: ask for fewer within each other, or for fewer buckets");
        }
    }

    /// <summary>Counts buckets of the answer; false when there are too many.</summary>
    public bool Answer(long buckets)
    {
        _answered = (int)Math.Min(int.MaxValue, _answered + buckets);
        if (_answered > AggregationLimits.BucketsMax)
        {
            Fail($"the answer would have more than {AggregationLimits.BucketsMax} buckets: ask for fewer, for wider "
                + "intervals, or page through a composite");
        }

        return Error is null;
    }

    /// <summary>Notes what is wrong, the first time.</summary>
    public void Fail(string error) => Error ??= error;
}

/// <summary>Counts of the documents that significant terms are compared with.</summary>
/// <param name="Total">Documents.</param>
/// <param name="Counts">Of each term.</param>
internal sealed record Background(long Total, IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>Nothing.</summary>
    public static Background None { get; } = new(0, new Dictionary<string, long>());
}
