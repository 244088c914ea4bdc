namespace Hedgerow.Leaf.Search.Indexing;

/// <summary>
/// The sources of a merge, the one that stands lowest on top. A binary heap of their numbers. One thread.
/// </summary>
internal sealed class SourceHeap
{
    private readonly Comparison<int> _compare;
    private readonly List<int> _heap = [];

    /// <param name="compare">Compares where two sources stand; the lower number first where they stand equal.</param>
    public SourceHeap(Comparison<int> compare) => _compare = compare;

    public int Count => _heap.Count;

    /// <summary>The source that stands lowest.</summary>
    public int Top => _heap[0];

    public void Push(int source)
    {
        _heap.Add(source);
        var at = _heap.Count - 1;
        while (at > 0 && Less(at, (at - 1) / 2))
        {
            Swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// <summary>Puts the top in its place again after it moved on, or takes it out when it has ended.</summary>
    public void Moved(bool ended)
    {
        if (ended)
        {
            _heap[0] = _heap[^1];
            _heap.RemoveAt(_heap.Count - 1);
        }

        for (var at = 0; ;)
        {
            var child = (at * 2) + 1;
            if (child >= _heap.Count) return;
            if (child + 1 < _heap.Count && Less(child + 1, child)) child++;
            if (!Less(child, at)) return;
            Swap(child, at);
            at = child;
        }
    }

    private bool Less(int a, int b)
    {
        var order = _compare(_heap[a], _heap[b]);
        return order != 0 ? order < 0 : _heap[a] < _heap[b];
    }

    private void Swap(int a, int b) => (_heap[a], _heap[b]) = (_heap[b], _heap[a]);
}
