using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>
/// What waits at a modelled leaf. Work that is over is passed over when its turn comes, and not counted before.
/// </summary>
internal sealed class LeafQueue
{
    private readonly Queue<LeafWork>? _fifo;
    private readonly PriorityQueue<LeafWork, (long Deadline, long Order)>? _sorted;
    private long _order;

    public LeafQueue(QueueOrder order)
    {
        if (order == QueueOrder.Fifo) _fifo = new Queue<LeafWork>();
        else _sorted = new PriorityQueue<LeafWork, (long, long)>();
    }

    /// <summary>Work that still waits.</summary>
    public int Length { get; private set; }

    public void Add(LeafWork work)
    {
        Length++;
        if (_fifo is not null) _fifo.Enqueue(work);
        else _sorted!.Enqueue(work, (work.Call?.DeadlineAt ?? long.MaxValue, _order++));
    }

    /// <summary>Takes the next out; null when nothing waits.</summary>
    public LeafWork? Take()
    {
        while (Length > 0)
        {
            var next = _fifo is not null ? _fifo.Dequeue() : _sorted!.Dequeue();
            if (next.State != WorkState.Waiting) continue;
            Length--;
            return next;
        }

        return null;
    }

    /// <summary>This one does not wait any more.</summary>
    public void Drop(LeafWork work)
    {
        work.State = WorkState.Over;
        Length--;
    }
}
