namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Takes every live document that matches, some at a time. One search, one thread.</summary>
internal interface IMatchSink
{
    /// <summary>Takes some.</summary>
    /// <param name="documents">Of the segment that was gone to last, rising, also from call to call; at most 256.
    /// </param>
    void Take(ReadOnlySpan<int> documents);
}
