namespace Hedgerow.Server.Simulation.Time;

/// <summary>
/// What is to happen, earliest first, and in the order it was made where times are equal. A heap of four children a
/// node, over two arrays: of the millions of events of a run each is moved a handful of times, so the moves are what a
/// simulation costs. One thread.
/// </summary>
internal sealed class EventHeap
{
    private const int Children = 4;
    private const int InitialCapacity = 1_024;

    private Entry[] _entries = new Entry[InitialCapacity];
    private int _count;
    private long _made;

    /// <summary>Events that wait.</summary>
    public int Count => _count;

    /// <summary>When the next one is due, in nanoseconds; the largest number when there is none.</summary>
    public long NextAt => _count == 0 ? long.MaxValue : _entries[0].At;

    /// <summary>Adds an event.</summary>
    public void Push(long at, SimEvent what)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        var entry = new Entry(at, _made++, what);
        var i = _count++;
        while (i > 0)
        {
            var parent = (i - 1) / Children;
            if (!entry.IsBefore(_entries[parent])) break;
            _entries[i] = _entries[parent];
            i = parent;
        }

        _entries[i] = entry;
    }

    /// <summary>Takes the next one out; there must be one.</summary>
    public SimEvent Pop(out long at)
    {
        var top = _entries[0];
        var last = _entries[--_count];
        _entries[_count] = default;
        if (_count > 0) Sink(last);
        at = top.At;
        return top.What;
    }

    private void Sink(Entry entry)
    {
        var i = 0;
        while (true)
        {
            var first = (i * Children) + 1;
            if (first >= _count) break;
            var least = first;
            var end = Math.Min(first + Children, _count);
            for (var child = first + 1; child < end; child++)
                if (_entries[child].IsBefore(_entries[least])) least = child;
            if (!_entries[least].IsBefore(entry)) break;
            _entries[i] = _entries[least];
            i = least;
        }

        _entries[i] = entry;
    }

    private readonly struct Entry
    {
        public readonly long At;
        public readonly SimEvent What;
        private readonly long _order;

        public Entry(long at, long order, SimEvent what)
        {
            At = at;
            _order = order;
            What = what;
        }

        public bool IsBefore(in Entry other) => At != other.At ? At < other.At : _order < other._order;
    }
}
