using System.Buffers;
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
/// keywords and its score. Blocks of a column whose lowest and highest value say that none of their documents makes it
/// are passed over. Where no key is the score, matches are found as bits, without being scored, and gone through block
/// by block, those first that begin the order; only what is a hit at the end is scored. Otherwise matches are gone
/// through one by one, one of eight blocks before the others, and are counted apart.
/// </remarks>
internal sealed class SortedHits
{
    /// <summary>Documents between two looks at the budget where no postings are read.</summary>
    private const int DocumentsPerLook = 256;

    /// <summary>One of so many blocks of a segment is gone through before the others.</summary>
    private const int FirstShare = 8;

    private static readonly SortKey[] ByScore = [new SortKey(SortKey.Score, true)];

    private readonly IndexSnapshot _snapshot;
    private readonly SearchBudget _budget;
    private readonly SortColumn[] _columns;
    private readonly SortedHit[] _heap;
    private readonly long[] _lastRanks;
    private readonly PageStart? _start;
    private readonly HitGroups? _groups;
    private readonly bool _ordersByScore;
    private int _count;
    private int _view;
    private int _lastPathRank;
    private long _firstsUpTo;

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
        _ordersByScore = Array.Exists(columns, column => column.Key.Field == SortKey.Score);
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

    /// <summary>Whether nothing was passed over, as there is room for more hits.</summary>
    public bool IsWhole => _start is null && _count < _heap.Length;

    /// <summary>Live documents of the segments that were gone through.</summary>
    public long Covered { get; private set; }

    /// <summary>Takes what a weight matches; blocks that have no hit are passed over where that is allowed.</summary>
    /// <param name="weight">The query.</param>
    /// <param name="upTo">A total above this may be too low, though not below the hits.</param>
    /// <returns>How many live documents match.</returns>
    public long Take(Weight weight, long upTo)
    {
        var scratch = SearchScratch.Take();
        long total = 0;
        for (_view = _snapshot.Views.Length - 1; _view >= 0 && _budget.Spend(); _view--)
        {
            var view = _snapshot.Views[_view];
            if (_view < _snapshot.Views.Length - 1) Covered += _snapshot.Views[_view + 1].LiveCount;
            if (view.LiveCount == 0) continue;
            _budget.BeginSegment();
            foreach (var column in _columns) column.Enter(view);
            _start?.Enter(view);
            _groups?.Enter(view);
            RankLast();
            total += Collect(view, weight, upTo - total, scratch);
        }

        if (_budget.Status == StatusCode.Ok) scratch.GiveBack();
        return total;
    }

    /// <summary>The hits in order. Ends the collection.</summary>
    /// <param name="scored">What scores those that have no score yet; null leaves them without.</param>
    /// <param name="from">The first that matters.</param>
    public SortedHit[] Sorted(Weight? scored, int from)
    {
        var hits = _heap.AsSpan(0, _count).ToArray();
        Array.Sort(hits, Compare);
        if (scored is not null && !_ordersByScore) Score(hits.AsSpan(Math.Min(from, hits.Length)), scored);
        return hits;
    }

    private void Score(Span<SortedHit> hits, Weight weight)
    {
        var order = new int[hits.Length];
        var places = new long[hits.Length];
        for (var i = 0; i < hits.Length; i++)
        {
            order[i] = i;
            places[i] = ((long)hits[i].Place.View << 32) | (uint)hits[i].Place.Document;
        }

        Array.Sort(places, order);
        Scorer? scorer = null;
        var view = -1;
        foreach (var i in order)
        {
            var place = hits[i].Place;
            if (place.View != view)
            {
                _budget.BeginSegment();
                scorer = weight.Open(_snapshot.Views[view = place.View], _budget);
            }

            if (scorer?.Advance(place.Document) == place.Document)
                hits[i] = hits[i] with { Place = place with { Score = (float)scorer.Score() } };
        }
    }

    private long Collect(SegmentView view, Weight weight, long left, SearchScratch scratch)
    {
        if (!_ordersByScore && weight.OpenClauses(view, _budget) is { } clauses
            && (left >= 0 || clauses.IsCountedAlone))
            return CollectBits(view, clauses, scratch);
        if (weight.Open(view, _budget) is not { } scorer) return 0;
        var isPassable = _heap.Length > 0 && _columns[0].TryZone(0, out _);
        var counted = isPassable ? CountApart(weight, view, left, scratch) : null;
        var walked = counted is null ? Walk(view, scorer, Zones.All) : WalkInParts(view, scorer, weight);
        return Math.Max(walked, counted ?? 0);
    }

    /// <summary>Finds all matches of a segment, then goes through them by blocks, from the start of the order on.
    /// </summary>
    /// <returns>How many live ones there are.</returns>
    private long CollectBits(SegmentView view, ClauseSet clauses, SearchScratch scratch)
    {
        var documents = view.Segment.DocumentCount;
        using var matches = new MatchBits(documents);
        var count = CountSearch.Give(view, clauses, matches, scratch, _budget);
        var zones = new List<(long First, int From)>();
        for (var at = 0; at < documents && _heap.Length > 0;)
        {
            var hasZone = _columns[0].TryZone(at, out var zone);
            zones.Add((hasZone ? zone.First(_columns[0].Key) : 0, at));
            at = hasZone ? zone.End : Scorer.End;
        }

        zones.Sort();

        // What was found until the time for finding was over counts, where a part is an answer.
        var isFound = _budget.Status == StatusCode.Ok;
        foreach (var (_, from) in zones)
        {
            var end = _columns[0].TryZone(from, out var zone) ? Math.Min(zone.End, documents) : documents;
            if (zone.End > 0 && !MayHaveHit(zone, from)) continue;
            var looked = 0;
            for (var document = matches.Next(from, end); document < end; document = matches.Next(document + 1, end))
            {
                if (looked++ % DocumentsPerLook == 0 && !(isFound ? _budget.Spend() : _budget.HasRest)) return count;
                Offer(document, null);
            }
        }

        return count;
    }

