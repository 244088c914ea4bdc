using System.Text;
using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Vectors;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The documents nearest to a vector. They are looked for before anything else of the query is opened, here or by all
/// shards together; what is opened is a list of them. One search.
/// </summary>
internal sealed class KnnWeight : Weight
{
    private readonly KnnQuery _query;
    private readonly QueryVector _vector;
    private readonly Weight? _filter;
    private readonly double _score;
    private readonly double _least;
    private readonly Dictionary<SegmentView, List<HitPlace>> _places = [];

    /// <param name="number">Its place among the tree's queries of this kind.</param>
    /// <param name="query">What for.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="filter">What documents have to match to be looked at; null for all.</param>
    /// <param name="score">What scores are multiplied by; 0 where they do not count.</param>
    public KnnWeight(int number, KnnQuery query, QueryVector vector, Weight? filter, double score)
    {
        Number = number;
        _query = query;
        _vector = vector;
        _filter = filter;
        _score = score;
        var similarity = vector.Options.Similarity;
        _least = Math.Max(
            query.ScoreMin ?? double.NegativeInfinity,
            query.Similarity is { } least ? VectorScore.Least(similarity, least) : double.NegativeInfinity);
    }

    /// <summary>Its place among the tree's queries of this kind.</summary>
    public int Number { get; }

    /// <summary>Finds the nearest of the shard: best first, equal ones by path.</summary>
    public List<HitPlace> Find(IndexSnapshot snapshot, VectorCounts counts, SearchBudget budget)
    {
        var heap = new NearestHeap();
        var all = new List<HitPlace>();
        var parts = new List<(int View, SegmentNearest Search, float Worst)>();
        var vectors = snapshot.Views.Sum(view => (long)(FieldOf(view)?.Vectors!.Count ?? 0));
        var wish = new NearestWish(_vector.Row, _query.K, _query.Candidates, _query.Exact, vectors);
        for (var i = 0; i < snapshot.Views.Length; i++)
        {
            var view = snapshot.Views[i];
            if (FieldOf(view) is not { } field || !budget.Spend()) continue;
            budget.BeginSegment();
            ulong[]? wanted = null;
            if (_filter is not null && !TryFilter(view, budget, out wanted)) continue;
            var search = new SegmentNearest(view, field, wanted, heap, budget);
            var isPart = search.Find(wish, counts);
            var worst = Take(heap, i, all);
            if (isPart) parts.Add((i, search, worst));
        }

        Cut(snapshot, all);
        var bar = all.Count < _query.K ? _least : all[^1].Score;
        foreach (var (i, search, worst) in parts)
        {
            // Its part was all among the nearest: a filter, deletes or the vectors themselves left most of them here.
            if (worst < bar || !budget.Spend()) continue;
            all.RemoveAll(place => place.View == i);
            search.Find(wish, counts, isAgain: true);
            Take(heap, i, all);
        }

        GC.KeepAlive(_vector);
        Cut(snapshot, all);
        return all;
    }

    /// <summary>What was found, for those who sum it up over shards.</summary>
    public NearestDocuments Report(IndexSnapshot snapshot, List<HitPlace> places) => new(
        _query.K,
        [
            .. places.Select(place => new NearestDocument(
                snapshot.Views[place.View].Segment.Paths.ReadText(place.Document), place.Score)),
        ]);

    /// <summary>Matches what was found here.</summary>
    public void Bind(IndexSnapshot snapshot, List<HitPlace> places)
    {
        foreach (var place in places) Add(snapshot.Views[place.View], place);
        foreach (var list in _places.Values) list.Sort((a, b) => a.Document.CompareTo(b.Document));
    }

    /// <summary>
    /// Matches those of some documents that live here and still have a vector that is near enough and match the filter:
    /// they may have been written again since they were found.
    /// </summary>
    public void Bind(IndexSnapshot snapshot, IReadOnlyList<NearestDocument> nearest, SearchBudget budget)
    {
        foreach (var document in nearest)
        {
            var path = Encoding.UTF8.GetBytes(document.Path);
            if (!snapshot.TryFind(path, out var view, out var number) || FieldOf(view) is not { } field) continue;
            if (field.Column.Count(number) == 0) continue;
            var score = ScoreOf(field, number);
            if (score >= _least) Add(view, new HitPlace(score, 0, number));
        }

        GC.KeepAlive(_vector);
        foreach (var (view, list) in _places)
        {
            list.Sort((a, b) => a.Document.CompareTo(b.Document));
            if (_filter is not null) Keep(list, _filter.Open(view, budget));
        }
    }

