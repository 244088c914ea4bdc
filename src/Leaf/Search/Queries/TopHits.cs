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
/// Hits are 64-bit keys: the bits of the score, which rise with it as no score is negative, above the complement of the
/// document's number. Keys of one segment are in the order of their hits. Those of the first segment are appended to
/// an array until it holds half as many again as k, of which the best k are then kept by selection. That is cheaper
/// than a heap, whose every step is a branch that cannot be foreseen, and knows the worst hit nearly as early. From the
/// second segment on they are a heap, the worst on top, which reads paths only where hits of two segments score alike.
/// </remarks>
internal sealed class TopHits
{
    /// <summary>Far more than sums of doubles are off, far less than floats are apart.</summary>
    private const double Margin = 1 - 1e-12;

    /// <summary>Keys that are appended to the best k at least before the worst is looked for again.</summary>
    private const int KeysMore = 4;

    /// <summary>Rounds of a selection that goes well.</summary>
    private const int RoundsMax = 64;

    private const int FirstSizeMax = 1_024;

    private readonly IndexSnapshot _snapshot;
    private readonly int _size;
    private readonly ScoreStart? _start;
    private ulong[] _keys;
    private int[] _views = [];
    private int _count;
    private int _view = -1;
    private int _firstView = -1;
    private int _tieEnd;
    private ulong _least;
    private bool _isMixed;
    private bool _isAgain;

    /// <param name="snapshot">The segments.</param>
    /// <param name="size">k, 0 or more.</param>
    /// <param name="start">Behind which hit to begin; null begins with the best.</param>
    public TopHits(IndexSnapshot snapshot, int size, ScoreStart? start = null)
    {
        _start = start;
        _snapshot = snapshot;
        _size = size;
        _keys = size == 0 ? [] : new ulong[(Math.Min(size, FirstSizeMax) * 3 / 2) + KeysMore + Candidates.Size];
    }

    /// <summary>Hits so far.</summary>
    public int Count => Math.Min(_count, _size);

    /// <summary>
    /// What the sum of a document's clauses must reach to become a hit: a document that stays below never does.
    /// </summary>
    public double ScoreMin { get; private set; } = double.NegativeInfinity;

    /// <summary>Keys beyond which the array is cut down to the best k.</summary>
    private int CutAt => ScoreMin == double.NegativeInfinity ? _size : _size + Math.Max(_size / 2, KeysMore);

    /// <summary>Goes to a segment.</summary>
    public void BeginView(int view)
    {
        if (_count > 0 && !_isMixed) BeginHeap();
        if (_count == 0) _firstView = view;
        _view = view;
        _start?.Enter(_snapshot.Views[view]);
        _isAgain = false;
        if (_isMixed) FindTieEnd();
    }

    /// <summary>Goes back to the beginning of the segment, for documents that were not offered.</summary>
    public void BeginAgain()
    {
        _isAgain = true;
        if (_isMixed) FindTieEnd();
        else if (_least > 0) ScoreMin = LeastSum(ScoreOf(_least));
    }

    /// <summary>Offers the candidates, but those that are deleted.</summary>
    public void Offer(Candidates candidates, ulong[]? dead)
    {
        if (_size == 0) return;
        _start?.Filter(candidates);
        if (_isMixed) OfferToHeap(candidates, dead);
        else OfferToArray(candidates, dead);
    }

    /// <summary>The hits, best first. Ends the collection.</summary>
    public HitPlace[] Sorted()
    {
        if (!_isMixed)
        {
            Cut();
            _keys.AsSpan(0, _count).Sort();
        }

        var hits = new HitPlace[_count];
        for (var i = _count - 1; i >= 0; i--) hits[i] = _isMixed ? Pop() : PlaceOf(_keys[_count - 1 - i], _firstView);
        _count = hits.Length;
        return hits;
    }

    private void OfferToArray(Candidates candidates, ulong[]? dead)
    {
        if (_keys.Length < _count + candidates.Count)
            Array.Resize(ref _keys, Math.Max(_keys.Length * 2, _count + Candidates.Size));
        var documents = candidates.Documents.AsSpan(0, candidates.Count);
        var scores = candidates.Scores.AsSpan(0, documents.Length);
        var room = _keys.AsSpan(_count, documents.Length);
        var kept = 0;
        var least = _least;
        for (var i = 0; i < documents.Length; i++)
        {
            var key = KeyOf((float)scores[i], documents[i]);
            room[kept] = key;
            kept += key > least && !BitWords.Has(dead, documents[i]) ? 1 : 0;
        }

        _count += kept;
        if (_count >= CutAt) Cut();
    }

