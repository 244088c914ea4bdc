using Hedgerow.LoadGen.Measuring;

namespace Hedgerow.LoadGen.Running;

/// <summary>One run to make.</summary>
/// <param name="Rate">Requests a second, where the workload has no times of its own; 0 in a closed loop.</param>
/// <param name="Bounds">Lengths.</param>
/// <param name="UntilSteady">Whether the warm-up goes on until the server is steady.</param>
/// <param name="WarmupNanosMax">When to count all the same.</param>
/// <param name="IntervalNanos">Length of the stretches of time told apart.</param>
/// <param name="Lead">Says when to count instead of a length or steadiness; null for nobody.</param>
internal readonly record struct RunRequest(
    double Rate, LoadBounds Bounds, bool UntilSteady, long WarmupNanosMax, long IntervalNanos, RunLead? Lead = null)
{
    /// <summary>Stretches kept at most; a longer run has longer ones.</summary>
    public const int IntervalsMax = 600;

    public RunPhases Phases() => new(Bounds, UntilSteady ? new SteadyState() : null, WarmupNanosMax, Lead);

    public LoadTally Tally() => new(IntervalNanos);
}

/// <summary>Puts a workload on a server, one run after the other.</summary>
internal interface ILoadDriver : IAsyncDisposable
{
    /// <summary>Writes every path once.</summary>
    /// <exception cref="IOException">Some failed.</exception>
    Task FillAsync(CancellationToken stop);

    /// <summary>Runs to the end, or until stopped.</summary>
    /// <param name="request">Rate and lengths.</param>
    /// <param name="onInterval">Hears of stretches of time on the sending thread: must be quick.</param>
    /// <param name="stop">Ends the run early; what was counted is given all the same.</param>
    Task<RunOutcome> RunAsync(RunRequest request, Action<Interval> onInterval, CancellationToken stop);
}

/// <summary>Which of several generators that work together this is.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Of">How many there are.</param>
internal readonly record struct Share(int Index, int Of)
{
    public static Share Whole => new(0, 1);

    /// <summary>The keys that this one writes of all, every so-many-th.</summary>
    public IEnumerable<long> Keys(long count)
    {
        for (long key = Index; key < count; key += Of) yield return key;
    }
}
