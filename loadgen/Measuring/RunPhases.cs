namespace Hedgerow.LoadGen.Measuring;

/// <summary>Bounds of a run: it ends at whichever comes first, and always ends.</summary>
/// <param name="WarmupNanos">Sent and not counted, from the start.</param>
/// <param name="DurationNanos">Counted time after the warm-up.</param>
/// <param name="OperationsMax">Operations sent in all, warm-up included.</param>
/// <param name="InFlightMax">Operations that may wait for an answer at once; more are counted as failed, not
/// sent.</param>
internal readonly record struct LoadBounds(long WarmupNanos, long DurationNanos, long OperationsMax, int InFlightMax);

/// <summary>
/// When a run warms up, counts and ends. Without more the warm-up has its length; with a steady-state rule it goes on
/// until that holds or a bound is reached; or somebody else says when (of generators that work together, the one that
/// leads). The sending thread's.
/// </summary>
internal sealed class RunPhases
{
    private readonly LoadBounds _bounds;
    private readonly SteadyState? _steady;
    private readonly long _warmupNanosMax;
    private long _startNanos;
    private readonly RunLead? _lead;

    /// <param name="bounds">Lengths.</param>
    /// <param name="steady">Extends the warm-up until it holds; null for the fixed length.</param>
    /// <param name="warmupNanosMax">When to count all the same.</param>
    /// <param name="lead">Says when to count instead; null for nobody.</param>
    public RunPhases(LoadBounds bounds, SteadyState? steady, long warmupNanosMax, RunLead? lead = null)
    {
        _lead = lead;
        _bounds = bounds;
        _steady = steady;
        _warmupNanosMax = Math.Max(warmupNanosMax, bounds.WarmupNanos);
    }

    /// <summary>When the counted time begins; the far future until that is known.</summary>
    public long CountFromNanos { get; private set; } = long.MaxValue;

    /// <summary>When the run ends.</summary>
    public long EndNanos => CountFromNanos == long.MaxValue ? long.MaxValue : CountFromNanos + _bounds.DurationNanos;

    /// <summary>Seconds of warm-up, once known.</summary>
    public double WarmupSeconds => CountFromNanos == long.MaxValue ? 0 : (CountFromNanos - _startNanos) / 1e9;

    /// <summary>Whether a steady state was asked for and not reached.</summary>
    public bool IsUnsteady { get; private set; }

    public void Begin(long nowNanos)
    {
        _startNanos = nowNanos;
        if (_steady is null && _lead is null) CountFromNanos = nowNanos + _bounds.WarmupNanos;
    }

    /// <summary>Looks at a stretch that ended; may end the warm-up.</summary>
    public void Observe(Interval closed, long nowNanos)
    {
        if (CountFromNanos != long.MaxValue) return;
        var warmed = nowNanos - _startNanos;
        var isSteady = _steady?.Observe(closed) ?? false;
        var mayCount = _lead?.MayCount ?? (isSteady && warmed >= _bounds.WarmupNanos);
        if (mayCount) CountFromNanos = nowNanos;
        else if (warmed >= _warmupNanosMax)
        {
            IsUnsteady = true;
            CountFromNanos = nowNanos;
        }
    }
}

/// <summary>The word of the one that leads generators: when the counted time begins. Thread-safe.</summary>
internal sealed class RunLead
{
    private volatile bool _mayCount;

    /// <summary>Whether the word was given.</summary>
    public bool MayCount => _mayCount;

    /// <summary>Gives it; takes effect at the end of the stretch of time.</summary>
    public void Count() => _mayCount = true;
}
