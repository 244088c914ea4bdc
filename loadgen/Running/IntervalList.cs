using Hedgerow.LoadGen.Measuring;

namespace Hedgerow.LoadGen.Running;

/// <summary>Keeps the stretches of a run in their order. The sending thread's.</summary>
internal sealed class IntervalList(long intervalNanos, Action<Interval> onInterval)
{
    private readonly List<Interval> _all = [];

    /// <summary>What was kept.</summary>
    public IReadOnlyList<Interval> All => _all;

    public void Take(Interval interval)
    {
        onInterval(interval);
        // What is left over at an end is too short to say anything by itself.
        var isRest = interval.Seconds * 2e9 < intervalNanos;
        if (isRest && _all.Count > 0 && _all[^1].IsWarmup == interval.IsWarmup) _all[^1].Add(interval);
        else if (interval.EndNanos > interval.StartNanos) _all.Add(interval);
    }
}
