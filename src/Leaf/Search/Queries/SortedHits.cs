using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// The first k of what a weight matches, by keys of the request instead of by score; ties by path. One search.
/// </summary>
/// <remarks>
/// In a segment every key of a document is a rank: a number that orders as the key does there (the value itself, the
/// ordinal of a keyword, the document's number for its path). The last hit that is kept is ranked in each segment anew,
/// so that a document which does not make it costs a comparison or two of integers; only what is taken reads its
/// keywords and its score.
/// </remarks>
internal sealed class SortedHits
{
    /// <summary>Documents between two looks at the budget where no postings are read.</summary>
    private const int DocumentsPerLook = 256;

    private static readonly SortKey[] ByScore = [new SortKey(SortKey.Score, true)];

    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly SortColumn[] _columns;
    private readonly SortedHit[] _heap;
    private readonly long[] _lastRanks;
    private readonly PageStart? _start;
    private readonly HitGroups? _groups;
    private int _count;
    private int _view;
    private int _lastPathRank;

    private SortedHits(
        IndexSnapshot snapshot, SearchBudget budget, SortColumn[] columns, PageStart? start, HitGroups? groups,
        int size)
    {
        _start = start;
        _groups = groups;
        _snapshot = snapshot;
        _budget = budget;
        _columns = columns;
        _heap = new SortedHit[size];
        _lastRanks = new long[columns.Length];
    }

    /// <summary>A collector for a request with sort keys, or with groups; without keys they are by score.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="fields">The schema.</param>
    /// <param name="snapshot">Where.</param>
    /// <param name="budget">What it may spend.</param>
    /// <param name="problem">Why there is none, apart from that none is asked for.</param>
    public static SortedHits? For(
        SearchRequest request,
        CollectionFields fields,
        IndexSnapshot snapshot,
        SearchBudget budget,
        out string? problem)
    {
        problem = request.Sort.Count > SortKey.KeysMax
            ? $"{request.Sort.Count} sort keys are given; at most {SortKey.KeysMax} are allowed"
            : null;
        if (request.Sort.Count == 0 && request.Collapse is null) return null;
        var columns = new List<SortColumn>();
        foreach (var key in request.Sort.Count > 0 ? request.Sort : ByScore)
            if (problem is null && SortColumn.Of(key, fields, out problem) is { } column) columns.Add(column);
        if (problem is not null) return null;
        SortColumn[] all = [.. columns];
        var start = PageStart.Of(request.After, all, out problem);
        if (problem is not null) return null;
        var groups = HitGroups.For(request, fields, out problem);

        // Of a group that was on the last page nothing is on this one.
        if (groups is not null) start = start?.OfFirstKey();
        return problem is null
            ? new SortedHits(snapshot, budget, all, start, groups, request.From + request.Size)
            : null;
    }

    /// <summary>Which hits are one; null where each is its own.</summary>
    public HitGroups? Groups => _groups;

    /// <summary>What hits are ordered by.</summary>
    public IReadOnlyList<SortColumn> Columns => _columns;

    /// <summary>Live documents of the segments that were gone through.</summary>
    public long Covered { get; private set; }

    /// <summary>Takes all that a weight matches.</summary>
    /// <returns>How many live documents.</returns>
    public long Take(Weight weight)
    {
        long total = 0;
        for (_view = 0; _view < _snapshot.Views.Length && _budget.Spend(); _view++)
        {
            var view = _snapshot.Views[_view];
            if (_view > 0) Covered += _snapshot.Views[_view - 1].LiveCount;
            if (view.LiveCount == 0 || weight.Open(view, _budget) is not { } scorer) continue;
            foreach (var column in _columns) column.Enter(view);
            _start?.Enter(view);
            _groups?.Enter(view);
            RankLast();
            for (var document = scorer.Next(); document != Scorer.End; document = scorer.Next())
            {
                if (BitWords.Has(view.Dead, document)) continue;
                if (++total % DocumentsPerLook == 0 && !_budget.Spend()) return total;
                Offer(document, scorer);
            }
        }

        return total;
    }

    /// <summary>The hits in order. Ends the collection.</summary>
    public SortedHit[] Sorted()
    {
        var hits = _heap.AsSpan(0, _count).ToArray();
        Array.Sort(hits, Compare);
        return hits;
    }

