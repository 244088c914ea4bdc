using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// The rule by which a modelled leaf sheds: CoDel's (Nichols and Jacobson 2012), over what those waited whose turn
/// came.
/// </summary>
internal sealed class StandingQueue
{
    private readonly long _targetNanos;
    private readonly long _intervalNanos;
    private readonly double _share;
    private long? _longSince;

    public StandingQueue(ShedModel model)
    {
        _targetNanos = VirtualTime.Nanos(model.Target);
        _intervalNanos = VirtualTime.Nanos(model.Interval);
        _share = model.Share;
    }

    /// <summary>
    /// Whether this one, whose turn has come, is refused: the queue stands, and it has waited its share.
    /// </summary>
    public bool Refuses(LeafWork work, long now)
    {
        var waited = now - work.CameAt;
        if (waited <= _targetNanos)
        {
            _longSince = null;
            return false;
        }

        _longSince ??= now;
        if (now - _longSince < _intervalNanos || work.Call is not { } call) return false;
        var patience = call.DeadlineAt == long.MaxValue ? 0 : (call.DeadlineAt - work.CameAt) * _share;
        return waited > Math.Max(_targetNanos, patience);
    }
}
