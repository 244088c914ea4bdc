namespace Hedgerow.Protocol;

/// <summary>A place in an order of hits: that of the last hit of a page.</summary>
/// <param name="Values">
/// What it was ordered by, one value for each key of the request; the score alone where it has no keys.
/// </param>
/// <param name="Path">
/// Its path, by which equal ones are ordered; null stands behind all that are equal.
/// </param>
public sealed record SearchAfter(IReadOnlyList<SortValue> Values, string? Path)
{
    /// <summary>Where a hit stands.</summary>
    public static SearchAfter Of(SearchHit hit)
    {
        ArgumentNullException.ThrowIfNull(hit);
        var values = hit.SortValues.Count == 0 ? [SortValue.Of((double)hit.Score)] : hit.SortValues;
        return new SearchAfter(values, hit.Path);
    }
}
