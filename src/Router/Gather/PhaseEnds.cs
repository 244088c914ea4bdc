namespace Hedgerow.Router;

/// <summary>
/// By when each phase of a search has to end, so that a slow one leaves time for those behind it: a shard whose
/// statistics do not come is searched without them, one that is not searched in time is missing from the coverage, and
/// one that gives no more hits has given its first, and is no whole answer. What a phase does not use is the next
/// one's.
/// </summary>
/// <remarks>
/// <code>
///   now            statistics end          query end     refill end     deadline
///    |---- 30 % ---------|------- to 85 % -------|---------|--------------|       of the soft time, of the time
///    term statistics      search, search again    more hits  the way back
/// </code>
/// </remarks>
internal readonly record struct PhaseEnds(long Statistics, long Query, long Refill)
{
    public static PhaseEnds Of(long now, long deadlineAt, RouterOptions options, bool mayRefill)
    {
        var soft = (deadlineAt - now) * options.SearchSoftShare;
        var query = mayRefill ? options.SearchQueryEnd : 1;
        return new PhaseEnds(
            now + (long)(soft * Math.Min(options.SearchStatisticsEnd, query)), now + (long)(soft * query),
            now + (long)soft);
    }
}
