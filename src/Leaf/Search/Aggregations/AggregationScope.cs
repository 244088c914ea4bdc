using System.Diagnostics.CodeAnalysis;
using Hedgerow.Leaf.Search.Queries;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Aggregations;

/// <summary>Ends the work of all collectors at once; what was wrong is in <see cref="AggregationScope.Error"/>.
/// </summary>
internal sealed class AggregationEndedException(string message) : Exception(message);

/// <summary>
/// What the collectors of one search share: the memory and the buckets they may use, the time, and what went wrong. One
/// search, one thread.
/// </summary>
/// <remarks>
/// Memory is asked for before it is taken. Who is refused has nothing to go on with, in the midst of collectors within
/// each other, so that a refusal is an exception; it does not leave <see cref="SearchAggregations"/>.
/// </remarks>
internal sealed class AggregationScope(SearchBudget budget, long bytesMax)
{
    /// <summary>Buckets between two looks at the clock, where they are told.</summary>
    public const int BucketsPerLook = 1_024;

    private long _bytes;
    private int _buckets;

    /// <summary>What work spends.</summary>
    public SearchBudget Budget => budget;

    /// <summary>Which limit was passed and what to do about it; null while none was.</summary>
    public string? Error { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _bytes;

    /// <summary>Buckets sent.</summary>
    public int Buckets => _buckets;

    /// <summary>Ends all work when the time is over.</summary>
    /// <exception cref="AggregationEndedException">It is; the budget says why.</exception>
    public void Look()
    {
        if (!Spend()) throw new AggregationEndedException($"the time is over: {budget.Status}");
    }

    /// <summary>Whether work goes on; counts as a block of it.</summary>
    public bool Spend() => Error is null && budget.Spend();

    /// <summary>Asks for memory that is about to be taken.</summary>
    /// <exception cref="AggregationEndedException">There is no more.</exception>
    public void Hold(long bytes)
    {
        if (bytes <= bytesMax - _bytes)
        {
            _bytes += bytes;
            return;
        }

        Stop($"the aggregations of this search need more than {bytesMax >> 20} MiB on a shard: ask for fewer "
            + "within each other, for wider intervals, or of fewer documents");
    }

    /// <summary>Notes buckets that are sent; false when they are too many.</summary>
    public bool Send(int buckets, string name)
    {
        _buckets = (int)Math.Min(int.MaxValue, (long)_buckets + buckets);
        if (_buckets > AggregationLimits.PartBucketsMax)
        {
            Fail($"with aggregation '{name}' a shard has more than {AggregationLimits.PartBucketsMax} buckets to send: "
                + "include fewer terms, use wider intervals, or page through a composite");
        }

        return Error is null;
    }

    /// <summary>Does some work, until it is done or ended.</summary>
    public static void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (AggregationEndedException)
        {
            // The error, or the budget's status, says what happened.
        }
    }

    /// <summary>Notes what is wrong, and ends all work.</summary>
    [DoesNotReturn]
    public void Stop(string error)
    {
        Fail(error);
        throw new AggregationEndedException(error);
    }

    /// <summary>Notes what is wrong, the first time.</summary>
    public void Fail(string error) => Error ??= error;

    /// <summary>Makes room in an array, if there is memory for it.</summary>
    /// <exception cref="AggregationEndedException">There is not.</exception>
    public void Grow<T>(ref T[] array, int count)
    {
        if (count <= array.Length) return;
        var length = Math.Max(Math.Max(16, count), (int)Math.Min(array.Length * 2L, Array.MaxLength));
        Hold((length - array.Length) * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        Array.Resize(ref array, length);
    }
}
