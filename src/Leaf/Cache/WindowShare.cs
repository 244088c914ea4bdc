namespace Hedgerow.Leaf.Cache;

/// <summary>
/// The share of a partition's bytes for its window, found while it works: by how many hits an entry more of window or
/// of main would bring.
/// </summary>
/// <remarks>
/// What an entry more brings is seen in ghosts: evicted paths that come back before as many evictions as the queue
/// would have had to be longer. The window grows while such a near return to it is worth more than one to main and
/// more than an entry of main is worth by its hits, and while its entries are hit at least as often as main's: else a
/// loop a little longer than the cache would have it grow for nothing. It shrinks when either is clearly untrue.
/// So it is about a hundredth for loops, scans and what has steady favourites, and most of the cache for what is used
/// in bursts. The constants come from a search over the traces without the P ones, and from
/// looking at those too.
/// </remarks>
internal sealed class WindowShare
{
    public const double ShareMin = 0.005;
    public const double ShareMax = 0.8;
    private const double ShareAtStart = 0.012;

    /// <summary>What counts as near: this share of the entries, or of the window's entries if that is more.</summary>
    private const double NearShare = 0.023;
    private const double NearWindowShare = 0.389;

    /// <summary>Arrivals between two decisions, as a share of the entries.</summary>
    private const double PeriodShare = 0.25;
    private const double Step = 1.359;
    private const double GrowOverMainHits = 2.206;
    private const double ShrinkUnderMainHits = 0.346;
    private const double ShrinkUnderMainGhosts = 0.414;

    // Of the current period, and half of what was counted before it.
    private double _windowHits;
    private double _mainHits;
    private double _windowReturns;
    private double _mainReturns;
    private long _arrivals;

    public double Share { get; private set; } = ShareAtStart;

    public void CountWindowHits(int uses) => _windowHits += uses;

    public void CountMainHit() => _mainHits++;

    /// <summary>Counts a path that came back.</summary>
    /// <param name="fromMain">The queue it had been evicted from.</param>
    /// <param name="age">Evictions since.</param>
    /// <param name="entries">Entries now.</param>
    /// <param name="weight">Paths that it stands for.</param>
    public void CountReturn(bool fromMain, long age, long entries, int weight)
    {
        if (age > Math.Max(2, NearOf() * entries)) return;
        if (fromMain) _mainReturns += weight;
        else _windowReturns += weight;
    }

    /// <summary>Counts a new entry; true when a period has ended and the share was reconsidered.</summary>
    public bool CountArrival(long entries)
    {
        if (++_arrivals < Math.Max(8, entries * PeriodShare)) return false;
        _arrivals = 0;
        Reconsider();
        return true;
    }

    private double NearOf() => Math.Max(NearShare, Share * NearWindowShare);

    private void Reconsider()
    {
        var near = NearOf();
        var (windowHits, mainHits) = (_windowHits / Share, _mainHits / (1 - Share));
        var (windowReturns, mainReturns) = (_windowReturns / near, _mainReturns / near);
        if (windowHits >= mainHits && windowReturns > mainReturns + (mainHits * GrowOverMainHits))
            Share = Math.Min(ShareMax, Share * Step);
        else if (windowHits < mainHits * ShrinkUnderMainHits || windowReturns < mainReturns * ShrinkUnderMainGhosts)
            Share = Math.Max(ShareMin, Share / Step);
        _windowHits /= 2;
        _mainHits /= 2;
        _windowReturns /= 2;
        _mainReturns /= 2;
    }
}
