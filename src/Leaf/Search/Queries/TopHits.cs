using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>One hit before it is read.</summary>
internal readonly record struct HitPlace(float Score, int View, int Document);

/// <summary>
/// The best k of what is offered, segment by segment and in each in rising order: by score, equal scores by path.
/// Numbers are path order within a segment, so paths are only read to compare hits of different segments. One search.
/// </summary>
internal sealed class TopHits
{
    private readonly IndexSnapshot _snapshot;
    private readonly HitPlace[] _heap;
    private int _count;
    private int _view = -1;
    private int _tieEnd;

    /// <param name="snapshot">The segments.</param>
    /// <param name="size">k, 0 or more.</param>
    public TopHits(IndexSnapshot snapshot, int size)
    {
        _snapshot = snapshot;
        _heap = new HitPlace[size];
    }

    /// <summary>Hits so far.</summary>
    public int Count => _count;

    /// <summary>Goes to a segment.</summary>
    public void BeginView(int view)
    {
        _view = view;
        FindTieEnd();
    }

    /// <summary>Offers a document of the present segment.</summary>
    public void Offer(int document, float score)
    {
        if (_count < _heap.Length)
        {
            _heap[_count] = new HitPlace(score, _view, document);
            SiftUp(_count++);
            if (_count == _heap.Length) FindTieEnd();
            return;
        }

        if (_count == 0) return;
        var worst = _heap[0].Score;
        if (score < worst || (score == worst && document >= _tieEnd)) return;
        _heap[0] = new HitPlace(score, _view, document);
        SiftDown();
        FindTieEnd();
    }

    /// <summary>The hits, best first. Ends the collection.</summary>
    public HitPlace[] Sorted()
    {
        var hits = _heap.AsSpan(0, _count).ToArray();
        Array.Sort(hits, (a, b) => IsWorse(a, b) ? 1 : IsWorse(b, a) ? -1 : 0);
        return hits;
    }

    /// <summary>
    /// Documents of this segment below this number stand before the worst hit where their score is the same: those
    /// whose paths are lower.
    /// </summary>
    private void FindTieEnd()
    {
        if (_count < _heap.Length || _count == 0 || _view < 0) return;
        var worst = _heap[0];
        _tieEnd = worst.View == _view
            ? worst.Document
            : _snapshot.Views[_view].Segment.Paths.LowerBound(PathOf(worst));
    }

    private byte[] PathOf(in HitPlace hit) => _snapshot.Views[hit.View].Segment.Paths.Read(hit.Document);

    private bool IsWorse(in HitPlace a, in HitPlace b)
    {
        if (a.Score != b.Score) return a.Score < b.Score;
        if (a.View == b.View) return a.Document > b.Document;
        return PathOf(a).AsSpan().SequenceCompareTo(PathOf(b)) > 0;
    }

    private void SiftUp(int at)
    {
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!IsWorse(_heap[at], _heap[parent])) return;
            (_heap[at], _heap[parent]) = (_heap[parent], _heap[at]);
            at = parent;
        }
    }

    private void SiftDown()
    {
        for (var at = 0; ;)
        {
            var child = (at * 2) + 1;
            if (child >= _count) return;
            if (child + 1 < _count && IsWorse(_heap[child + 1], _heap[child])) child++;
            if (!IsWorse(_heap[child], _heap[at])) return;
            (_heap[at], _heap[child]) = (_heap[child], _heap[at]);
            at = child;
        }
    }
}