    /// <inheritdoc/>
    public override Scorer? Open(SegmentView view, SearchBudget budget) =>
        _places.TryGetValue(view, out var list) && list.Count > 0 ? new PlacesScorer(list, _score) : null;

    /// <inheritdoc/>
    public override Explanation? Explain(SegmentView view, int document, SearchBudget budget)
    {
        if (ScoreOf(view, document, budget) is not { } score) return null;
        var what = $"{_vector.Options.Similarity} of {_query.Field}, among the {_query.K} nearest";
        if (_score == 0) return new Explanation(0, what + "; it does not score", []);
        return new Explanation(
            (float)score,
            what,
            [
                new Explanation((float)_score, "boost", []),
                new Explanation((float)(score / _score), VectorScore.Describe(_vector.Options.Similarity), []),
            ]);
    }

    /// <summary>Adds what was found in a segment, as far as it is near enough.</summary>
    /// <returns>The worst score of all that was found.</returns>
    private float Take(NearestHeap heap, int view, List<HitPlace> all)
    {
        var worst = float.PositiveInfinity;
        foreach (var key in heap.Sorted())
        {
            worst = NearestHeap.NearOf(key);
            if (worst >= _least) all.Add(new HitPlace(worst, view, NearestHeap.NumberOf(key)));
        }

        return worst;
    }

    private void Cut(IndexSnapshot snapshot, List<HitPlace> all)
    {
        all.Sort((a, b) => Compare(snapshot, a, b));
        if (all.Count > _query.K) all.RemoveRange(_query.K, all.Count - _query.K);
    }

    private static int Compare(IndexSnapshot snapshot, in HitPlace a, in HitPlace b)
    {
        var byScore = b.Score.CompareTo(a.Score);
        if (byScore != 0) return byScore;
        if (a.View == b.View) return a.Document.CompareTo(b.Document);
        var path = snapshot.Views[a.View].Segment.Paths.Read(a.Document);
        return path.AsSpan().SequenceCompareTo(snapshot.Views[b.View].Segment.Paths.Read(b.Document));
    }

    private static void Keep(List<HitPlace> list, Scorer? filter)
    {
        list.RemoveAll(place =>
        {
            if (filter is not null && filter.Document < place.Document) filter.Advance(place.Document);
            return filter?.Document != place.Document;
        });
    }

    private SegmentField? FieldOf(SegmentView view) =>
        view.Segment.Field(_query.Field, FieldType.DenseVector) is { Vectors: not null } field ? field : null;

    private float ScoreOf(SegmentField field, int document)
    {
        var metric = new VectorMetric(_vector.Options, isCoded: false);
        var near = metric.Near(_vector.Row, field.Vectors![(int)field.Column[document, 0]]);
        return VectorScore.Of(_vector.Options.Similarity, near);
    }

    private void Add(SegmentView view, HitPlace place)
    {
        if (!_places.TryGetValue(view, out var list)) _places.Add(view, list = []);
        list.Add(place);
    }

    /// <summary>The documents of a segment that match the filter; false when there are none.</summary>
    private bool TryFilter(SegmentView view, SearchBudget budget, out ulong[]? wanted)
    {
        wanted = null;
        if (_filter!.Open(view, budget) is not { } scorer) return false;
        var documents = view.Segment.DocumentCount;
        if (budget.TakeMarks(documents) is not { } words) return false;
        for (var from = 0; from < documents && budget.Spend(); from += SearchScratch.MarkedDocuments)
        {
            var to = (int)Math.Min(documents, (long)from + SearchScratch.MarkedDocuments);
            scorer.Mark(words.AsSpan(from >> 6, BitWords.For(to - from)), from, from, to);
        }

        wanted = words;
        return true;
    }

    /// <summary>Some documents with a score each.</summary>
    private sealed class PlacesScorer(List<HitPlace> places, double factor) : Scorer
    {
        private int _at = -1;

        public override long Cost => places.Count;

        public override int KnownCount => places.Count;

        public override double Ceiling { get; } = places.Max(place => place.Score) * factor;

        public override int Next() => Document = ++_at < places.Count ? places[_at].Document : End;

        public override int Advance(int target)
        {
            while (Next() < target)
            {
            }

            return Document;
        }

        public override bool TryRewind()
        {
            (_at, Document) = (-1, -1);
            return true;
        }

        public override double Score() => places[_at].Score * factor;
    }
}