    /// <summary>Leaves the best k, of which the worst is then known.</summary>
    private void Cut()
    {
        if (_count < _size || _size == 0) return;
        var keys = _keys.AsSpan(0, _count);
        SelectBest(keys, _size);
        _count = _size;
        _least = keys[0];
        foreach (var key in keys[..Count]) _least = Math.Min(_least, key);
        // In its own segment all that follow stand behind it, the first time.
        var score = ScoreOf(_least);
        ScoreMin = LeastSum(_isAgain ? score : MathF.BitIncrement(score));
    }

    /// <summary>Moves the highest to the front.</summary>
    private static void SelectBest(Span<ulong> keys, int count)
    {
        for (var rounds = 0; count > 0 && keys.Length > count; rounds++)
        {
            if (rounds == RoundsMax)
            {
                keys.Sort();
                keys.Reverse();
                return;
            }

            // Whether a key is above is not foreseeable, so each is swapped and the border moves or not.
            var pivot = MiddleOf(keys[0], keys[keys.Length / 2], keys[^1]);
            var above = 0;
            for (var i = 0; i < keys.Length; i++)
            {
                var key = keys[i];
                keys[i] = keys[above];
                keys[above] = key;
                above += key > pivot ? 1 : 0;
            }

            if (above >= count)
            {
                keys = keys[..above];
                continue;
            }

            // Keys differ, so the pivot is the highest of the rest; it goes where it belongs.
            var at = above + keys[above..].IndexOf(pivot);
            (keys[above], keys[at]) = (keys[at], keys[above]);
            keys = keys[(above + 1)..];
            count -= above + 1;
        }
    }

    private static ulong MiddleOf(ulong a, ulong b, ulong c) =>
        Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));

    /// <summary>A rising array is a heap.</summary>
    private void BeginHeap()
    {
        Cut();
        _keys.AsSpan(0, _count).Sort();
        if (_keys.Length < _size) Array.Resize(ref _keys, _size);
        _views = new int[_size];
        _views.AsSpan().Fill(_firstView);
        _isMixed = true;
    }

    private void OfferToHeap(Candidates candidates, ulong[]? dead)
    {
        var documents = candidates.Documents;
        var scores = candidates.Scores;
        var least = ScoreMin;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (scores[i] < least || BitWords.Has(dead, documents[i])) continue;
            OfferToHeap(documents[i], (float)scores[i]);
            least = ScoreMin;
        }
    }

    private void OfferToHeap(int document, float score)
    {
        var key = KeyOf(score, document);
        if (_count < _size)
        {
            _keys[_count] = key;
            _views[_count] = _view;
            SiftUp(_count++);
            if (_count == _size) FindTieEnd();
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
        if (_count < _size) return;
        var worst = PlaceOf(_keys[0], _views[0]);
        // In its own segment all that follow stand behind it, the first time.
        var isOwn = worst.View == _view;
        _tieEnd = isOwn
            ? worst.Document
            : _snapshot.Views[_view].Segment.Paths.LowerBound(PathOf(worst));
        ScoreMin = LeastSum((isOwn && !_isAgain) || _tieEnd == 0 ? MathF.BitIncrement(worst.Score) : worst.Score);
    }

    private HitPlace Pop()
    {
        var worst = PlaceOf(_keys[0], _views[0]);
        _count--;
        _keys[0] = _keys[_count];
        _views[0] = _views[_count];
        SiftDown();
        return worst;
    }

    /// <summary>The least sum that becomes a score when it is cut to single precision, less a margin.</summary>
    private static double LeastSum(float score) => ((double)MathF.BitDecrement(score) + score) / 2 * Margin;

    private static ulong KeyOf(float score, int document) =>
        ((ulong)BitConverter.SingleToUInt32Bits(score) << 32) | ~(uint)document;

    private static float ScoreOf(ulong key) => BitConverter.UInt32BitsToSingle((uint)(key >> 32));

    private static HitPlace PlaceOf(ulong key, int view) => new(ScoreOf(key), view, (int)~(uint)key);

    private byte[] PathOf(in HitPlace hit) => _snapshot.Views[hit.View].Segment.Paths.Read(hit.Document);

    private bool IsWorse(ulong key, int view, ulong otherKey, int otherView)
    {
        if (view == otherView || key >> 32 != otherKey >> 32) return key < otherKey;
        var path = PathOf(PlaceOf(key, view));
        return path.AsSpan().SequenceCompareTo(PathOf(PlaceOf(otherKey, otherView))) > 0;
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