    private void Offer(int document, Scorer scorer)
    {
        if (_heap.Length == 0 || (_start is not null && !_start.IsBehind(document, scorer))) return;
        var isFull = _count == _heap.Length;
        if (isFull && !IsBeforeLast(document, scorer)) return;
        var values = new SortCell[_columns.Length];
        for (var i = 0; i < values.Length; i++) values[i] = _columns[i].Read(document, scorer);
        var group = _groups is null ? SortCell.Missing : _groups.Of(document, scorer);
        var hit = new SortedHit(new HitPlace((float)scorer.Score(), _view, document), values) { Group = group };
        if (_groups?.Best(group) is { } best)
        {
            if (Compare(hit, best) >= 0) return;
            Place(hit, best.Slot);
            SiftDown(best.Slot);
        }
        else if (isFull)
        {
            _groups?.Forget(_heap[0]);
            Place(hit, 0);
            SiftDown(0);
        }
        else
        {
            Place(hit, _count);
            SiftUp(_count++);
        }

        _groups?.Keep(hit);
        RankLast();
    }

    private void Place(SortedHit hit, int slot)
    {
        _heap[slot] = hit;
        hit.Slot = slot;
    }

    private bool IsBeforeLast(int document, Scorer scorer)
    {
        var last = _heap[0].Values;
        for (var i = 0; i < _columns.Length; i++)
        {
            var column = _columns[i];
            var hasRank = column.TryRank(document, scorer, out var rank);
            if (!hasRank && last[i].IsMissing) continue;
            if (!hasRank) return column.Key.MissingFirst;
            if (last[i].IsMissing) return !column.Key.MissingFirst;
            if (rank == _lastRanks[i]) continue;
            return rank < _lastRanks[i] != column.Key.Descending;
        }

        return document < _lastPathRank;
    }

    /// <summary>Where the last hit that is kept would stand in this segment.</summary>
    private void RankLast()
    {
        if (_count < _heap.Length || _count == 0) return;
        var last = _heap[0];
        for (var i = 0; i < _columns.Length; i++)
            if (!last.Values[i].IsMissing) _lastRanks[i] = _columns[i].RankOf(last.Values[i]);
        _lastPathRank = last.Place.View == _view
            ? last.Place.Document
            : _snapshot.Views[_view].Segment.Paths.LowerBound(PathOf(last));
    }

    private int Compare(SortedHit a, SortedHit b)
    {
        for (var i = 0; i < _columns.Length; i++)
        {
            var key = _columns[i].Key;
            var (x, y) = (a.Values[i], b.Values[i]);
            if (x.IsMissing != y.IsMissing) return x.IsMissing == key.MissingFirst ? -1 : 1;
            var order = x.CompareTo(y);
            if (order != 0) return key.Descending ? -order : order;
        }

        if (a.Place.View == b.Place.View) return a.Place.Document.CompareTo(b.Place.Document);
        return PathOf(a).AsSpan().SequenceCompareTo(PathOf(b));
    }

    private byte[] PathOf(SortedHit hit) => _snapshot.Views[hit.Place.View].Segment.Paths.Read(hit.Place.Document);

    private void SiftUp(int at)
    {
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (Compare(_heap[at], _heap[parent]) <= 0) return;
            Swap(at, parent);
            at = parent;
        }
    }

    private void Swap(int one, int other)
    {
        var hit = _heap[one];
        Place(_heap[other], one);
        Place(hit, other);
    }

    private void SiftDown(int at)
    {
        while (true)
        {
            var child = (at * 2) + 1;
            if (child >= _count) return;
            if (child + 1 < _count && Compare(_heap[child + 1], _heap[child]) > 0) child++;
            if (Compare(_heap[child], _heap[at]) <= 0) return;
            Swap(at, child);
            at = child;
        }
    }
}

/// <summary>A hit with what it was ordered by.</summary>
internal sealed record SortedHit(HitPlace Place, SortCell[] Values)
{
    /// <summary>The value of its group, where there are groups.</summary>
    public SortCell Group { get; init; }

    /// <summary>Where it stands in the collector's heap.</summary>
    public int Slot { get; set; }

    /// <summary>The values as a client gets them.</summary>
    public IReadOnlyList<SortValue> ForClient(IReadOnlyList<SortColumn> columns)
    {
        var values = new SortValue[Values.Length];
        for (var i = 0; i < values.Length; i++)
            if (!Values[i].IsMissing) values[i] = columns[i].ValueOf(Values[i]);
        return values;
    }
}

/// <summary>A value that hits of any segment compare by: a number, or bytes, or none.</summary>
internal readonly record struct SortCell(long Rank, byte[]? Text, bool IsMissing)
{
    /// <summary>Of a document that has none.</summary>
    public static readonly SortCell Missing = new(0, null, true);

    public int CompareTo(in SortCell other) =>
        Text is null ? Rank.CompareTo(other.Rank) : Text.AsSpan().SequenceCompareTo(other.Text);
}
