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

    private CountSearch(SegmentView view, Scorer[] excluded, long upTo, SearchScratch scratch, SearchBudget budget)
    {
        _upTo = upTo;
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
            if (_view.Dead is { } dead) BitWords.AndNot(matches, dead.AsSpan(from >> 6, words));
            count += BitWords.Count(matches);
        }

        return count;
    }

    private Span<ulong> Bits(Scorer clause, int from, int to)
    {
        var bits = _scratch.Clause.AsSpan(0, BitWords.For(to - from));
        bits.Clear();
        clause.Mark(bits, from, from, to);
        return bits;
    }
}
