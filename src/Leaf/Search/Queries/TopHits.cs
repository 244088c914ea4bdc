using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>One hit before it is read.</summary>
internal readonly record struct HitPlace(float Score, int View, int Document);

/// <summary>
/// The collector: the best k of what is offered, segment by segment and in each in rising order: by score, equal scores
/// by path. Numbers are path order within a segment, so paths are only read to compare hits of different segments. One
/// search.
/// </summary>
/// <remarks>
/// A heap of 64-bit keys, the worst on top: the bits of the score, which rise with it as no score is negative, above
/// the complement of the document's number. Keys of one segment are in the order of their hits; only where two
/// segments' hits have the same score does the heap look further.
/// </remarks>
internal sealed class TopHits
{
    /// <summary>Far more than sums of doubles are off, far less than floats are apart.</summary>
    private const double Margin = 1 - 1e-12;

    private readonly IndexSnapshot _snapshot;
    private readonly ulong[] _keys;
    private readonly int[] _views;
    private int _count;
    private int _view = -1;
    private int _tieEnd;
    private bool _isMixed;
    private bool _isAgain;

    /// <param name="snapshot">The segments.</param>
    /// <param name="size">k, 0 or more.</param>
    public TopHits(IndexSnapshot snapshot, int size)
    {
        _snapshot = snapshot;
        _keys = new ulong[size];
        _views = new int[size];
    }

    /// <summary>Hits so far.</summary>
    public int Count => _count;

    /// <summary>
    /// What the sum of a document's clauses must reach to become a hit: a document that stays below never does.
    /// </summary>
    public double ScoreMin { get; private set; } = double.NegativeInfinity;

    /// <summary>Goes to a segment.</summary>
    public void BeginView(int view)
    {
        _isMixed |= _count > 0;
        _view = view;
        _isAgain = false;
        FindTieEnd();
    }

    /// <summary>Goes back to the beginning of the segment, for documents that were not offered.</summary>
    public void BeginAgain()
    {
        _isAgain = true;
        FindTieEnd();
    }

    /// <summary>Offers the candidates, but those that are deleted.</summary>
    public void Offer(Candidates candidates, ulong[]? dead)
    {
        if (_keys.Length == 0) return;
        var documents = candidates.Documents;
        var scores = candidates.Scores;
        var least = ScoreMin;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (scores[i] < least || BitWords.Has(dead, documents[i])) continue;
            Offer(documents[i], (float)scores[i]);
            least = ScoreMin;
        }
    }

    /// <summary>The hits, best first. Ends the collection.</summary>
    public HitPlace[] Sorted()
    {
        var hits = new HitPlace[_count];
        for (var i = _count - 1; i >= 0; i--)
        {
            hits[i] = Place(0);
            _count--;
            _keys[0] = _keys[_count];
            _views[0] = _views[_count];
            SiftDown();
        }

        _count = hits.Length;
        return hits;
    }

    private void Offer(int document, float score)
    {
        var key = ((ulong)BitConverter.SingleToUInt32Bits(score) << 32) | ~(uint)document;
        if (_count < _keys.Length)
        {
            _keys[_count] = key;
            _views[_count] = _view;
            SiftUp(_count++);
            if (_count == _keys.Length) FindTieEnd();
            return;
        }

        var order = (key >> 32).CompareTo(_keys[0] >> 32);
        if (order < 0 || (order == 0 && document >= _tieEnd)) return;
        _keys[0] = key;
        _views[0] = _view;
        SiftDown();
        FindTieEnd();
    }

    /// <summary>
    /// Documents of this segment below this number stand before the worst hit where their score is the same: those
    /// whose paths are lower.
    /// </summary>
    private void FindTieEnd()
    {
        if (_count < _keys.Length || _count == 0 || _view < 0) return;
        var worst = Place(0);
        // In its own segment all that follow stand behind it, the first time.
        var isOwn = worst.View == _view;
        _tieEnd = isOwn
            ? worst.Document
            : _snapshot.Views[_view].Segment.Paths.LowerBound(PathOf(worst));
        ScoreMin = LeastSum((isOwn && !_isAgain) || _tieEnd == 0 ? MathF.BitIncrement(worst.Score) : worst.Score);
    }

    /// <summary>The least sum that becomes a score when it is cut to single precision, less a margin.</summary>
    private static double LeastSum(float score) => ((double)MathF.BitDecrement(score) + score) / 2 * Margin;

    private HitPlace Place(int at) => new(
        BitConverter.UInt32BitsToSingle((uint)(_keys[at] >> 32)), _views[at], (int)~(uint)_keys[at]);

    private byte[] PathOf(in HitPlace hit) => _snapshot.Views[hit.View].Segment.Paths.Read(hit.Document);

    private bool IsWorse(ulong key, int view, ulong otherKey, int otherView)
    {
        if (view == otherView || key >> 32 != otherKey >> 32) return key < otherKey;
        var path = _snapshot.Views[view].Segment.Paths.Read((int)~(uint)key);
        var other = _snapshot.Views[otherView].Segment.Paths.Read((int)~(uint)otherKey);
        return path.AsSpan().SequenceCompareTo(other) > 0;
    }

    private void SiftUp(int at)
    {
        var (key, view) = (_keys[at], _views[at]);
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (!IsWorse(key, view, _keys[parent], _views[parent])) break;
            _keys[at] = _keys[parent];
            _views[at] = _views[parent];
            at = parent;
        }

        _keys[at] = key;
        _views[at] = view;
    }

    private void SiftDown()
    {
        if (_isMixed) SiftDownMixed();
        else if (_count > 1) SiftDownKeys(_keys.AsSpan(0, _count));
    }

    /// <summary>As long as all hits are of one segment, keys say all.</summary>
    private static void SiftDownKeys(Span<ulong> keys)
    {
        var key = keys[0];
        var at = 0;
        for (var child = 1; child < keys.Length; child = (at * 2) + 1)
        {
            // Which child is worse is a coin toss, so it is computed rather than branched on.
            if (child + 1 < keys.Length) child += keys[child + 1] < keys[child] ? 1 : 0;
            if (keys[child] >= key) break;
            keys[at] = keys[child];
            at = child;
        }

        keys[at] = key;
    }

    private void SiftDownMixed()
    {
        var (key, view) = (_keys[0], _views[0]);
        var at = 0;
        for (var child = 1; child < _count; child = (at * 2) + 1)
        {
            var next = child + 1;
            if (next < _count && IsWorse(_keys[next], _views[next], _keys[child], _views[child])) child = next;
            if (!IsWorse(_keys[child], _views[child], key, view)) break;
            _keys[at] = _keys[child];
            _views[at] = _views[child];
            at = child;
        }

        _keys[at] = key;
        _views[at] = view;
    }
}
