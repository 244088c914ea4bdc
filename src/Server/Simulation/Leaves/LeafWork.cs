using Hedgerow.Server.Simulation.Network;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>Where a piece of work is.</summary>
internal enum WorkState
{
    Waiting,
    Running,

    /// <summary>Done, refused, or of no use to anybody any more.</summary>
    Over,
}

/// <summary>One request, or one piece of background work, at a modelled leaf. Its event is its end.</summary>
internal sealed class LeafWork : SimEvent
{
    private readonly ModelledLeaf _leaf;

    public LeafWork(ModelledLeaf leaf, SimCall? call, long serviceNanos, long now)
    {
        _leaf = leaf;
        Call = call;
        ServiceNanos = serviceNanos;
        CameAt = now;
    }

    /// <summary>Null for background work.</summary>
    public SimCall? Call { get; }

    /// <summary>What it takes on one core.</summary>
    public long ServiceNanos { get; }

    /// <summary>When it came, in nanoseconds.</summary>
    public long CameAt { get; }

    public long StartedAt { get; set; }

    /// <summary>Stalls of the leaf that its end was put off for.</summary>
    public long StallsSeen { get; set; }

    /// <summary>Its place among the running; the leaf's.</summary>
    public int Slot { get; set; }

    public WorkState State { get; set; }

    /// <summary>What stands for it in the queue of a leaf that sheds; that queue's.</summary>
    public LeafTurn? Turn { get; set; }

    public override void Run() => _leaf.OnEnd(this);
}
