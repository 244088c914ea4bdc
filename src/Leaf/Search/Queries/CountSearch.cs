using Hedgerow.Leaf.Search.Indexing;
using Hedgerow.Protocol;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>Counts the matches of one segment without scoring any. One search, one thread.</summary>
/// <remarks>
/// What is known beforehand is not counted: the documents of a term, also where others are optional beside it; of two
/// terms joined by or, the sum less those that have both. Conjunctions are counted by arrays from the rarest clause on
/// (<see cref="Scorer.Take"/>, <see cref="Scorer.Keep"/>), or, where all their clauses are frequent, and disjunctions
/// always, by bit sets of 131,072 documents joined word by word.
/// </remarks>
internal sealed class CountSearch
{
    /// <summary>Probing a clause for a document costs about as much as marking so many of its documents.</summary>
    private const int ProbeCost = 8;

    private readonly SegmentView _view;
    private readonly SearchScratch _scratch;
    private readonly SearchBudget _budget;
    private readonly Scorer[] _excluded;

    private readonly long _upTo;
    private readonly IMatchSink? _sink;

    private CountSearch(
        SegmentView view, Scorer[] excluded, long upTo, SearchScratch scratch, SearchBudget budget,
        IMatchSink? sink = null)
    {
        _upTo = upTo;
        _sink = sink;
        _view = view;
        _scratch = scratch;
        _budget = budget;
        _excluded = excluded;
    }

    /// <summary>Live documents that match.</summary>
    /// <param name="view">The segment.</param>
    /// <param name="clauses">Not asked yet.</param>
    /// <param name="upTo">A larger count may be too low.</param>
    /// <param name="scratch">Working memory.</param>
    /// <param name="budget">What it spends.</param>
    public static long Count(
        SegmentView view, ClauseSet clauses, long upTo, SearchScratch scratch, SearchBudget budget)
    {
        var all = clauses.Required.Length > 0 ? clauses.Required : clauses.Optional;
        var isPlain = view.Dead is null && clauses.Excluded.Length == 0;
        if (isPlain && all.Length == 1 && all[0].KnownCount >= 0) return all[0].KnownCount;
        var count = new CountSearch(view, clauses.Excluded, upTo, scratch, budget);
        if (clauses.Required.Length > 0) return count.OfAll([.. all.OrderBy(clause => clause.Cost)]);
        if (isPlain && all.Length == 2 && all[0].KnownCount >= 0 && all[1].KnownCount >= 0)
        {
            var rare = all[0].Cost < all[1].Cost ? 0 : 1;
            if (all[rare].Cost * ProbeCost < all[1 - rare].Cost)
            {
                // What both have is taken off, so all of it has to be counted.
                var both = new CountSearch(view, [], long.MaxValue, scratch, budget);
                var shared = both.OfAll([all[rare], all[1 - rare]]);
                return budget.Status == StatusCode.Ok ? all[0].Cost + all[1].Cost - shared : all[1 - rare].Cost;
            }
        }

        return count.OfAny(all);
    }

    /// <summary>Gives all live documents that match, and counts them; nothing is left out.</summary>
    public static long Give(
        SegmentView view, ClauseSet clauses, IMatchSink sink, SearchScratch scratch, SearchBudget budget)
    {
        var count = new CountSearch(view, clauses.Excluded, long.MaxValue, scratch, budget, sink);
        return clauses.Required.Length > 0
            ? count.OfAll([.. clauses.Required.OrderBy(clause => clause.Cost)])
            : count.OfAny(clauses.Optional);
    }

    /// <summary>Whether documents may be left that are excluded: the budget ended before all of those were read.
    /// </summary>
    private bool IsUnsure => _excluded.Length > 0 && _budget.Status != StatusCode.Ok;

    private long OfAll(Scorer[] byCost)
    {
        // Bit sets cost about one step per posting, arrays some per document of the rarest clause.
        var lead = byCost[0].Cost;
        var isFrequent = byCost.Length > 1
            && lead * ProbeCost > byCost[1].Cost
            && lead * 64 > _view.Segment.DocumentCount;
        foreach (var clause in byCost) isFrequent &= !clause.IsDear;
        return isFrequent ? Marked(byCost, isIntersection: true) : Probed(byCost);
    }

    private long OfAny(Scorer[] clauses) => Marked(clauses, isIntersection: false);

    private long Probed(Scorer[] byCost)
    {
        var candidates = _scratch.Candidates;
        candidates.IsScoring = false;
        candidates.ScoreMin = double.NegativeInfinity;
        long count = 0;
        var documents = _view.Segment.DocumentCount;
        for (var from = 0; from < documents && count <= _upTo && _budget.Spend();)
        {
            from = byCost[0].Take(from, documents, candidates);
            for (var i = 1; i < byCost.Length && candidates.Count > 0; i++) byCost[i].Keep(candidates);
            for (var i = 0; i < _excluded.Length && candidates.Count > 0; i++) _excluded[i].Remove(candidates);
            if (IsUnsure) break;
            if (_sink is not null) candidates.RemoveDead(_view.Dead);
            _sink?.Take(candidates.Documents.AsSpan(0, candidates.Count));
            count += candidates.CountLive(_view.Dead);
        }

        return count;
    }

    private long Marked(Scorer[] clauses, bool isIntersection)
    {
        long count = 0;
        var documents = _view.Segment.DocumentCount;
        for (var from = 0; from < documents && count <= _upTo; from += SearchScratch.MarkedDocuments)
        {
            if (!_budget.Spend()) break;
            var to = (int)Math.Min(documents, (long)from + SearchScratch.MarkedDocuments);
            var words = BitWords.For(to - from);
            var matches = _scratch.Matches.AsSpan(0, words);
            matches.Clear();
            clauses[0].Mark(matches, from, from, to);
            for (var i = 1; i < clauses.Length; i++)
            {
                if (isIntersection) BitWords.And(matches, Bits(clauses[i], from, to));
                else clauses[i].Mark(matches, from, from, to);
            }

            foreach (var clause in _excluded) BitWords.AndNot(matches, Bits(clause, from, to));
            if (IsUnsure) break;
            if (_view.Dead is { } dead) BitWords.AndNot(matches, dead.AsSpan(from >> 6, words));
            count += BitWords.Count(matches);
            if (_sink is not null && !_sink.TryTake(matches, from)) Give(matches, from);
        }

        return count;
    }

    /// <summary>Gives the documents of a bit set, as many at a time as candidates have room for.</summary>
    private unsafe void Give(Span<ulong> matches, int first)
    {
        const int WordsAtOnce = Candidates.Size / 64;
        Span<int> documents = stackalloc int[Candidates.Size + 16];
        fixed (ulong* words = matches)
        fixed (int* numbers = documents)
        {
            for (var i = 0; i < matches.Length; i += WordsAtOnce)
            {
                var some = Math.Min(WordsAtOnce, matches.Length - i);
                var found = BitWords.Count(matches.Slice(i, some));
                if (found == 0) continue;
                BitWords.Numbers(words + i, some, first + (i << 6), numbers);
                _sink!.Take(documents[..found]);
                if (_budget.Status != StatusCode.Ok) return;
            }
        }
    }

    private Span<ulong> Bits(Scorer clause, int from, int to)
    {
        var bits = _scratch.Clause.AsSpan(0, BitWords.For(to - from));
        bits.Clear();
        clause.Mark(bits, from, from, to);
        return bits;
    }
}
