using Hedgerow.Leaf.Search.Indexing;

namespace Hedgerow.Leaf.Search.Queries;

/// <summary>
/// Finds the best documents of one segment, and passes over those that cannot be among them. One search, one thread.
/// </summary>
/// <remarks>
/// <para>The segment is cut into windows in which each clause has a bound (MaxScore), by the zones of the clause that
/// leads. A window whose bounds together do not reach the collector's least score is passed over. In the others the
/// bounds say which clauses a hit cannot do without:</para>
/// <list type="bullet">
/// <item>Some: the rarest of these leads. Its documents are taken an array at a time, scored, and asked of the others:
/// those that must match from the rarest on, then the rest from the highest bound on; before each, documents whose sum
/// with all bounds to come stays below the least score are left out (block-max AND).</item>
/// <item>None: the clauses that only together reach the least score are essential; their documents and sums are
/// gathered in a window clause by clause, and the others are asked for what is left (MAXSCORE by windows: Turtle,
/// Flood: Query evaluation, 1995; Ding, Suel: Faster top-k with block-max indexes, 2011).</item>
/// </list>
/// <para>Where scores are made of sums by a <see cref="ScoreChange"/>, it says which sums may become hits, and only
/// their scores are computed.</para>
/// <para>Sums are of floats in double precision, which is exact in practice, so that their order does not matter and
/// hits are the same, to the last bit, as without any of this.</para>
/// </remarks>
internal sealed class TopSearch
{
    /// <summary>Fewest documents of a window that several clauses lead: less is not worth its bounds.</summary>
    private const int WindowMin = 256;

    private readonly SegmentView _view;
    private readonly SearchBudget _budget;
    private readonly TopHits _top;
    private readonly SearchScratch _scratch;
    private readonly Scorer[] _clauses;
    private readonly Scorer[] _excluded;
    private readonly int _required;
    private readonly double[] _bounds;
    private readonly double[] _keys;
    private readonly int[] _order;
    private readonly int[] _byCeiling;
    private readonly double _ceiling;
    private readonly bool _isUnbounded;
    private readonly long _countUpTo;
    private readonly ScoreChange? _change;
    private double _changed = double.NegativeInfinity;
    private double _least = double.NegativeInfinity;
    private double _all;
    private long _matches;

    private TopSearch(
        SegmentView view,
        ClauseSet clauses,
        TopHits top,
        SearchScratch scratch,
        SearchBudget budget,
        long countUpTo)
    {
        _view = view;
        _budget = budget;
        _top = top;
        _scratch = scratch;
        _required = clauses.Required.Length;
        _excluded = clauses.Excluded;
        _change = clauses.Change;
        _clauses = [.. clauses.Required, .. clauses.Optional];
        if (_required > 1) _clauses.AsSpan(0, _required).Sort((a, b) => a.Cost.CompareTo(b.Cost));
        _bounds = new double[_clauses.Length];
        _keys = new double[_clauses.Length];
        _order = new int[_clauses.Length];
        for (var i = 0; i < _clauses.Length; i++) _keys[i] = _bounds[i] = _clauses[i].Ceiling;
        SumAndOrder();
        _ceiling = _all;
        _byCeiling = [.. _order];
        _isUnbounded = !double.IsFinite(_ceiling);
        _countUpTo = countUpTo;
    }

    /// <summary>
    /// What a sum must reach now: nothing is passed over where a clause has no bound, or matches are to be counted yet.
    /// </summary>
    private double Least => _isUnbounded || _matches <= _countUpTo ? double.NegativeInfinity : SumMin;

    /// <summary>What a sum must reach that becomes a hit.</summary>
    private double SumMin
    {
        get
        {
            if (_change is null) return _top.ScoreMin;
            if (_changed != _top.ScoreMin) _least = _change.Least(_changed = _top.ScoreMin);
            return _least;
        }
    }

    /// <summary>Offers the collector every document that may be a hit.</summary>
    public static void Find(
        SegmentView view, ClauseSet clauses, TopHits top, SearchScratch scratch, SearchBudget budget) =>
        new TopSearch(view, clauses, top, scratch, budget, countUpTo: -1).Run();

    /// <summary>The same, passing nothing over until so many matches are found.</summary>
    /// <returns>How many live documents match; if more than that, perhaps too few.</returns>
    public static long FindAndCount(
        SegmentView view, ClauseSet clauses, TopHits top, long upTo, SearchScratch scratch, SearchBudget budget)
    {
        var search = new TopSearch(view, clauses, top, scratch, budget, upTo);
        search.Run();
        return search._matches;
    }

    private void Run()
    {
        var candidates = _scratch.Candidates;
        candidates.IsScoring = true;
        var documents = _view.Segment.DocumentCount;
        for (var from = 0; from < documents && _budget.Spend();)
        {
            _scratch.Reached = from;
            var least = Least;
            from = NextStart(from, least);
            if (from >= documents) return;
            var to = Math.Min(documents, WindowEnd(from, least));
            if (Bound(from, to) >= least) Search(from, to, least);
            from = to;
        }
    }

    /// <summary>Where the next window with a hit may begin.</summary>
    private int NextStart(int from, double least)
    {
        if (least > _ceiling) return Scorer.End;
        if (least == double.NegativeInfinity) return from;
        if (_required > 0) return _clauses[0].NextZone(from, Less(least, _ceiling - _clauses[0].Ceiling));
        // Without those that together never reach it, all but one: it decides alone.
        var (first, below) = FirstEssential(least);
        return first == _clauses.Length - 1 ? _clauses[_byCeiling[first]].NextZone(from, least - below) : from;
    }

