using Hedgerow.Leaf;
using Hedgerow.Leaf.Scheduling;
using Hedgerow.Protocol;
using Hedgerow.Server.Simulation.Scenarios;
using Hedgerow.Server.Simulation.Time;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// What waits at a modelled leaf that sheds: the product's own queue, the very class that searches wait in at a real
/// leaf, with its order, its patience and its refusals.
/// </summary>
internal sealed class ShedQueue : ILeafQueue
{
    private readonly VirtualTime _time;
    private readonly DeadlineQueue _queue;

    public ShedQueue(VirtualTime time, LeafModel model, ShedModel shed)
    {
        _time = time;
        var options = new ShedOptions { Target = shed.Target, Interval = shed.Interval, SearchShare = shed.Share };
        _queue = new DeadlineQueue(model.QueueMax, model.Cores, options, time);
    }

    public int Length => _queue.Count;

    public bool TryAdd(LeafWork work) => _queue.TryAdd(work.Turn = new LeafTurn(work), _time.Now, out _);

    public LeafWork? Take(out bool isRefused)
    {
        var turn = (LeafTurn?)_queue.Take(_time.Now, out var refusal);
        isRefused = refusal is not null;
        return turn?.Work;
    }

    public LeafWork? TakeImpatient() => ((LeafTurn?)_queue.TakeImpatient(_time.Now, out _))?.Work;

    public void Drop(LeafWork work) => _queue.Remove(work.Turn!, _time.Now);

    public void Served(LeafWork work, long nanos) => _queue.Served(work.Turn!, nanos);
}

/// <summary>A piece of work as the product's queue sees it; one that others brought has no deadline.</summary>
internal sealed class LeafTurn(LeafWork work)
    : QueuedWork(work.Call?.Header.Opcode ?? Opcode.Ping, work.CameAt, work.Call?.DeadlineAt ?? long.MaxValue)
{
    public LeafWork Work => work;
}
