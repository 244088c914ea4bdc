namespace Hedgerow.LoadGen.Arrivals;

/// <summary>When the next request is due. One caller at a time.</summary>
internal interface IArrivals
{
    /// <summary>Nanoseconds from one intended send to the next; 0 or more.</summary>
    long NextGapNanos();
}

/// <summary>Equal gaps: the easiest load, and the one to compare runs by.</summary>
/// <param name="ratePerSecond">Above 0.</param>
/// <param name="phase">
/// Share of a gap by which all comes later: generators that work together must not send at the same moments.
/// </param>
internal sealed class ConstantArrivals(double ratePerSecond, double phase = 0) : IArrivals
{
    private double _owed = phase * 1e9 / ratePerSecond;

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