    /// <summary>
    /// Counts the matches of a segment by themselves, so that not all have to be gone through; null where going through
    /// all costs less.
    /// </summary>
    private long? CountApart(Weight weight, SegmentView view, long left, SearchScratch scratch)
    {
        if (left < 0) return 0;
        if (weight.OpenClauses(view, _budget) is not { } clauses) return 0;
        return clauses.IsCountedAlone ? CountSearch.Count(view, clauses, left, scratch, _budget) : null;
    }

    /// <summary>Goes through the blocks that begin the order, then through those of the others that may still have a
    /// hit.</summary>
    private long WalkInParts(SegmentView view, Scorer scorer, Weight weight)
    {
        var firsts = new List<long>();
        for (var at = 0; at < view.Segment.DocumentCount;)
        {
            _columns[0].TryZone(at, out var zone);
            firsts.Add(zone.First(_columns[0].Key));
            at = zone.End;
        }

        firsts.Sort();
        _firstsUpTo = firsts[(firsts.Count - 1) / FirstShare];
        var walked = Walk(view, scorer, Zones.First);
        return weight.Open(view, _budget) is { } again ? walked + Walk(view, again, Zones.Others) : walked;
    }

    /// <summary>Offers the matches of a segment.</summary>
    /// <returns>How many live ones it came by.</returns>
    private long Walk(SegmentView view, Scorer scorer, Zones zones)
    {
        long count = 0;
        var zoneEnd = zones == Zones.All ? Scorer.End : 0;
        for (var document = scorer.Next(); document != Scorer.End;)
        {
            if (document >= zoneEnd)
            {
                var from = NextZone(document, view.Segment.DocumentCount, zones, out zoneEnd);
                if (from == Scorer.End) break;
                if (from > document)
                {
                    document = scorer.Advance(from);
                    continue;
                }
            }

            if (!BitWords.Has(view.Dead, document))
            {
                if (++count % DocumentsPerLook == 0 && !_budget.Spend()) break;
                Offer(document, scorer);
            }

            document = scorer.Next();
        }

        return count;
    }

    /// <summary>The first document from one on that may be a hit by the bounds of its zone, and where that ends.
    /// </summary>
    private int NextZone(int from, int documents, Zones zones, out int zoneEnd)
    {
        zoneEnd = Scorer.End;
        while (from < documents)
        {
            _columns[0].TryZone(from, out var zone);
            var isFirst = zone.First(_columns[0].Key) <= _firstsUpTo;
            if (isFirst == (zones == Zones.First) && MayHaveHit(zone, from))
            {
                zoneEnd = zone.End;
                return from;
            }

            // A block without a hit is work too.
            if (!_budget.Spend()) break;
            from = zone.End;
        }

        return Scorer.End;
    }

    /// <summary>Which blocks of a segment.</summary>
    private enum Zones
    {
        All,
        First,
        Others,
    }

    private bool MayHaveHit(in SortZone zone, int from)
    {
        if (_start is not null && !_start.MayBeBehind(zone)) return false;
        if (_count < _heap.Length) return true;
        // At the last hit's only key those of lower paths stand before it.
        var orAt = _columns.Length > 1 || from < _lastPathRank;
        return zone.MayStandBefore(_columns[0].Key, _heap[0].Values[0].IsMissing, _lastRanks[0], orAt);
    }

    /// <param name="document">A live match.</param>
    /// <param name="scorer">Stands on it; null where no key is the score.</param>
    private void Offer(int document, Scorer? scorer)
    {
        if (_heap.Length == 0 || (_start is not null && !_start.IsBehind(document, scorer!))) return;
        var isFull = _count == _heap.Length;
        if (isFull && !IsBeforeLast(document, scorer!)) return;
        var values = new SortCell[_columns.Length];
        for (var i = 0; i < values.Length; i++) values[i] = _columns[i].Read(document, scorer!);
        var group = _groups is null ? SortCell.Missing : _groups.Of(document, scorer!);
        var hit = new SortedHit(new HitPlace((float)(scorer?.Score() ?? 0), _view, document), values) { Group = group };
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

/// <summary>Matches of one segment as bits. Rented: to be disposed of.</summary>
internal sealed class MatchBits : IMatchSink, IDisposable
{
    private readonly ulong[] _words;

    public MatchBits(int documents)
    {
        var words = BitWords.For(documents);
        _words = ArrayPool<ulong>.Shared.Rent(words);
        _words.AsSpan(0, words).Clear();
    }

    /// <summary>The first match from a document on; <see cref="Scorer.End"/> if none is before another.</summary>
    public int Next(int from, int end) => BitWords.Next(_words.AsSpan(0, BitWords.For(end)), from);

    public void Take(ReadOnlySpan<int> documents)
    {
        foreach (var document in documents) _words[document >> 6] |= 1UL << document;
    }

    public bool TryTake(ReadOnlySpan<ulong> matches, int first)
    {
        matches.CopyTo(_words.AsSpan(first >> 6));
        return true;
    }

    public void Dispose() => ArrayPool<ulong>.Shared.Return(_words);
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
