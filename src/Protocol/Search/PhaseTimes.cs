namespace Hedgerow.Protocol;

/// <summary>Times one phase of a search after another, for its profile. One thread at a time.</summary>
/// <param name="time">The clock.</param>
public sealed class PhaseTimes(TimeProvider time)
{
    private readonly List<SearchPhase> _phases = [];
    private long _startedAt = time.GetTimestamp();

    /// <summary>Those that have ended, in order.</summary>
    public IReadOnlyList<SearchPhase> Phases => _phases;

    /// <summary>Ends the phase that has been running, and begins the next.</summary>
    public void End(string phase)
    {
        var now = time.GetTimestamp();
        _phases.Add(new SearchPhase(phase, (long)time.GetElapsedTime(_startedAt, now).TotalMicroseconds));
        _startedAt = now;
    }
}
