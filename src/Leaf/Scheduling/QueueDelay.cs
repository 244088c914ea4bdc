namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// How long a queue makes wait, and whether it stands: a burst is gone after a while, a standing queue only adds delay.
/// </summary>
/// <remarks>
/// Nichols and Jacobson, "Controlling Queue Delay" (ACM Queue 2012): a queue stands when its delay was above the target
/// all through an interval, and no longer once it is below. Their queue is first in, first out; ours may serve the
/// nearest deadline first, and then the wait of whoever is served says little: the urgent pass a queue that stands. So
/// the delay taken is that of the same arrivals and departures in order: the n-th to leave is held to be the n-th that
/// came. As many numbers are kept as requests wait. One caller at a time.
/// </remarks>
internal sealed class QueueDelay(long targetTicks, long intervalTicks)
{
    private const long Never = long.MaxValue;

    private readonly Queue<long> _arrivals = new();
    private long _standsAt = Never;

    /// <summary>Whether the least delay of a whole interval was above the target.</summary>
    public bool Stands { get; private set; }

    /// <summary>One more waits.</summary>
    /// <param name="now">The clock's ticks.</param>
    /// <param name="leastTicks">What the target is at least: less than one service time is no queue.</param>
    public void Join(long now, long leastTicks)
    {
        Look(now, leastTicks);
        _arrivals.Enqueue(now);
    }

    /// <summary>One waits no longer, whoever it is.</summary>
    public void Leave(long now, long leastTicks)
    {
        Look(now, leastTicks);
        _arrivals.TryDequeue(out _);
    }

    private void Look(long now, long leastTicks)
    {
        var delay = _arrivals.TryPeek(out var first) ? now - first : 0;
        if (delay <= Math.Max(targetTicks, leastTicks))
        {
            _standsAt = Never;
            Stands = false;
        }
        else if (_standsAt == Never)
        {
            _standsAt = now + intervalTicks;
        }
        else if (now >= _standsAt)
        {
            Stands = true;
        }
    }
}
