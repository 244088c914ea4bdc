using Microsoft.Extensions.Logging;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// The threads of one leaf, by how much they give way: those that search to those that serve sockets, which are not
/// the leaf's, and those that index, flush and merge to both.
/// </summary>
internal sealed class LeafThreads
{
    private readonly ThreadSlice _searching = new(ThreadSlice.OfSearches);
    private readonly ThreadSlice _indexing = new(ThreadSlice.OfIndexing);

    public LeafThreads(LeafOptions options, LeafClock clock, ILogger log)
    {
        Throttle = new BackgroundThrottle(Environment.ProcessorCount, options.BackgroundShareMin, clock.Time);
        Searches = new SearchPool(
            options.Name, options.SearchThreads, options.SearchQueueMax, clock, options.Shed, _searching, Throttle);
        Lanes = new LaneThreads(options.Name, options.IndexThreads, _indexing, Throttle);
        Maintenance = new Maintenance(options.Name, _indexing, log, Throttle);
    }

    /// <summary>Has the background rest while searches want the processors.</summary>
    public BackgroundThrottle Throttle { get; }

    public SearchPool Searches { get; }

    /// <summary>What documents are written on.</summary>
    public LaneThreads Lanes { get; }

    /// <summary>Flushes, merges, and changes of the catalogue.</summary>
    public Maintenance Maintenance { get; }

    /// <summary>Threads that give way.</summary>
    public int Yielding => _searching.Taken + _indexing.Taken;

    /// <summary>Threads that the system does not let.</summary>
    public int Unyielding => _searching.Refused + _indexing.Refused;
}
