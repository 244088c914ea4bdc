using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Neighbouring documents of a segment, and how they rank by a sort key together: so that those that cannot be among
/// the first hits are passed over without a look at each.
/// </summary>
/// <param name="Low">No rank is below; above <paramref name="High"/> when none has a rank.</param>
/// <param name="High">No rank is above.</param>
/// <param name="MayLack">Whether some may have no rank.</param>
/// <param name="End">The document behind the last.</param>
internal readonly record struct SortZone(long Low, long High, bool MayLack, int End)
{
    /// <summary>Where its first document may stand in a key's order: the lower the better.</summary>
    public long First(SortKey key) => MayLack && key.MissingFirst ? long.MinValue
        : Low > High ? long.MaxValue
        : key.Descending ? ~High : Low;

    /// <summary>The same where documents without a value rank as one; null leaves them without.</summary>
    public SortZone Lacking(long? missing)
    {
        if (missing is not { } rank || !MayLack) return this;
        return Low > High
            ? this with { Low = rank, High = rank, MayLack = false }
            : this with { Low = Math.Min(Low, rank), High = Math.Max(High, rank), MayLack = false };
    }

    /// <summary>Whether one may stand before a value in a key's order, or at it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isMissing">Whether it is the value of documents that have none.</param>
    /// <param name="rank">Where it ranks otherwise.</param>
    /// <param name="orAt">Whether to stand at it will do.</param>
    public bool MayStandBefore(SortKey key, bool isMissing, long rank, bool orAt)
    {
        var hasRanks = Low <= High;
        if (isMissing) return (hasRanks && !key.MissingFirst) || (MayLack && orAt);
        if (MayLack && key.MissingFirst) return true;
        if (!hasRanks) return false;
        var first = key.Descending ? High : Low;
        return first == rank ? orAt : first < rank != key.Descending;
    }

    /// <summary>Whether one may stand behind a value in a key's order, or at it.</summary>
    public bool MayStandBehindOrAt(SortKey key, bool isMissing, long rank)
    {
        var hasRanks = Low <= High;
        if (isMissing) return (hasRanks && key.MissingFirst) || MayLack;
        if (MayLack && !key.MissingFirst) return true;
        if (!hasRanks) return false;
        var last = key.Descending ? Low : High;
        return last == rank || last > rank != key.Descending;
    }
}
