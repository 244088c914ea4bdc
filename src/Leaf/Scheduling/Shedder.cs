namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Decides for one queue what is answered Overloaded instead of served. The queue's own gate guards it.
/// </summary>
/// <remarks>
/// Work that nobody waits for any more is the fuel of an overload: it delays what could still be of use, which then is
/// of none either (Bronson and others, "Metastable Failures in Distributed Systems", HotOS 2021). Two questions, both
/// before the work: has it time for even the quickest of its kind; and, while the queue stands, has it waited its share
/// of its time (Maurer, "Fail at Scale", ACM Queue 2015, where that is the target). Whoever is the last to wait is
/// served whatever it waited and however slow its kind was, so that shedding never leaves a thread idle.
/// </remarks>
internal sealed class Shedder
{
    private const long Never = long.MaxValue;

    private readonly LeafClock _clock;
    private readonly bool _isOn;
    private readonly double _share;
    private readonly long _targetTicks;
    private readonly QueueDelay _delay;

    /// <param name="options">When to shed.</param>
    /// <param name="share">Share of its time that one may wait while the queue stands.</param>
    /// <param name="clock">The leaf's.</param>
    public Shedder(ShedOptions options, double share, LeafClock clock)
    {
        _clock = clock;
        _isOn = options.Enabled;
        _share = share;
        _targetTicks = clock.TicksOf(options.Target);
        _delay = new QueueDelay(_targetTicks, clock.TicksOf(options.Interval));
    }

    public ServiceTimes Times { get; } = new();

    /// <summary>Whether the queue stands now.</summary>
    public bool Stands => _isOn && _delay.Stands;

    public ShedCounts Counts { get; } = new();

    public void Join(long now) => _delay.Join(now, Times.Mean);

    public void Leave(long now) => _delay.Leave(now, Times.Mean);

    /// <summary>When a request has waited enough in a queue that stands.</summary>
    public long PatienceEnd(QueuedWork request)
    {
        var received = request.ReceivedTicks;
        if (_share == 0) return received + _targetTicks;
        if (request.DeadlineTicks == Never) return Never;
        return received + Math.Max(_targetTicks, (long)((request.DeadlineTicks - received) * _share));
    }

    /// <summary>Why a request that others wait behind is not served; null when its wait may go on.</summary>
    public string? Impatient(QueuedWork request, long now)
    {
        if (!Stands || now <= PatienceEnd(request)) return null;
        Counts.Waited();
        return $"It waited {Millis(request.ReceivedTicks, now)} ms in a queue that does not get shorter; "
            + $"{Millis(request.ReceivedTicks, PatienceEnd(request))} ms are allowed.";
    }

    /// <summary>
    /// Why a request that others wait behind can't be done in time now that its turn has come; null when it may be.
    /// Each that is refused lowers the bar for the next, so that what was slow once is tried again.
    /// </summary>
    public string? Hopeless(QueuedWork request, long now)
    {
        var least = Times.Least(request.Opcode);
        // One whose deadline has passed is told so by itself.
        var mayDo = !_isOn || request.DeadlineTicks == Never || now > request.DeadlineTicks
            || now + least <= request.DeadlineTicks;
        if (mayDo) return null;
        Counts.Late();
        Times.Lower(request.Opcode);
        return $"{Micros(now, request.DeadlineTicks)} µs are left, and the quickest of late took "
            + $"{Micros(0, least)} µs.";
    }

    /// <summary>Why a request can't be done in time behind so many; null when it may be.</summary>
    public string? TooLate(QueuedWork request, long now, int ahead, int threads)
    {
        var wait = ahead * Times.Mean / threads;
        if (!_isOn || ahead == 0 || request.DeadlineTicks == Never || now + wait <= request.DeadlineTicks) return null;
        Counts.Late();
        return $"{ahead} searches are ahead and would take about {Millis(0, wait)} ms; "
            + $"{Millis(now, request.DeadlineTicks)} ms are left.";
    }

    private uint Micros(long from, long to) => _clock.Micros(from, to);

    private uint Millis(long from, long to) => _clock.Micros(from, to) / 1_000;
}
