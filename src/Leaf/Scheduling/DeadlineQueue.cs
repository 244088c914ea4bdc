using System.Diagnostics.CodeAnalysis;

namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// What waits for one of a few servers: the nearest deadline goes first, equal ones in the order they came. Says who is
/// refused, when and why. It has no threads, no lock and no clock of its own: the leaf's pool of searches puts threads
/// behind it, a simulation cores of virtual time. One caller at a time.
/// </summary>
/// <remarks>
/// Ways out before work begins: the queue is full; those ahead would take longer than the time it has; the queue stands
/// and it has waited its share; its turn comes with too little time left. <see cref="Shedder"/> decides.
/// </remarks>
public sealed class DeadlineQueue
{
    private readonly RequestHeap _turns = new(slot: 0);
    private readonly RequestHeap _patience = new(slot: 1);
    private readonly Shedder _shedder;
    private readonly int _most;
    private readonly int _servers;
    private long _order;

    /// <param name="most">May wait at once.</param>
    /// <param name="servers">Serve at the same time.</param>
    /// <param name="options">When to shed.</param>
    /// <param name="time">Whose timestamps the ticks are.</param>
    public DeadlineQueue(int most, int servers, ShedOptions options, TimeProvider time)
        : this(most, servers, options, new LeafClock(time))
    {
    }

    internal DeadlineQueue(int most, int servers, ShedOptions options, LeafClock clock)
    {
        _most = most;
        _servers = servers;
        _shedder = new Shedder(options, options.SearchShare, clock);
    }

    /// <summary>That wait.</summary>
    public int Count => _turns.Count;

    /// <summary>Whether it does not get shorter.</summary>
    public bool Stands => _shedder.Stands;

    /// <summary>What was refused.</summary>
    internal ShedCounts Shed => _shedder.Counts;

    /// <summary>Puts one in; or says why not.</summary>
    public bool TryAdd(QueuedWork work, long now, [NotNullWhen(false)] out string? refusal)
    {
        refusal = Refusal(work, now);
        if (refusal is not null) return false;
        _turns.Add(work, work.DeadlineTicks, _order);
        _patience.Add(work, _shedder.PatienceEnd(work), _order++);
        _shedder.Join(now);
        return true;
    }

    /// <summary>Takes this one out; false when it is not here.</summary>
    public bool Remove(QueuedWork work, long now)
    {
        if (!_turns.Remove(work)) return false;
        _patience.Remove(work);
        _shedder.Leave(now);
        return true;
    }

    /// <summary>Takes the next one; null when none waits. With a refusal it is not to be served.</summary>
    public QueuedWork? Take(long now, out string? refusal)
    {
        refusal = null;
        if (_turns.Count == 0) return null;
        if (TakeImpatient(now, out refusal) is { } waited) return waited;
        var next = _turns.First.Request;
        Remove(next, now);
        refusal = _turns.Count > 0 ? _shedder.Hopeless(next, now) : null;
        return next;
    }

    /// <summary>Takes one that has waited enough, if others wait too; null when there is none.</summary>
    public QueuedWork? TakeImpatient(long now, out string? why)
    {
        why = null;
        if (!_shedder.Stands || _turns.Count < 2) return null;
        var first = _patience.First.Request;
        why = _shedder.Impatient(first, now);
        if (why is null) return null;
        Remove(first, now);
        return first;
    }

    /// <summary>Takes the next whatever it waited; null when none waits.</summary>
    public QueuedWork? TakeAny(long now)
    {
        if (_turns.Count == 0) return null;
        var next = _turns.First.Request;
        Remove(next, now);
        return next;
    }

    /// <summary>One was served, in this time.</summary>
    public void Served(QueuedWork work, long ticks) => _shedder.Times.Add(work.Opcode, ticks);

    private string? Refusal(QueuedWork work, long now)
    {
        if (_turns.Count >= _most)
        {
            _shedder.Counts.Full();
            return $"{_turns.Count} searches wait; at most {_most} may.";
        }

        var isPatient = work.DeadlineTicks == long.MaxValue || _shedder.Times.Mean == 0;
        return isPatient ? null : _shedder.TooLate(work, now, _turns.CountUpTo(work.DeadlineTicks), _servers);
    }
}
