using Hedgerow.LoadGen.Workload;

namespace Hedgerow.LoadGen.Wire;

/// <summary>A request that was written to a connection.</summary>
internal struct WireSlot
{
    public Operation Operation;

    /// <summary>When it was due, and when it was written.</summary>
    public long DueNanos;

    public long SentNanos;

    /// <summary>Replies still to come.</summary>
    public int RepliesLeft;

    /// <summary>The worst so far.</summary>
    public Outcome Outcome;

    /// <summary>Whether it was due in the counted time.</summary>
    public bool IsCounted;

    /// <summary>Whether the read of a read-modify-write was answered, and this is its write.</summary>
    public bool IsSecondHalf;
}

/// <summary>
/// The requests in flight of a connection, by their id: a ring that doubles when it is full, so that few in flight take
/// few cache lines.
/// </summary>
internal sealed class WireSlots
{
    /// <summary>Requests in flight at most.</summary>
    public const int CountMax = 1 << 14;

    private WireSlot[] _ring = new WireSlot[64];
    private uint _next;
    private uint _oldest;

    /// <summary>Requests written and not answered.</summary>
    public int Count { get; private set; }

    /// <summary>Id that the next request gets.</summary>
    public uint NextId => _next;

    /// <summary>The oldest request that was not answered, for protocols that answer in order.</summary>
    public uint OldestId => _oldest;

    /// <summary>Whether ids have run so far ahead of an answer that never came that there is no room.</summary>
    public bool IsFull => _next - _oldest >= CountMax;

    public ref WireSlot Add(in WireSlot slot)
    {
        if (_next - _oldest == _ring.Length) Grow();
        ref var place = ref this[_next++];
        place = slot;
        Count++;
        return ref place;
    }

    /// <summary>A request in flight by its id.</summary>
    public ref WireSlot this[uint id] => ref _ring[id & (_ring.Length - 1)];

    /// <summary>Whether a request of that id waits for replies.</summary>
    public bool Has(uint id) => id - _oldest < _next - _oldest && this[id].RepliesLeft > 0;

    /// <summary>Forgets a request whose replies have all come.</summary>
    public void Remove(uint id)
    {
        this[id].RepliesLeft = 0;
        Count--;
        while (_oldest != _next && this[_oldest].RepliesLeft == 0) _oldest++;
    }

    private void Grow()
    {
        var larger = new WireSlot[_ring.Length * 2];
        for (var id = _oldest; id != _next; id++) larger[id & (larger.Length - 1)] = this[id];
        _ring = larger;
    }
}