    private int WindowEnd(int from, double least)
    {
        if (_required > 0 || _clauses.Length == 1) return _clauses[0].ZoneEnd(from);
        if (least == double.NegativeInfinity) return from + DocumentWindow.Size;
        // As long as the lowest of the essential ones, with all below it, does not reach the least, it is not one.
        var (first, below) = FirstEssential(least);
        var to = _clauses[_byCeiling[first]].NextZone(from, least - below);
        if (to == from) to = _clauses[_byCeiling[first]].ZoneEnd(from);
        for (var i = first + 1; i < _byCeiling.Length; i++)
            to = Math.Min(to, _clauses[_byCeiling[i]].ZoneEnd(from));
        return (int)Math.Max(to, Math.Min(Scorer.End, (long)from + WindowMin));
    }

    /// <summary>
    /// The first clause, from the lowest ceiling on, with which ceilings reach the least, and their sum without it.
    /// </summary>
    private (int First, double Below) FirstEssential(double least)
    {
        double below = 0;
        for (var i = 0; ; i++)
        {
            var ceiling = _clauses[_byCeiling[i]].Ceiling;
            if (below + ceiling >= least || i == _byCeiling.Length - 1) return (i, below);
            below += ceiling;
        }
    }

    /// <summary>Asks every clause for its bound, and orders them by it, lowest first.</summary>
    /// <returns>Their sum.</returns>
    private double Bound(int from, int to)
    {
        for (var i = 0; i < _clauses.Length; i++) _keys[i] = _bounds[i] = _clauses[i].MaxScore(from, to);
        SumAndOrder();
        return _all;
    }

    private void SumAndOrder()
    {
        _all = 0;
        for (var i = 0; i < _order.Length; i++)
        {
            _all += _bounds[i];
            _order[i] = i;
        }

        if (_order.Length > 1) _keys.AsSpan().Sort(_order.AsSpan());
    }

    private void Search(int from, int to, double least)
    {
        var lead = -1;
        for (var i = 0; i < _clauses.Length; i++)
            if (MustMatch(i, least) && (lead < 0 || _clauses[i].Cost < _clauses[lead].Cost)) lead = i;
        if (lead >= 0) SearchLed(from, to, lead);
        else SearchTogether(from, to);
    }

    /// <summary>Whether a document without this clause cannot be a hit.</summary>
    private bool MustMatch(int clause, double least) =>
        clause < _required || _clauses.Length == 1 || _all - _bounds[clause] < least;

    private void SearchLed(int from, int to, int lead)
    {
        var candidates = _scratch.Candidates;
        while (from < to && _budget.Spend())
        {
            var least = Least;
            var left = Without(_all, _bounds[lead]);
            candidates.ScoreMin = Less(least, left);
            from = _clauses[lead].Take(from, to, candidates);
            for (var i = 0; i < _clauses.Length && candidates.Count > 0; i++)
            {
                if (i == lead || !MustMatch(i, least)) continue;
                left = Without(left, _bounds[i]);
                candidates.ScoreMin = Less(least, left);
                _clauses[i].Keep(candidates);
            }

            for (var i = _order.Length - 1; i >= 0 && candidates.Count > 0; i--)
                if (_order[i] != lead && !MustMatch(_order[i], least)) left = AskOptional(_order[i], left, least);
            Collect();
        }
    }

    private void SearchTogether(int from, int to)
    {
        var candidates = _scratch.Candidates;
        var window = _scratch.Window;
        for (; from < to && _budget.Spend(); from = window.End)
        {
            // Ranges of a window begin and end at words.
            window.Move(from, Math.Min(to, (from & ~63) + DocumentWindow.Size));
            var least = Least;
            double rest = 0;
            var essential = 0;
            while (essential < _order.Length && rest + _bounds[_order[essential]] < least)
                rest += _bounds[_order[essential++]];
            for (var i = essential; i < _order.Length; i++) _clauses[_order[i]].Fill(window);
            for (var at = window.Base; at < window.End;)
            {
                least = Least;
                candidates.ScoreMin = Less(least, rest);
                at = window.Take(at, candidates);
                var left = rest;
                for (var i = essential - 1; i >= 0 && candidates.Count > 0; i--)
                    left = AskOptional(_order[i], left, least);
                Collect();
            }
        }
    }

    /// <summary>Adds a clause's scores to the candidates, and leaves out those that are out of reach then.</summary>
    /// <returns>What the clauses that are yet to be asked give at most.</returns>
    private double AskOptional(int clause, double left, double least)
    {
        left = Without(left, _bounds[clause]);
        var candidates = _scratch.Candidates;
        candidates.ScoreMin = Less(least, left);
        _clauses[clause].Add(candidates);
        candidates.Filter();
        return left;
    }

    /// <summary>What is to be reached, less what others give; of nothing to be reached, whatever they give.</summary>
    private static double Less(double least, double given) =>
        least == double.NegativeInfinity ? least : least - given;

    /// <summary>
    /// A sum of bounds less one of them. Bounds need not be floats, so what is left of nothing may be rounded to less:
    /// then a document that scores 0 would stay below the least, which is 0.
    /// </summary>
    private static double Without(double sum, double bound) => Math.Max(0, sum - bound);

    private void Collect()
    {
        var candidates = _scratch.Candidates;
        for (var i = 0; i < _excluded.Length && candidates.Count > 0; i++) _excluded[i].Remove(candidates);
        if (candidates.Count == 0) return;
        if (_countUpTo >= 0) _matches += candidates.CountLive(_view.Dead);
        if (_change is not null)
        {
            candidates.ScoreMin = _top.ScoreMin;
            _change.Apply(candidates);
        }

        _top.Offer(candidates, _view.Dead);
    }
}
