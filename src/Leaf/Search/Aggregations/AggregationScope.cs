using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>
/// What the collectors of one search share: the memory and the buckets they may use, the time, and what went wrong. One
/// search, one thread.
/// </summary>
internal sealed class AggregationScope(SearchBudget budget, long bytesMax)
{
    private long _bytes;
    private int _buckets;

    /// <summary>What work spends.</summary>
    public SearchBudget Budget => budget;

    /// <summary>Which limit was passed and what to do about it; null while none was.</summary>
    public string? Error { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _bytes;

    /// <summary>Whether work goes on; counts as a block of it.</summary>
    public bool Spend() => Error is null && budget.Spend();

    /// <summary>Notes memory that was taken: what goes on until the next look may pass the limit by one
    /// array.</summary>
    public void Hold(long bytes)
    {
        _bytes += bytes;
        if (_bytes > bytesMax)
        {
            Fail($"the aggregations of this search need more than {bytesMax >> 20} MiB on a shard: ask for fewer "
                + "within each other, for wider intervals, or of fewer documents");
        }
    }

    /// <summary>Notes buckets that are sent; false when they are too many.</summary>
    public bool Send(int buckets, string name)
    {
        _buckets += buckets;
        if (_buckets > AggregationLimits.PartBucketsMax)
        {
            Fail($"with aggregation '{name}' a shard has more than {AggregationLimits.PartBucketsMax} buckets to send: "
                + "include fewer terms, use wider intervals, or page through a composite");
        }

        return Error is null;
    }

    /// <summary>Notes what is wrong, the first time.</summary>
    public void Fail(string error) => Error ??= error;

    /// <summary>Makes room in an array, and notes it.</summary>
    public void Grow<T>(ref T[] array, int count)
    {
        if (count <= array.Length) return;
        var length = Math.Max(Math.Max(16, count), (int)Math.Min(array.Length * 2L, Array.MaxLength));
        Hold((length - array.Length) * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        Array.Resize(ref array, length);
    }
}
