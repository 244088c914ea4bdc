using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Leaf.Search.Queries;

namespace Hedgerow.Leaf.Search.Vectors;

/// <summary>What a search for the nearest wants.</summary>
/// <param name="Query">The vector, as it is compared; its memory is the caller's.</param>
/// <param name="K">How many.</param>
/// <param name="Candidates">How many graphs are searched for, all segments together.</param>
/// <param name="IsExact">Whether graphs are left alone.</param>
/// <param name="Vectors">Vectors of all segments.</param>
internal readonly record struct NearestWish(VectorRow Query, int K, int Candidates, bool IsExact, long Vectors)
{
    private const int ShareMin = 16;

    /// <summary>
    /// How many candidates to look for among some of the vectors: their likely part and two standard
    /// deviations more.
    /// </summary>
    public int Share(long vectors)
    {
        var part = (double)vectors / Vectors;
        var likely = Math.Ceiling((Candidates * part) + (2 * Math.Sqrt(Candidates * part * (1 - part))));
        return (int)Math.Min(Candidates, Math.Max(ShareMin, likely));
    }
}

/// <summary>Finds the nearest vectors of one segment. One search, one thread.</summary>
/// <remarks>
/// By the graph where the segment has one, else by comparing all that may be found. A filter is known before the search
/// begins, as a set of documents. Where it leaves no more than there are candidates, those are compared one by one; so
/// they are when the walk has compared as many as the filter leaves without coming to its end, which is how Lucene
/// falls back too, or at an end from which nothing led to enough of them: a walk costs at most twice the documents of
/// its filter. Of several segments each is walked for its likely part of the candidates, which may be less than what
/// is wanted: the caller walks those again whose part was all among the nearest. What a graph of codes found is
/// compared once more as it is, so that scores and order are exact.
/// </remarks>
internal readonly struct SegmentNearest
{
    /// <summary>Vectors compared for one look at the budget.</summary>
    private const int BlockVectors = 256;

    private readonly VectorColumn _column;
    private readonly SegmentField _field;
    private readonly VectorMetric _exact;
    private readonly Accepted _accepted;
    private readonly SearchBudget _budget;
    private readonly NearestHeap _heap;

    /// <param name="view">The segment, deletes and all.</param>
    /// <param name="field">A field of it that has vectors.</param>
    /// <param name="wanted">Documents that the filter matches; null for all.</param>
    /// <param name="heap">Working memory; gets the nearest, by score and document.</param>
    /// <param name="budget">What it spends.</param>
    public SegmentNearest(
        SegmentView view, SegmentField field, ulong[]? wanted, NearestHeap heap, SearchBudget budget)
    {
        _field = field;
        _column = field.Vectors!;
        _exact = new VectorMetric(_column.Options, isCoded: false);
        _accepted = new Accepted(_column, wanted, view.Dead);
        _heap = heap;
        _budget = budget;
    }

    /// <summary>Fills the heap.</summary>
    /// <param name="wish">What for.</param>
    /// <param name="counts">Counts how it was done.</param>
    /// <param name="isAgain">Whether a part was found that is not enough.</param>
    /// <returns>Whether there may be more as near that were not looked for.</returns>
    public bool Find(in NearestWish wish, VectorCounts counts, bool isAgain = false)
    {
        _heap.Clear(wish.K);
        var share = isAgain ? wish.Candidates : wish.Share(_column.Count);
        var left = _accepted.Wanted is null ? _column.Count : BitWords.Count(_accepted.Wanted);
        if (wish.IsExact || _field.Graph.IsNone || left <= wish.Candidates)
        {
            counts.Scanned();
            Scan(wish);
        }
        else if (Walk(wish, share, left))
        {
            counts.Walked();
            return share < wish.K;
        }
        else if (_budget.Status == Hedgerow.Protocol.StatusCode.Ok)
        {
            counts.FellBack();
            Scan(wish);
        }

        return false;
    }

    /// <summary>Whether it found so many.</summary>
    private bool Walk(in NearestWish wish, int candidates, int left)
    {
        var search = HnswSearch.Take();
        var metric = new VectorMetric(_column.Options, _column.HasCodes);
        var rows = new ColumnRows(_column);
        var isWhole = search.Find(
            _field.Graph, metric, rows, wish.Query, candidates, _accepted, left, _budget) && search.Found.IsFull;
        if (isWhole)
        {
            foreach (var key in search.Found.Sorted())
            {
                var ordinal = NearestHeap.NumberOf(key);
                var near = metric.IsCoded ? _exact.Near(wish.Query, rows[ordinal]) : NearestHeap.NearOf(key);
                Offer(near, _column.Document(ordinal));
            }
        }

        search.GiveBack();
        return isWhole;
    }

    private void Scan(in NearestWish wish)
    {
        if (_accepted.Wanted is { } wanted)
        {
            ScanWanted(wish, wanted);
            return;
        }

        for (var ordinal = 0; ordinal < _column.Count; ordinal++)
        {
            if (ordinal % BlockVectors == 0 && !_budget.Spend()) return;
            if (_accepted.Has(ordinal)) Offer(_exact.Near(wish.Query, _column[ordinal]), _column.Document(ordinal));
        }
    }

    private void ScanWanted(in NearestWish wish, ulong[] wanted)
    {
        var done = 0;
        for (var d = BitWords.Next(wanted, 0); d != int.MaxValue; d = BitWords.Next(wanted, d + 1))
        {
            if (done++ % BlockVectors == 0 && !_budget.Spend()) return;
            if (_field.Column.Count(d) == 0 || BitWords.Has(_accepted.Dead, d)) continue;
            Offer(_exact.Near(wish.Query, _column[(int)_field.Column[d, 0]]), d);
        }
    }

    /// <summary>By score rather than by nearness, since what is equal in the score is ordered by path.</summary>
    private void Offer(float near, int document) =>
        _heap.Offer(NearestHeap.KeyOf(VectorScore.Of(_column.Options.Similarity, near), document));
}
