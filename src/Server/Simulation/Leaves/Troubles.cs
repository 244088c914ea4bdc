using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// What befalls the leaves of a run: stalls that come again and again, faults at their times, others' work.
/// </summary>
internal sealed class Troubles
{
    private readonly VirtualTime _time;
    private readonly ModelledLeaf[] _leaves;
    private readonly ClusterLayout _layout;
    private readonly ModelledLinks[] _links;
    private readonly Random _random;

    public Troubles(
        VirtualTime time, ModelledLeaf[] leaves, ClusterLayout layout, ModelledLinks[] links, Random random)
    {
        _time = time;
        _leaves = leaves;
        _layout = layout;
        _links = links;
        _random = random;
    }

    /// <summary>Schedules all that a scenario has of them.</summary>
    public void Begin(Scenario scenario)
    {
        foreach (var rule in scenario.Stalls)
            foreach (var group in _layout.Groups(rule.Scope)) Await(rule, group);
        foreach (var fault in scenario.Faults) Schedule(fault);
        if (scenario.Leaves.Background is not { Rate: > 0 } background) return;
        var between = new Distribution.Exponential(VirtualTime.NanosPerSecond / background.Rate);
        foreach (var leaf in _leaves) AwaitWork(leaf, between, background.Service, new Random(_random.Next()));
    }

    private void Await(StallRule rule, int[] group) => _time.After(rule.Every.Draw(_random), () =>
    {
        var length = rule.Length.Draw(_random);
        foreach (var leaf in group)
        {
            if (rule.Factor == 0) _leaves[leaf].Stall(length);
            else _leaves[leaf].Slowness *= rule.Factor;
        }

        _time.After(length, () =>
        {
            if (rule.Factor != 0)
                foreach (var leaf in group) _leaves[leaf].Slowness /= rule.Factor;
            Await(rule, group);
        });
    });

    private void AwaitWork(ModelledLeaf leaf, Distribution between, Distribution service, Random random) =>
        _time.After(between.Draw(random), () =>
        {
            leaf.Occupy(service.Draw(random));
            AwaitWork(leaf, between, service, random);
        });

    private void Schedule(ScheduledFault fault)
    {
        var leaves = _layout.LeavesOf(fault);
        _time.After(VirtualTime.Nanos(fault.At), () =>
        {
            foreach (var leaf in leaves) Befall(fault, leaf);
        });
        if (fault.For == TimeSpan.Zero) return;
        _time.After(VirtualTime.Nanos(fault.At + fault.For), () =>
        {
            foreach (var leaf in leaves) End(fault, leaf);
        });
    }

    private void Befall(ScheduledFault fault, int place)
    {
        var leaf = _leaves[place];
        switch (fault.Kind)
        {
            case FaultKind.Crash: leaf.Crash(); break;
            case FaultKind.Pause: leaf.Stall(PauseOf(fault)); break;
            case FaultKind.Cut:
                foreach (var links in _links) links.Cut(place, true);
                break;
            default:
                leaf.Slowness *= fault.Factor;
                leaf.Late = fault.Late;
                break;
        }
    }

    private void End(ScheduledFault fault, int place)
    {
        var leaf = _leaves[place];
        switch (fault.Kind)
        {
            case FaultKind.Crash: leaf.Start(); break;
            case FaultKind.Cut:
                foreach (var links in _links) links.Cut(place, false);
                break;
            case FaultKind.Slow:
                leaf.Slowness /= fault.Factor;
                leaf.Late = Distribution.Zero;
                break;
        }
    }

    private static long PauseOf(ScheduledFault fault) =>
        fault.For == TimeSpan.Zero ? VirtualTime.Nanos(TimeSpan.FromDays(1)) : VirtualTime.Nanos(fault.For);
}
