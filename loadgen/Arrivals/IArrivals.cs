namespace Hedgerow.LoadGen.Arrivals;

/// <summary>When the next request is due. One caller at a time.</summary>
internal interface IArrivals
{
    /// <summary>Nanoseconds from one intended send to the next; 0 or more.</summary>
    long NextGapNanos();
}

/// <summary>Equal gaps: the easiest load, and the one to compare runs by.</summary>
internal sealed class ConstantArrivals(double ratePerSecond) : IArrivals
{
    private double _owed;

    public long NextGapNanos()
    {
        // The fraction is carried over, so that the rate holds exactly over any length of time.
        _owed += 1e9 / ratePerSecond;
        var gap = (long)_owed;
        _owed -= gap;
        return gap;
    }
}

/// <summary>
/// Exponential gaps: independent users, who come in bunches. What queueing theory and real traffic have.
/// </summary>
internal sealed class PoissonArrivals(double ratePerSecond, Random random) : IArrivals
{
    public long NextGapNanos() => (long)(-Math.Log(1 - random.NextDouble()) * 1e9 / ratePerSecond);
}
