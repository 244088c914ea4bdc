namespace Hedgerow.Leaf.Scheduling;

/// <summary>
/// Waiting requests, the least key first and equal ones in the order they came. Each knows its place, so that it can
/// leave from anywhere in logarithmic time. A binary heap; one caller at a time.
/// </summary>
/// <param name="slot">Which of a request's places is this heap's: 0 or 1.</param>
internal sealed class RequestHeap(int slot)
{
    private Row[] _rows = new Row[16];

    public int Count { get; private set; }

    /// <summary>The first, and its key; only when there is one.</summary>
    public (QueuedWork Request, long Key) First => (_rows[0].Request, _rows[0].Key);

    public void Add(QueuedWork request, long key, long order)
    {
        if (Count == _rows.Length) Array.Resize(ref _rows, 2 * Count);
        Rise(Count++, new Row(request, key, order));
    }

    /// <summary>False when it is not here.</summary>
    public bool Remove(QueuedWork request)
    {
        var at = PlaceOf(request);
        if (at < 0) return false;
        PlaceOf(request) = -1;
        var last = _rows[--Count];
        _rows[Count] = default;
        if (at == Count) return true;
        if (at > 0 && last.IsBefore(_rows[(at - 1) / 2])) Rise(at, last);
        else Sink(at, last);
        return true;
    }

    /// <summary>Requests whose key is at most this one; what is behind it is not looked at.</summary>
    public int CountUpTo(long key) => CountFrom(0, key);

    private int CountFrom(int at, long key) => at >= Count || _rows[at].Key > key
        ? 0
        : 1 + CountFrom((2 * at) + 1, key) + CountFrom((2 * at) + 2, key);

    private void Rise(int at, Row row)
    {
        while (at > 0 && row.IsBefore(_rows[(at - 1) / 2]))
        {
            Put(at, _rows[(at - 1) / 2]);
            at = (at - 1) / 2;
        }

        Put(at, row);
    }

    private void Sink(int at, Row row)
    {
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= Count) break;
            if (child + 1 < Count && _rows[child + 1].IsBefore(_rows[child])) child++;
            if (!_rows[child].IsBefore(row)) break;
            Put(at, _rows[child]);
            at = child;
        }

        Put(at, row);
    }

    private void Put(int at, Row row)
    {
        _rows[at] = row;
        PlaceOf(row.Request) = at;
    }

    private ref int PlaceOf(QueuedWork request) => ref request.Places[slot];

    private readonly record struct Row(QueuedWork Request, long Key, long Order)
    {
        public bool IsBefore(in Row other) => Key != other.Key ? Key < other.Key : Order < other.Order;
    }
}
