using Hedgerow.Server.Simulation.Scenarios;

namespace Hedgerow.Server.Simulation.Leaves;

/// <summary>What waits at a modelled leaf.</summary>
internal interface ILeafQueue
{
    /// <summary>Work that still waits.</summary>
    int Length { get; }

    /// <summary>Puts one in; false when it is refused.</summary>
    bool TryAdd(LeafWork work);

    /// <summary>Takes the next out; null when nothing waits.</summary>
    LeafWork? Take(out bool isRefused);

    /// <summary>Takes one out that is refused, as it has waited enough; null when there is none.</summary>
    LeafWork? TakeImpatient();

    /// <summary>This one does not wait any more.</summary>
    void Drop(LeafWork work);

    /// <summary>One that was taken out was served, in this time.</summary>
    void Served(LeafWork work, long nanos);
}

/// <summary>
/// The queue of a leaf that sheds nothing. Work that is over is passed over when its turn comes, and not counted
/// before.
/// </summary>
internal sealed class LeafQueue : ILeafQueue
{
    private readonly int _most;
    private readonly Queue<LeafWork>? _fifo;
    private readonly PriorityQueue<LeafWork, (long Deadline, long Order)>? _sorted;
    private long _order;

    public LeafQueue(LeafModel model)
    {
        _most = model.QueueMax;
        if (model.Order == QueueOrder.Fifo) _fifo = new Queue<LeafWork>();
        else _sorted = new PriorityQueue<LeafWork, (long, long)>();
    }

    public int Length { get; private set; }

    public bool TryAdd(LeafWork work)
    {
        // Other people's work does not ask.
        if (Length >= _most && work.Call is not null) return false;
        Length++;
        if (_fifo is not null) _fifo.Enqueue(work);
        else _sorted!.Enqueue(work, (work.Call?.DeadlineAt ?? long.MaxValue, _order++));
        return true;
    }

    public LeafWork? Take(out bool isRefused)
    {
        isRefused = false;
        while (Length > 0)
        {
            var next = _fifo is not null ? _fifo.Dequeue() : _sorted!.Dequeue();
            if (next.State != WorkState.Waiting) continue;
            Length--;
            return next;
        }

        return null;
    }

    public LeafWork? TakeImpatient() => null;

    public void Drop(LeafWork work) => Length--;

    public void Served(LeafWork work, long nanos)
    {
    }
}
