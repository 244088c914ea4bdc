namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Takes every live document that matches, some at a time. One search, one thread.</summary>
internal interface IMatchSink
{
    /// <summary>Takes some.</summary>
    /// <param name="documents">Of the segment that was gone to last, rising, also from call to call; at most 256.
    /// </param>
    void Take(ReadOnlySpan<int> documents);

    /// <summary>Takes some as bits; false leaves them to be given by number.</summary>
    /// <param name="matches">Of neighbouring documents.</param>
    /// <param name="first">The first one; a multiple of 64.</param>
    bool TryTake(ReadOnlySpan<ulong> matches, int first) => false;
}
