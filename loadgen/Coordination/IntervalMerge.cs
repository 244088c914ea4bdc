using Hedgerow.LoadGen.Measuring;
using Hedgerow.LoadGen.Running;

namespace Hedgerow.LoadGen.Coordination;

/// <summary>
/// Puts the stretches of time of several agents side by side as they come, tells of each when all have it, and decides
/// for all when the warm-up is over. Thread-safe.
/// </summary>
internal sealed class IntervalMerge
{
    private readonly Lock _gate = new();
    private readonly Queue<Interval>[] _waiting;
    private readonly Action<Interval> _onInterval;
    private readonly RunPhases? _phases;
    private bool _saidCount;

    public IntervalMerge(int agents, RunRequest request, Action<Interval> onInterval)
    {
        _waiting = [.. Enumerable.Range(0, agents).Select(_ => new Queue<Interval>())];
        _onInterval = onInterval;
        if (!request.UntilSteady) return;
        _phases = request.Phases();
        _phases.Begin(0);
    }

    /// <summary>Whether a steady state was asked for and not reached.</summary>
    public bool IsUnsteady => _phases?.IsUnsteady ?? false;

    /// <summary>Takes up one of an agent's; true when all agents are to count from now on.</summary>
    public bool Take(int agent, Interval interval)
    {
        lock (_gate)
        {
            _waiting[agent].Enqueue(interval);
            if (_waiting.Any(queue => queue.Count == 0)) return false;
            var merged = RunOutcome.MergeIntervals(
                [.. _waiting.Select(queue => (IReadOnlyList<Interval>)[queue.Dequeue()])]);
            foreach (var one in merged) _onInterval(one);
            if (_phases is null || _saidCount) return false;
            _phases.Observe(merged[0], merged[0].EndNanos);
            return _saidCount = _phases.CountFromNanos != long.MaxValue;
        }
    }
}
